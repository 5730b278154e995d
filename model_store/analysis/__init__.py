"""Comparison and diagnosis of runs: differences, diagnosis, convergence, failures, queries.

Imports every other package of `model_store` but `classroom`.
"""
