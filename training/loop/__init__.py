"""The TensorFlow training loop: model, compiled steps, checkpoints, control.

Imports `model_store` and `training.data`.
"""
