"""Classes on this server: what phones ask for, live topics, results, report, deletion.

Imports `pages.ui.services` and what that may import.
"""
