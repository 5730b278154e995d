"""Lessons on paper and in code: code of steps, sheet to print, teacher's key, hand-in.

Imports `training.export` and what lies below it. Pure text, no heavy import.
"""
