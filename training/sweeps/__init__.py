"""Sweeps: plan, search, trials, findings.

Imports `model_store` and `training.engine`.
"""
