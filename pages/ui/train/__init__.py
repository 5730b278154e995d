"""The recipe form of the Train page.

Imports the shared packages of `pages.ui`.
"""
