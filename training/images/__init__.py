"""Strokes and photos to 28x28 images, as MNIST prepared its own.

Imports `model_store`.
"""
