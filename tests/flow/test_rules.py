"""A rule set that comes into force reaches every process: each is woken, and goes by it from its reload on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy.engine import make_url

from alerts import rulebook
from app import rules
from app.database import Sessions, transaction
from app.feed import REGISTRY_CHANNEL
from models.enums import ResponseLevel
from models.errors import NotFound
from tests.factories import World, make_world
from tests.fakes import FakeClock
from tests.rulebodies import knob, patch, turned, value_at


@pytest_asyncio.fixture
async def world(sessions: Sessions, clock: FakeClock, tmp_path: Path) -> World:
    return await make_world(sessions, clock, tmp_path)


@asynccontextmanager
async def listening(database_url: str) -> AsyncIterator[asyncio.Event]:
    """What every process of the service listens to (`app.feed`)."""
    woken = asyncio.Event()
    connection = await asyncpg.connect(
        make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    )
    await connection.add_listener(REGISTRY_CHANNEL, lambda *_: woken.set())
    try:
        yield woken
    finally:
        await connection.close()


async def back_tested(world: World, n: int = 1) -> int:
    now = world.clock.now()
    async with transaction(world.sessions) as session:
        version = await rules.draft(
            session, body=None, patch=patch(n) | {"schedules": {"response": {"red": patch(n + 1)}}}, parent=None,
            note="x", caller=world.caller("admin"), directory=world.context.directory, now=now,
        )  # fmt: skip
        assert await rulebook.back_tested(session, version, 1, now=now)
    return version


async def activate(world: World, version: int, *, fails: bool = False) -> None:
    async with transaction(world.sessions) as session:
        await rules.activate(
            session, version, caller=world.caller("admin"), directory=world.context.directory,
            now=world.clock.now(),
        )  # fmt: skip
        if fails:
            raise RuntimeError("the power goes")


async def test_activation_wakes_every_process(world: World, database_url: str) -> None:
    version = await back_tested(world)
    async with listening(database_url) as woken:
        with pytest.raises(RuntimeError):
            await activate(world, version, fails=True)
        async with world.sessions() as session:
            assert (await rulebook.in_force(session)).version == 1
        await activate(world, version)
        await asyncio.wait_for(woken.wait(), 10)
    async with world.sessions() as session:
        found = await rulebook.in_force(session)
    assert (found.version, found.level) == (version, ResponseLevel.NONE)
    assert value_at(found.body, knob()) == turned(1)


async def test_a_switched_response_wakes_them_too(world: World, database_url: str) -> None:
    async with listening(database_url) as woken:
        async with transaction(world.sessions) as session:
            await rules.switch_response(
                session,
                ResponseLevel.RED,
                reason="红色预警",
                caller=world.caller("duty"),
                now=world.clock.now(),
            )
        await asyncio.wait_for(woken.wait(), 10)
    async with world.sessions() as session:
        assert (await rulebook.in_force(session)).level is ResponseLevel.RED


async def test_without_an_active_one_it_is_said(sessions: Sessions) -> None:
    async with sessions() as session:
        with pytest.raises(NotFound, match="no rule set is active"):
            await rulebook.in_force(session)
