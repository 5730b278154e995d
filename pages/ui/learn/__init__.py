"""Lessons on the page Learn: list, steps, live parts, questions, sheets, hand-in.

Imports the other packages of `pages.ui`.
"""
