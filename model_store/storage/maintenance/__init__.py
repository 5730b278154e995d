"""Checks of a store, a new database for a damaged one, and runs that travel between stores.

Imports the rest of `model_store.storage`.
"""
