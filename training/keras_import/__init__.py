"""Model files of other people: read without Keras, tested in a worker.

Imports `model_store`, `training.data` and `training.loop`.
"""
