"""Whatever the pattern of passes, on a real database: the same breaches, rungs and ends at the same times."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.database import transaction
from dispatch.commands import Accept, Acknowledge, Command, FileReport, GiveFeedback, Return, Withdraw
from models.bulk import fetch
from models.errors import ForbiddenTransition, SecondPersonNeeded
from tests.fakes import START
from tests.timeline import Story

COMMANDS: dict[str, Command] = {
    "acknowledge": Acknowledge(),
    "feedback": GiveFeedback("现场"),
    "report": FileReport("措施", "结果"),
    "accept": Accept("同意"),
    "return": Return("退回"),
    "void": Withdraw("误报"),
}
END = START + timedelta(days=3)


@dataclass(frozen=True)
class Deed:
    """At a minute of the day, something done to one of the orders."""

    minute: float
    order: int
    act: str


deeds = st.lists(
    st.builds(
        Deed,
        st.integers(0, 300).map(lambda n: n / 2 + 0.01),
        st.integers(0, 2),
        st.sampled_from(sorted(COMMANDS)),
    ),
    max_size=10,
)
passes = st.lists(st.floats(0, 60 * 30, allow_nan=False).map(lambda m: round(m, 2)), max_size=15)


async def play(story: Story, script: list[Deed], looks: list[float], engines: int) -> list[int]:
    """Three orders at the start, the script carried out, passes at the given minutes and one at the end."""
    clock = story.world.clock
    clock.set(START)
    orders = [await story.world.order() for _ in range(3)]
    moments = [(deed.minute, 0, deed) for deed in script] + [(minute, 1, None) for minute in looks]
    for minute, _, deed in sorted(moments, key=lambda moment: (moment[0], moment[1])):
        clock.set(START + timedelta(minutes=minute))
        if deed is None:
            await look(story, engines)
            continue
        who = "duty" if deed.act in ("accept", "return", "void") else "supervisor"
        try:
            await story.act(who, orders[deed.order], COMMANDS[deed.act])
        except (ForbiddenTransition, SecondPersonNeeded):
            continue
    clock.set(END)
    await look(story, engines)
    return orders


async def look(story: Story, engines: int) -> None:
    """Several engines at once, each with bites of two, until nothing is due."""
    now = story.world.clock.now()

    async def engine() -> None:
        while True:
            async with transaction(story.sessions) as session:
                result = await story.world.context.pipeline.tick(session, now=now, limit=2)
            if not result.checked:
                return

    await asyncio.gather(*(engine() for _ in range(engines)))
    # What one engine held while another looked is due again at once.
    await engine()


async def ends(story: Story, orders: list[int]) -> list[tuple[object, ...]]:
    """Everything that is a fact about the orders' clocks, by the order's place in the script."""
    place = {order: n for n, order in enumerate(orders)}
    async with story.sessions() as session:
        clocks = await fetch(
            session,
            "SELECT order_id, kind, round, state, due_at, stopped_at, stopped_by, breached_at, next_at FROM sla_clock"
            " WHERE order_id = ANY($1::bigint[])",
            orders,
        )
        breaches = await fetch(
            session,
            "SELECT order_id, kind, round, breached_at FROM sla_breach WHERE order_id = ANY($1::bigint[])",
            orders,
        )
        rungs = await fetch(
            session,
            "SELECT e.order_id, c.kind, c.round, e.level, e.role, e.planned_at FROM escalation e"
            " JOIN sla_clock c ON c.id = e.clock_id WHERE e.order_id = ANY($1::bigint[])",
            orders,
        )
        told = await fetch(
            session,
            "SELECT order_id, kind, occurred_at, count(*) FROM journal WHERE order_id = ANY($1::bigint[])"
            " AND kind <> 'sla.due_soon' GROUP BY 1, 2, 3",
            orders,
        )
    found = [("clock", *r) for r in clocks] + [("breach", *r) for r in breaches]
    found += [("rung", *r) for r in rungs] + [("told", *r) for r in told]
    return sorted(((kind, place[order], *rest) for kind, order, *rest in found), key=repr)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=deeds, looks=passes, engines=st.integers(1, 4))
async def test_the_same_whoever_looks_and_however_often(
    story: Story, script: list[Deed], looks: list[float], engines: int
) -> None:
    once = await ends(story, await play(story, script, [], 1))
    often = await ends(story, await play(story, script, looks, engines))
    assert often == once


async def test_fifty_engines_at_once_record_each_breach_once(story: Story) -> None:
    orders = [await story.world.order() for _ in range(10)]
    story.world.clock.advance(hours=5)
    await look(story, 50)
    async with story.sessions() as session:
        rows = await fetch(session, "SELECT order_id, kind, count(*) FROM sla_breach GROUP BY 1, 2")
    assert {(row[0], row[1]) for row in rows} == {
        (order, kind) for order in orders for kind in ("acknowledge", "feedback", "report")
    }
    assert {row[2] for row in rows} == {1}


async def test_an_act_at_the_deadline_wins_against_a_pass_a_moment_later(story: Story) -> None:
    """The act holds the clock: the pass goes by, and finds it met afterwards."""
    order = await story.world.order()
    story.world.clock.set(START + timedelta(minutes=10))
    context = story.world.context
    async with transaction(story.sessions) as session:
        await context.pipeline.act(
            session, order, Acknowledge(), caller=story.world.caller("supervisor"), expected_version=None,
            clock=context.clock,
        )  # fmt: skip
        late: datetime = START + timedelta(minutes=10, milliseconds=5)
        async with transaction(story.sessions) as other:
            passed = await context.pipeline.tick(other, now=late, limit=100)
        assert passed.breached == 0
    async with transaction(story.sessions) as session:
        assert (await context.pipeline.tick(session, now=late, limit=100)).breached == 0


async def test_acts_and_passes_on_one_order_never_wait_for_each_other_in_a_circle(story: Story) -> None:
    """A pass holds clocks and tells of them, an act holds the order and wants its clocks: no deadlock."""
    for _ in range(10):
        order = await story.world.order()
        story.world.clock.advance(hours=3)
        await asyncio.gather(
            story.act("supervisor", order, GiveFeedback("现场")), look(story, 3), look(story, 3)
        )
        await look(story, 1)
    async with story.sessions() as session:
        counted = await fetch(session, "SELECT count(*), count(DISTINCT clock_id) FROM sla_breach")
    assert tuple(counted[0]) == (30, 30)
