"""Alembic's entry: one connection of the owner role, handed over by `cardmesh.kit.migrate`."""

from alembic import context

from cardmesh import tables
from cardmesh.kit.db import Base

tables.load()
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    compare_server_default=True,
    include_object=lambda _object, name, kind, *_: not (kind == "table" and name == "alembic_version"),
)
with context.begin_transaction():
    context.run_migrations()
