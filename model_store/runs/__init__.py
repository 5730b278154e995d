"""A run as immutable data: state, events, history, label, provenance.

Pure Python; imports `model_store.recipe`.
"""
