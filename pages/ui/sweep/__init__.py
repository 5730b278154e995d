"""Views of the Sweep page: form, progress, findings.

Imports the shared packages of `pages.ui`.
"""
