"""Runs and sweeps on disk: folders, event logs, leases, trash and recovery.

Imports `model_store.recipe` and `model_store.runs`.
"""
