"""Changes of the schema, in order: Alembic's environment and versions."""
