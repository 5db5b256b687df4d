"""Wrong clocks, and a database that is away: a breach is noticed late at worst, never taken back, never twice."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from app.context import Context
from app.database import database_is_away, make_engine, make_sessions, transaction
from app.engine import Engine
from dispatch.commands import Accept, Acknowledge, Command, FileReport, GiveFeedback, Return
from models.bulk import fetch
from models.errors import ForbiddenTransition
from tests.fakes import START, FakeClock
from tests.timeline import Story


class Process:
    """Another process: a clock of its own, over the same database."""

    def __init__(self, story: Story) -> None:
        self.clock = FakeClock(START)
        self.context: Context = replace(story.world.context, clock=self.clock)
        self.engine = Engine(self.context, {})
        self._story = story

    async def act(self, order_id: int, command: Command) -> None:
        world = self._story.world
        who = "duty" if isinstance(command, Accept | Return) else "supervisor"
        async with transaction(self.context.sessions) as session:
            await self.context.pipeline.act(
                session, order_id, command, caller=world.caller(who), expected_version=None, clock=self.clock
            )


async def facts(story: Story, order_id: int | None = None) -> dict[str, list[tuple[object, ...]]]:
    """Everything that was recorded of the order's clocks, or of all."""
    async with story.sessions() as session:
        return {
            name: [tuple(row) for row in await fetch(session, statement, order_id)]
            for name, statement in {
                "clocks": "SELECT kind, round, state, started_at, due_at, stopped_at, breached_at FROM sla_clock"
                " WHERE order_id = $1 OR $1::bigint IS NULL ORDER BY id",
                "breaches": "SELECT kind, round, breached_at, detected_at FROM sla_breach"
                " WHERE order_id = $1 OR $1::bigint IS NULL ORDER BY id",
                "rungs": "SELECT clock_id, level, repeat, planned_at FROM escalation"
                " WHERE order_id = $1 OR $1::bigint IS NULL ORDER BY id",
                "told": "SELECT data->>'clock', data->>'breached_at' FROM journal WHERE kind = 'sla.breached'"
                " AND (order_id = $1 OR $1::bigint IS NULL) ORDER BY id",
            }.items()
        }


def minute(n: float) -> datetime:
    return START + timedelta(minutes=n)


async def test_the_database_is_away_across_a_deadline(
    story: Story, unused_tcp_port_factory: Callable[[], int]
) -> None:
    """The pass fails while it is away; the first one after it records the breach at its deadline, and the outage."""
    process = Process(story)
    await story.world.order()
    await process.engine.tick()
    gone = make_engine(f"postgresql://x@127.0.0.1:{unused_tcp_port_factory()}/x")
    there = process.engine._context
    process.engine._context = replace(there, sessions=make_sessions(gone))
    process.clock.set(minute(12))
    with pytest.raises((DBAPIError, OSError)) as raised:
        await process.engine.tick()
    assert database_is_away(raised.value)
    await gone.dispose()
    process.engine._context = there
    process.clock.set(minute(15))
    await silent(story, minutes=14)
    await process.engine.tick()
    found = await facts(story)
    assert found["breaches"] == [("acknowledge", 1, minute(10), minute(15))]
    assert await outages(story) == [("database", minute(1), minute(15))]
    await process.engine.tick()
    assert await facts(story) == found
    assert len(await outages(story)) == 1


async def silent(story: Story, *, minutes: float) -> None:
    """As if no engine had passed for so long by the database's clock, which no test can turn."""
    async with transaction(story.sessions) as session:
        await fetch(
            session,
            "UPDATE engine_beat SET heard_at = clock_timestamp() - make_interval(mins => $1::int)",
            int(minutes),
        )


async def outages(story: Story) -> list[tuple[object, ...]]:
    """To the second: the length is the database's."""
    async with story.sessions() as session:
        rows = await fetch(
            session,
            "SELECT kind, date_trunc('second', began_at + interval '500 ms'), ended_at FROM outage ORDER BY id",
        )
    return [tuple(row) for row in rows]


async def test_engines_that_come_back_together_write_one_outage(story: Story) -> None:
    processes = [Process(story) for _ in range(6)]
    for number, process in enumerate(processes):
        process.engine.name = f"engine {number}"
    await processes[0].engine.tick()
    await silent(story, minutes=30)
    for process in processes:
        process.clock.set(minute(30))
    await asyncio.gather(*(process.engine.tick() for process in processes))
    assert len(await outages(story)) == 1


async def test_while_one_engine_passes_there_is_no_outage(story: Story) -> None:
    first, second = Process(story), Process(story)
    first.engine.name, second.engine.name = "first", "second"
    await first.engine.tick()
    await second.engine.tick()
    async with transaction(story.sessions) as session:
        await fetch(
            session,
            "UPDATE engine_beat SET heard_at = clock_timestamp() - interval '1 hour' WHERE name = 'first'",
        )
    first.clock.set(minute(60))
    await first.engine.tick()
    assert await outages(story) == []


