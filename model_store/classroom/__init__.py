"""Records of a class: labelled drawings, display names, limits.

Imports `model_store.recipe`, `model_store.runs` and `model_store.storage`.
"""
