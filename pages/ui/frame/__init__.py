"""Surroundings of every page: layout, navigation, switches, owners, permissions.

Imports `pages.ui.services`, `pages.ui.state` and what lies below them.
"""
