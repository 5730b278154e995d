"""Keras files of other people: checked, opened in a worker, tested.

Imports `model_store`, `training.data` and `training.loop`.
"""
