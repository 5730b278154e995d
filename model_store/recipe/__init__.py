"""What a training is made of: the recipe, its choices, validation and presets.

Pure Python; imports nothing of ours.
"""
