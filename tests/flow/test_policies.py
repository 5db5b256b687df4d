"""Which policy and which terms an order gets: at the dispatch, by what it is then, in every process."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from app import rules
from app.database import transaction
from app.flows import policies
from app.pipeline import Pipeline
from app.views.orders import order_document
from app.views.paging import instant
from dispatch.commands import Acknowledge, GiveFeedback
from models.bulk import fetch
from models.enums import ResponseLevel, Severity
from sla import policybook
from tests.factories import COUNTY, PREFECTURE, World
from tests.fakes import START
from tests.timeline import Story


async def put_in_force(world: World, patch: dict[str, Any]) -> int:
    """A draft with this patch, tried and activated."""
    pipeline, now = world.context.pipeline, world.clock.now()
    admin = world.caller("admin")
    async with transaction(world.sessions) as session:
        version = await policies.draft(
            pipeline, session, body=None, patch=patch, parent=None, note="x", caller=admin, now=now
        )
        await policies.what_if(
            pipeline,
            session,
            version,
            since=now - timedelta(days=1),
            until=now,
            grid_id=None,
            caller=admin,
            now=now,
        )
        await policies.activate(pipeline, session, version, caller=admin, now=now)
    return version


async def limit(world: World, order_id: int, kind: str = "feedback") -> float:
    async with world.sessions() as session:
        rows = await fetch(
            session,
            "SELECT extract(epoch FROM due_at - started_at) FROM sla_clock WHERE order_id = $1 AND kind = $2",
            order_id,
            kind,
        )
    return float(rows[0][0])


async def order(world: World, severity: Severity = Severity.NOTICE, county: str = COUNTY) -> int:
    async with transaction(world.sessions) as session:
        return await world.context.pipeline.open_by_hand(
            session, grid_id=world.grids[county].id, station=None, reason="巡查", severity=severity,
            caller=world.caller("duty"), clock=world.clock,
        )  # fmt: skip


OVERRIDES = {
    "overrides": {
        "severity": {"critical": {"limits_s": {"feedback": 3000}}},
        "response": {"red": {"limits_s": {"feedback": 1800}}},
        "grids": {PREFECTURE: {"limits_s": {"report": 6000}}},
    }
}


async def test_terms_are_those_of_the_order_when_its_clock_starts(story: Story) -> None:
    world = story.world
    await put_in_force(world, OVERRIDES)
    plain, grave = await order(world), await order(world, Severity.CRITICAL)
    assert [await limit(world, one) for one in (plain, grave)] == [3600, 3000]
    assert await limit(world, plain, "report") == 6000
    async with transaction(world.sessions) as session:
        await rules.switch_response(
            session, ResponseLevel.RED, reason="x", caller=world.caller("duty"), now=world.clock.now()
        )
        await fetch(session, "UPDATE work_order SET severity = 'critical' WHERE id = $1", plain)
    assert await limit(world, await order(world)) == 1800
    # What runs already stays as it was stamped, and says by what.
    assert await limit(world, plain) == 3600
    async with world.sessions() as session:
        stamped = await fetch(
            session,
            "SELECT DISTINCT traits->>'severity', traits->>'response', traits->'grids'->>1 FROM sla_clock",
        )
    assert {tuple(row) for row in stamped} == {
        ("notice", "none", COUNTY), ("critical", "none", COUNTY), ("notice", "red", COUNTY),
    }  # fmt: skip


async def test_every_process_goes_by_the_activation_with_its_commit(story: Story) -> None:
    """A process that knew the old policy needs no restart, and none is ahead of the commit."""
    world = story.world
    other = Pipeline(world.context.directory, channels=frozenset(), metrics=world.context.metrics)

    async def dispatched() -> float:
        async with transaction(world.sessions) as session:
            id_ = await other.open_by_hand(
                session, grid_id=world.grids[COUNTY].id, station=None, reason="x", severity=Severity.NOTICE,
                caller=world.caller("duty"), clock=world.clock,
            )  # fmt: skip
        return await limit(world, id_)

    pipeline, now, admin = world.context.pipeline, world.clock.now(), world.caller("admin")
    async with transaction(world.sessions) as session:
        version = await policies.draft(
            pipeline, session, body=None, patch={"limits_s": {"feedback": 2400}}, parent=None, note="x",
            caller=admin, now=now,
        )  # fmt: skip
        await policies.what_if(
            pipeline,
            session,
            version,
            since=now - timedelta(days=1),
            until=now,
            grid_id=None,
            caller=admin,
            now=now,
        )
    async with transaction(world.sessions) as session:
        found = await policybook.held(session, version, "activate")
        await policybook.activate(session, found, now=now)
        assert await dispatched() == 3600
    assert await dispatched() == 2400


async def test_settings_make_policies_until_a_person_puts_one_in_force(story: Story) -> None:
    world = story.world
    limits = world.context.settings.sla.limits()
    shorter = {kind: value / 2 for kind, value in limits.items()}

    async def start(said: Any) -> tuple[int, bool]:
        async with transaction(world.sessions) as session:
            policy, overruled = await policybook.ensure(
                session, said, author="settings", now=world.clock.now()
            )
            return policy.version, overruled

    assert await start(limits) == (1, False)
    assert await start(shorter) == (2, False)
    assert await start(shorter) == (2, False)
    version = await put_in_force(world, {"limits_s": {"feedback": 2400}})
    assert await start(limits) == (version, True)
    async with world.sessions() as session:
        rows = await fetch(session, "SELECT version, state, from_settings FROM sla_policy ORDER BY version")
    assert [tuple(row) for row in rows] == [
        (1, "retired", True),
        (2, "retired", True),
        (version, "active", False),
    ]


async def test_a_level_is_told_again_until_the_answer(story: Story) -> None:
    ladder = [{"level": 1, "role": "supervisor", "fraction": 0, "repeat": {"every_s": 600, "times": 5}}]
    await put_in_force(story.world, {"ladders": {"acknowledge": ladder}})
    order_id = await story.world.order()
    await story.said()
    for minute in (10.5, 20.5, 30.5, 39):
        story.world.clock.set(START + timedelta(minutes=minute))
        await story.tick()
    await story.act("supervisor", order_id, Acknowledge())
    story.world.clock.set(START + timedelta(minutes=59))
    await story.tick()
    async with story.sessions() as session:
        rows = await fetch(
            session,
            "SELECT level, repeat, planned_at FROM escalation WHERE order_id = $1 ORDER BY id",
            order_id,
        )
        told = await fetch(
            session,
            "SELECT coalesce(data->>'repeat', '0') FROM journal WHERE kind = 'sla.escalated' AND order_id = $1"
            " ORDER BY id",
            order_id,
        )
    assert [(row[0], row[1], (row[2] - START).total_seconds() / 60) for row in rows] == [
        (1, 0, 10),
        (1, 1, 20),
        (1, 2, 30),
    ]
    assert [row[0] for row in told] == ["0", "1", "2"]


async def test_repeats_nobody_could_tell_are_not_made_up_for(story: Story) -> None:
    """After hours away only the last one of a level is told, and the first telling always."""
    ladder = [
        {"level": 1, "role": "supervisor", "fraction": 0, "repeat": {"every_s": 600, "times": 5}},
        {"level": 2, "role": "chief", "fraction": 1.0},
    ]
    await put_in_force(story.world, {"ladders": {"acknowledge": ladder}})
    order_id = await story.world.order()
    story.world.clock.advance(hours=5)
    await story.tick()
    async with story.sessions() as session:
        rows = await fetch(
            session,
            "SELECT e.level, e.repeat FROM escalation e JOIN sla_clock c ON c.id = e.clock_id WHERE e.order_id = $1"
            " AND c.kind = 'acknowledge' ORDER BY e.id",
            order_id,
        )
    assert [tuple(row) for row in rows] == [(1, 0), (2, 0), (1, 5)]


async def test_an_answer_that_this_policy_does_not_count_stops_nothing(story: Story) -> None:
    world = story.world
    await put_in_force(world, {"stops": {"acknowledge": {"by": ["feedback"], "reading": "三(三)"}}})
    order_id = await world.order()
    await world.act(order_id, Acknowledge())
    world.clock.advance(minutes=11)
    await story.tick()
    await world.act(order_id, GiveFeedback("现场"))
    async with world.sessions() as session:
        rows = await fetch(
            session,
            "SELECT state, stopped_by FROM sla_clock WHERE order_id = $1 AND kind = 'acknowledge'",
            order_id,
        )
    assert tuple(rows[0]) == ("breached", "feedback")


async def test_what_stands_is_held_by_the_database_itself(story: Story) -> None:
    world = story.world
    await world.order()
    world.clock.advance(hours=3)
    await story.tick()
    async with transaction(world.sessions) as session:
        await fetch(
            session,
            "INSERT INTO outage (kind, began_at, ended_at, detected_by) VALUES ('engine', $1, $2, 'x')",
            START,
            START + timedelta(minutes=5),
        )
    moved = instant(START)
    for statement in (
        "DELETE FROM sla_breach",
        "UPDATE sla_breach SET detected_at = breached_at",
        "UPDATE sla_clock SET due_at = due_at + interval '1 hour', breached_at = breached_at + interval '1 hour'"
        " WHERE breached_at IS NOT NULL",
        "UPDATE sla_clock SET breached_at = NULL, state = 'running' WHERE breached_at IS NOT NULL",
        "DELETE FROM sla_clock WHERE breached_at IS NOT NULL",
        f"UPDATE outage SET ended_at = '{moved}'::timestamptz + interval '1 hour'",
        "DELETE FROM outage",
        "UPDATE sla_policy SET body = body || '{\"warn_before_s\": 1}'",
    ):
        with pytest.raises(DBAPIError, match="refused"):
            async with transaction(world.sessions) as session:
                await fetch(session, statement)
    with pytest.raises(DBAPIError, match="ex_outage_engine"):
        async with transaction(world.sessions) as session:
            await fetch(
                session,
                "INSERT INTO outage (kind, began_at, ended_at, detected_by) VALUES ('engine', $1, $2, 'x')",
                START + timedelta(minutes=1),
                START + timedelta(minutes=2),
            )


async def test_acts_carry_times_in_their_order_whatever_the_clocks_say(story: Story) -> None:
    world = story.world
    order_id = await world.order()
    world.clock.set(START - timedelta(hours=1))
    await world.act(order_id, Acknowledge())
    world.clock.set(START + timedelta(minutes=30))
    await world.act(order_id, GiveFeedback("工地未覆盖"))
    async with world.sessions() as session:
        order = await order_document(session, order_id)
    assert order["acknowledged_at"] == START.isoformat()
    assert order["feedback_at"] == (START + timedelta(minutes=30)).isoformat()
