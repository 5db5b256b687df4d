"""What the database refuses of turns, and two processes that plan at once."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Sessions, transaction
from app.flows import roster as flow
from app.registry.load import load_text
from dispatch.roster import acts, service
from dispatch.roster.service import HORIZON
from models.bulk import fetch
from models.enums import Role
from models.ids import GridId, PersonId
from models.registry import Duty
from tests.factories import COUNTY, World, make_world
from tests.fakes import START, FakeClock

DAY = timedelta(days=1)


@pytest_asyncio.fixture
async def world(sessions: Sessions, clock: FakeClock, tmp_path: Path) -> World:
    return await make_world(sessions, clock, tmp_path)


async def rotate(world: World, session: AsyncSession, **over: Any) -> int:
    now = world.clock.now()
    post = await acts.hold(session, GridId(world.grids[COUNTY].id), 2, Role.SUPERVISOR, now)
    values: dict[str, Any] = {
        "members": [PersonId(world.people[name].id) for name in ("supervisor", "both")],
        "shift_h": 12,
        "handover": START.astimezone().timetz().replace(tzinfo=None, hour=8),
        "starts_on": START.date(),
        "valid_to": None,
        "reason": "排班",
        "author": PersonId(world.people["chief"].id),
        "now": now,
    } | over
    return await acts.rotate(session, post, **values)


async def turns(world: World) -> list[Any]:
    async with world.sessions() as session:
        return await fetch(
            session, "SELECT id, on_from, on_to, follows_at, person_id, gap FROM duty_turn ORDER BY on_from"
        )


def whole(rows: list[Any], until: Any) -> None:
    """One chain without a hole."""
    assert [row[3] for row in rows] == [None, *(row[2] for row in rows[:-1])]
    assert all(row[3] in (None, row[1]) for row in rows)
    assert rows[-1][2] == until


async def test_the_plan_reaches_sixty_days_and_is_extended_by_the_day(world: World) -> None:
    async with transaction(world.sessions) as session:
        await rotate(world, session)
    before = await turns(world)
    whole(before, START + HORIZON)
    assert len(before) == 120
    async with transaction(world.sessions) as session:
        assert await service.extend(session, now=world.clock.advance(hours=1)) == 0
    now = world.clock.advance(DAY)
    async with transaction(world.sessions) as session:
        assert await service.extend(session, now=now) == 1
    after = await turns(world)
    whole(after, now + HORIZON)
    assert [tuple(row) for row in after[:119]] == [tuple(row) for row in before[:119]]


async def test_what_was_never_planned_is_planned_when_the_engine_comes_back(world: World) -> None:
    async with transaction(world.sessions) as session:
        await rotate(world, session)
    now = world.clock.advance(days=100)
    async with transaction(world.sessions) as session:
        await service.extend(session, now=now)
    whole(await turns(world), now + HORIZON)


async def test_a_clock_that_steps_back_changes_nothing_of_what_is_settled(world: World) -> None:
    async with transaction(world.sessions) as session:
        await rotate(world, session)
    now = world.clock.advance(days=2)
    async with transaction(world.sessions) as session:
        await service.extend(session, now=now)
    before = await turns(world)
    async with transaction(world.sessions) as session:
        await rotate(world, session, members=[PersonId(world.people["both"].id)], now=now - DAY)
    after = await turns(world)
    settled = [tuple(row[1:]) for row in before if row[2] <= now]
    assert [tuple(row[1:]) for row in after[: len(settled)]] == settled


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM duty_turn WHERE on_from = $1",
        "UPDATE duty_turn SET person_id = 1 WHERE on_from = $1",
        "UPDATE duty_turn SET on_to = $1::timestamptz + interval '1 minute' WHERE on_from = $1",
        "UPDATE duty_post SET settled_to = $1",
        "UPDATE duty_post SET planned_to = planned_to + interval '1 day' WHERE planned_from <= $1",
        "DELETE FROM duty_turn WHERE on_from > $1::timestamptz + interval '50 days'",
        "DELETE FROM duty_turn WHERE on_from = $1::timestamptz + interval '10 days'",
        "INSERT INTO duty_turn (post_id, person_id, on_from, on_to, follows_at, why) SELECT post_id, person_id,"
        " on_to - interval '1 hour', on_to + interval '1 hour', on_to - interval '1 hour', why FROM duty_turn"
        " WHERE on_from = $1",
        "INSERT INTO duty_turn (post_id, person_id, on_from, on_to, follows_at, why) SELECT id, 1,"
        " planned_to + interval '1 hour', planned_to + interval '2 hours', planned_to + interval '1 hour', 'shift'"
        " FROM duty_post WHERE planned_from <= $1",
        "INSERT INTO duty_turn (post_id, on_from, on_to, follows_at, why) SELECT id, planned_to,"
        " planned_to + interval '2 hours', planned_to, 'shift' FROM duty_post WHERE planned_from <= $1",
    ],
)
async def test_the_database_refuses(world: World, statement: str) -> None:
    """Rewriting what has begun, a hole, an overlap, a plan that does not reach, an answer that is none."""
    async with transaction(world.sessions) as session:
        await rotate(world, session)
    now = world.clock.advance(hours=30)
    async with transaction(world.sessions) as session:
        await service.extend(session, now=now)
        await fetch(session, "UPDATE duty_post SET settled_to = $1", now)
    before = await turns(world)
    with pytest.raises(DBAPIError):
        async with transaction(world.sessions) as session:
            await fetch(session, statement, START)
    assert await turns(world) == before


async def test_two_engines_plan_at_once(world: World) -> None:
    """Both come to the same chain, and the gap is told once."""
    async with transaction(world.sessions) as session:
        await rotate(world, session)
    now = world.clock.advance(days=10)
    async with transaction(world.sessions) as session:
        person = world.people["supervisor"].id
        duty = (await session.scalars(select(Duty).where(Duty.person_id == person))).one()
        duty.valid_to = now + timedelta(hours=2)

    async def engine() -> int:
        async with transaction(world.sessions) as session:
            return await flow.extend(world.context.pipeline, session, clock=world.clock, wait=True)

    changed = await asyncio.gather(*(engine() for _ in range(6)))
    assert sorted(changed) == [0, 0, 0, 0, 0, 1]
    whole(await turns(world), now + HORIZON)
    async with world.sessions() as session:
        told = await fetch(session, "SELECT data->>'from' FROM journal WHERE kind = 'duty.gap'")
    assert len(told) == len({row[0] for row in told}) > 0


async def test_people_who_change_a_post_at_once_do_so_one_after_the_other(world: World) -> None:
    async with transaction(world.sessions) as session:
        await rotate(world, session)

    async def name_one(number: int) -> bool:
        try:
            async with transaction(world.sessions) as session:
                post = await acts.hold(
                    session, GridId(world.grids[COUNTY].id), 2, Role.SUPERVISOR, world.clock.now()
                )
                await acts.override(
                    session, post, person=PersonId(world.people["both"].id), since=None,
                    until=START + timedelta(hours=1 + number), reason="换班",
                    author=PersonId(world.people["chief"].id), now=world.clock.now(),
                )  # fmt: skip
        except acts.Overlap:
            return False
        return True

    assert sum(await asyncio.gather(*(name_one(n) for n in range(5)))) == 1
    whole(await turns(world), START + HORIZON)


async def test_two_first_words_about_a_post_make_one_post(world: World) -> None:
    async def first() -> None:
        async with transaction(world.sessions) as session:
            await acts.hold(session, GridId(world.grids[COUNTY].id), 2, Role.CHIEF, world.clock.now())

    await asyncio.gather(first(), first(), first())
    async with world.sessions() as session:
        assert (await fetch(session, "SELECT count(*) FROM duty_post"))[0][0] == 1


async def test_a_load_that_ends_a_duty_plans_anew(world: World) -> None:
    async with transaction(world.sessions) as session:
        await rotate(world, session)
    now = world.clock.advance(hours=1)
    source = "people:\n- username: supervisor\n  name: 张三\n  duties: []\n"
    async with transaction(world.sessions) as session:
        parsed, result = await load_text(session, source, "people.yaml", now=now, author="tests")
    assert (parsed.faults, result is not None) == ((), True)
    first, gap, *_ = await turns(world)
    assert (first[2], gap[1], gap[5]) == (now, now, "duty_ended")
