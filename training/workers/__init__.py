"""Worker processes: what runs inside one, and the pool that holds them.

Imports `model_store`, `training.data`, `training.loop` and `training.keras_import`.
"""
