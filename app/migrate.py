"""Brings a database to this release's schema, and tells whether models and migrations agree."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

import migrations
from models.tables import Base


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option(
        "file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s"
    )
    config.set_main_option("timezone", "UTC")
    config.attributes["connection"] = connection
    return config


async def upgrade(engine: AsyncEngine, revision: str = "head") -> None:
    """Idempotent, and safe when several processes start at once: they wait for each other."""
    async with engine.connect() as connection:
        await connection.run_sync(lambda sync: command.upgrade(_config(sync), revision))


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    async with engine.connect() as connection:
        await connection.run_sync(lambda sync: command.downgrade(_config(sync), revision))


async def revisions(engine: AsyncEngine) -> tuple[str | None, str | None]:
    """The revision the database has, and the one this release wants."""

    def read(sync: Connection) -> tuple[str | None, str | None]:
        current = MigrationContext.configure(sync).get_current_revision()
        return current, ScriptDirectory.from_config(_config(sync)).get_current_head()

    async with engine.connect() as connection:
        return await connection.run_sync(read)


async def drift(engine: AsyncEngine) -> list[str]:
    """Differences between the models and a migrated database; empty when they agree."""

    def ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        return not (kind == "table" and name is not None and name.startswith("reading_2"))

    def compare(sync: Connection) -> list[str]:
        options = {"compare_type": True, "compare_server_default": True, "include_object": ours}
        found = compare_metadata(MigrationContext.configure(sync, opts=options), Base.metadata)
        return [str(item) for item in found]

    async with engine.connect() as connection:
        return await connection.run_sync(compare)


async def draft(engine: AsyncEngine, message: str) -> None:
    """Writes a new migration file with what the models have and the migrated database has not."""
    async with engine.connect() as connection:
        await connection.run_sync(lambda sync: command.revision(_config(sync), message, autogenerate=True))
