"""The engine in the server: fair queue, scheduling, supervision of workers.

Imports `model_store`, `training.data`, `training.loop` and `training.workers`.
"""
