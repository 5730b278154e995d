"""Softmax Lab's core: recipes, data, the training loop and the engine. Knows no user interface."""
