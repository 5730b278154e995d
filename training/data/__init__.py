"""Data sets, extra training images, downloads, fine-tuning.

Imports `model_store` and `training.images`.
"""
