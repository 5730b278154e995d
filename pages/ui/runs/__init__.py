"""Views of one run: curves, diagnosis, downloads, verification.

Imports the shared packages of `pages.ui`.
"""
