"""Benchmarks for the README: accuracy against published recipes, speed against other programs."""
