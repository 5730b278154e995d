"""What runs show: differences, diagnosis, convergence, failures, queries.

Imports every other package of `model_store` but `classroom`.
"""
