"""Views of the Evaluate page: metrics, confusion, weights, class drawings.

Imports the shared packages of `pages.ui`.
"""
