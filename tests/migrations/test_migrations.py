"""The schema comes from alembic alone, and says what the models say."""

import re

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app import migrate
from models.tables import Base

# What the drift check does not compare: what rows have to hold to.
_HELD = """
SELECT c.relname, k.conname, pg_get_constraintdef(k.oid)
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = :schema AND k.contype IN ('c', 'x') AND c.relispartition = false AND c.relname <> 'alembic_version'
"""
_QUOTED = re.compile(r"'[^']*'")


async def test_models_and_migrations_agree(engine: AsyncEngine) -> None:
    assert await migrate.drift(engine) == []


def _of(table: str, name: str, definition: str) -> tuple[str, str, str, tuple[str, ...]]:
    """With the values of a list in any order: they are added at the end by one and in their place by the other."""
    return table, name, _QUOTED.sub("", definition), tuple(sorted(_QUOTED.findall(definition)))


async def test_rows_are_held_to_what_the_models_say(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        ours = (await connection.execute(text(_HELD), {"schema": "public"})).all()
        await connection.execute(text("CREATE SCHEMA as_the_models_say"))
        await connection.execute(text("SET LOCAL search_path TO as_the_models_say, public"))
        await connection.run_sync(lambda sync: Base.metadata.create_all(sync, checkfirst=False))
        theirs = (await connection.execute(text(_HELD), {"schema": "as_the_models_say"})).all()
        await connection.rollback()
    held, migrated = ({_of(*row) for row in rows} for rows in (theirs, ours))
    assert migrated - held == set()
    assert held - migrated == set()


async def test_every_migration_goes_down_and_up_again(engine: AsyncEngine) -> None:
    await migrate.downgrade(engine, "base")
    current, head = await migrate.revisions(engine)
    assert current is None
    assert head is not None
    await migrate.upgrade(engine)
    assert await migrate.revisions(engine) == (head, head)
    assert await migrate.drift(engine) == []
