"""Answers from saved weights in NumPy: probabilities, metrics, attribution.

Imports `model_store.recipe`, `model_store.runs` and `model_store.storage`.
"""
