"""Views of the Compare page: table, filter, comparison, import.

Imports the shared packages of `pages.ui`.
"""
