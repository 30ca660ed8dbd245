"""Run by Alembic for each of its commands; `records.migrations.migrate` hands the connection in."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
