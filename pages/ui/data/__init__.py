"""Views of the Data page: selection, encodings, download.

Imports the shared packages of `pages.ui`.
"""
