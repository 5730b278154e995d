"""Components that draw themselves in the browser, and their Python side.

Imports `pages.ui.figures` and `pages.ui.state`.
"""
