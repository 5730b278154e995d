"""The store's database: tables, connections, migrations, and which processes are alive.

Imports nothing of the store but its errors.
"""
