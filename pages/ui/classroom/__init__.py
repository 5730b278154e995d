"""Views for teachers: dashboard and server status.

Imports the shared packages of `pages.ui`.
"""
