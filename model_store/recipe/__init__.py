"""Definition of a training: the recipe, its choices, validation and presets.

Pure Python; imports nothing of ours.
"""
