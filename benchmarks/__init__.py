"""Figures for the README: accuracy against published recipes, speed against named rivals."""
