"""Alembic's entry: it migrates over the connection that the store was opened with."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], target_metadata=None)
context.run_migrations()
