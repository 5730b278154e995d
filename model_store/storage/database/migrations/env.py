"""Alembic's environment: it migrates over the connection that `database.migrate` gives."""

from alembic import context

from model_store.storage.database.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
