"""Lessons: text files that are parsed, checked and filled in, and a learner's answers to them.

Imports `model_store.recipe` and `model_store.storage`. CONTRIBUTING.md has the format of the files.
"""
