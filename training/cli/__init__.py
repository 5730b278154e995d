"""Command line: `python -m training`.

Imports `model_store` and every other package of `training`.
"""