async def test_a_clock_that_steps_makes_no_outage(story: Story) -> None:
    process = Process(story)
    for at in (0, 180, -180, 1):
        process.clock.set(minute(at))
        await process.engine.tick()
    assert await outages(story) == []


async def test_time_steps_back_after_a_breach(story: Story) -> None:
    """What was recorded stands; the act that follows has its own time and is late by nothing less than nothing."""
    process = Process(story)
    order_id = await story.world.order()
    process.clock.set(minute(11))
    await process.engine.tick()
    before = await facts(story)
    process.clock.set(minute(5))
    await process.engine.tick()
    assert await facts(story) == before
    await process.act(order_id, Acknowledge())
    after = await facts(story)
    assert (after["breaches"], after["rungs"], after["told"]) == (
        before["breaches"],
        before["rungs"],
        before["told"],
    )
    assert after["clocks"][0][2:] == ("breached", START, minute(10), minute(5), minute(10))
    # And somebody is asked whether that was fair.
    async with story.sessions() as session:
        rows = await fetch(session, "SELECT ground, state, seconds FROM sla_excuse")
        late = await fetch(session, "SELECT data->>'late_s' FROM journal WHERE kind = 'sla.met_late'")
    assert [tuple(row) for row in rows] == [("captured_in_time", "proposed", 0.0)]
    assert [row[0] for row in late] == ["0.0"]


async def test_time_steps_back_between_two_acts(story: Story) -> None:
    """No act is before the one that was recorded before it, and no clock starts before what started it."""
    process = Process(story)
    order_id = await story.world.order()
    process.clock.set(minute(8))
    await process.act(order_id, Acknowledge())
    process.clock.set(minute(-30))
    await process.act(order_id, GiveFeedback("现场"))
    await process.act(order_id, FileReport("措施", "结果"))
    rows = (await facts(story))["clocks"]
    assert [(row[0], row[2], row[3], row[5]) for row in rows] == [
        ("acknowledge", "met", START, minute(8)),
        ("feedback", "met", START, minute(8)),
        ("report", "met", START, minute(8)),
        ("review", "running", minute(8), None),
    ]


async def test_time_steps_forwards_on_one_process(story: Story) -> None:
    """It breaches what is not due yet by the others' clocks: once, at the deadline, and nothing is told twice."""
    ahead, behind = Process(story), Process(story)
    await story.world.order()
    ahead.clock.set(minute(500))
    await ahead.engine.tick()
    found = await facts(story)
    assert [row[2] for row in found["breaches"]] == [minute(10), minute(60), minute(120)]
    for at in (1, 10, 11, 61, 121, 501):
        behind.clock.set(minute(at))
        await behind.engine.tick()
    assert await facts(story) == found


COMMANDS: dict[str, Command] = {
    "acknowledge": Acknowledge(),
    "feedback": GiveFeedback("现场"),
    "report": FileReport("措施", "结果"),
    "return": Return("退回"),
    "accept": Accept("同意"),
}
deeds = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["pass", "pass", "pass", *COMMANDS]),
        st.integers(-90, 240),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=deeds)
async def test_two_processes_whose_clocks_say_anything(
    story: Story, script: list[tuple[int, str, int]]
) -> None:
    """No breach goes or moves, none is there twice, no rung either, and acts never go back in time."""
    story.world.clock.set(START)
    processes = [Process(story), Process(story)]
    order_id = await story.world.order()
    known: dict[str, list[tuple[object, ...]]] = {"breaches": [], "rungs": [], "told": []}
    for which, deed, at in script:
        process = processes[which]
        process.clock.set(minute(at))
        if deed == "pass":
            await process.engine.tick()
        else:
            try:
                await process.act(order_id, COMMANDS[deed])
            except ForbiddenTransition:
                continue
        now = await facts(story, order_id)
        for name, rows in known.items():
            assert now[name][: len(rows)] == rows
            known[name] = now[name]
    end = await facts(story, order_id)
    assert len({row[:2] for row in end["breaches"]}) == len(end["breaches"]) == len(end["told"])
    assert len({row[:3] for row in end["rungs"]}) == len(end["rungs"])
    due = {row[:2]: row[4] for row in end["clocks"]}
    assert all(row[2] == due[row[:2]] for row in end["breaches"])
    breached = {row[:2] for row in end["breaches"]}
    assert breached == {row[:2] for row in end["clocks"] if row[2] == "breached"}
    assert all(row[5] is None or row[5] >= row[3] for row in end["clocks"])
    starts = [row[3] for row in end["clocks"]]
    assert starts == sorted(starts)
