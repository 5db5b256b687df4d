"""Runs migrations over the connection it is handed, or over the URL of the settings."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, text

from models.base import UtcDateTime
from models.tables import Base

# Any number; taken so that two processes that start together do not migrate at once.
MIGRATION_LOCK = 0x6765_7368_616F


def _is_ours(_object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    """Day partitions come and go by themselves; they are no part of the schema's history."""
    return not (kind == "table" and name is not None and name.startswith("reading_2"))


def _render(_kind: str, item: Any, _context: object) -> str | Literal[False]:
    """History must not import today's models."""
    return "sa.DateTime(timezone=True)" if isinstance(item, UtcDateTime) else False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=_is_ours,
        render_item=_render,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
    connection.commit()
    try:
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()


run(context.config.attributes["connection"])
