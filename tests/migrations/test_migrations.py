"""The schema comes from alembic alone, and says what the models say."""

from sqlalchemy.ext.asyncio import AsyncEngine

from app import migrate


async def test_models_and_migrations_agree(engine: AsyncEngine) -> None:
    assert await migrate.drift(engine) == []


async def test_every_migration_goes_down_and_up_again(engine: AsyncEngine) -> None:
    await migrate.downgrade(engine, "base")
    current, head = await migrate.revisions(engine)
    assert current is None
    assert head is not None
    await migrate.upgrade(engine)
    assert await migrate.revisions(engine) == (head, head)
    assert await migrate.drift(engine) == []
