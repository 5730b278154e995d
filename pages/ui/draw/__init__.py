"""The pad and what answers it on the Draw page.

Imports the shared packages of `pages.ui`.
"""
