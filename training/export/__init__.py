"""Downloads of a finished run: code, tables, event files, a receipt; and its verification.

Imports `model_store` and `training.data`.
"""
