"""Session keys and URL parameters, typed and in one place.

Imports `pages.ui.server`.
"""
