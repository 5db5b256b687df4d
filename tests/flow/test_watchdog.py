"""The watchdog sees each fault that is planted, tells it once, says when it is over, and is silent otherwise."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.auth.scope import EVERYTHING
from app.board.wanted import Wanted
from app.database import transaction
from app.health import Health, beat
from app.watchdog.local import EngineWatch
from app.watchdog.looks import TURN
from app.watchdog.service import Watchdog
from dispatch.commands import Accept, Acknowledge, Command, FileReport, GiveFeedback, Return, Withdraw
from models.bulk import fetch
from models.enums import OrderState, WatchdogCode
from models.errors import DomainError
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE
from tests.timeline import Story


@pytest_asyncio.fixture
async def dog(story: Story) -> Watchdog:
    return Watchdog(story.world.context)


async def sql(story: Story, statement: str, *parameters: Any) -> list[Any]:
    async with transaction(story.sessions) as session:
        return await fetch(session, statement, *parameters)


async def found(dog: Watchdog) -> list[tuple[str, str, str, list[Any]]]:
    """What a pass told: event, code, subject, examples."""
    return [
        (fact.kind.value, fact.detail["code"], fact.detail["subject"], fact.detail["examples"])
        for fact in await dog.look()
    ]


async def plant_clock_unjudged(story: Story) -> list[Any]:
    """A pass can never meet it: its next instant is gone."""
    await story.world.order()
    ((id_,),) = await sql(
        story, "UPDATE sla_clock SET next_at = NULL WHERE kind = 'acknowledge' RETURNING id"
    )
    story.world.clock.advance(minutes=11, seconds=1)
    await story.tick()
    return [id_]


async def plant_escalation_missing(story: Story) -> list[Any]:
    await story.world.order()
    story.world.clock.advance(minutes=12)
    await story.tick()
    ((id_,),) = await sql(story, "DELETE FROM escalation WHERE level = 1 RETURNING clock_id")
    return [id_]


async def plant_order_without_clocks(story: Story) -> list[Any]:
    order = await story.world.order_in(OrderState.REPORTED)
    await sql(story, "DELETE FROM sla_clock WHERE kind = 'review'")
    return [order]


async def plant_order_without_holder(story: Story) -> list[Any]:
    order = await story.world.order()
    await sql(story, "DELETE FROM holder_segment")
    return [order]


async def plant_alert_without_order(story: Story) -> list[Any]:
    alert = await story.world.alert()
    story.world.clock.advance(minutes=1, seconds=1)
    return [alert]


async def plant_unrouted_waiting(story: Story) -> list[Any]:
    waiting = await story.world.unrouted()
    story.world.clock.advance(minutes=15, seconds=1)
    return [waiting]


async def plant_outbox_old(story: Story) -> list[Any]:
    await story.world.order()
    story.world.clock.advance(minutes=5, seconds=1)
    return [(await sql(story, "SELECT id FROM outbox"))[0][0]]


async def plant_engine_stopped(story: Story) -> list[Any]:
    async with transaction(story.sessions) as session:
        await beat(session, "office-2:17", story.world.clock.now())
    story.world.clock.advance(minutes=1, seconds=1)
    await story.tick()
    return ["office-2:17"]


async def plant_detection_behind(story: Story) -> list[Any]:
    now = story.world.clock.now()
    await sql(
        story,
        "INSERT INTO detection_inbox (seq, kind, created_at, body) VALUES (1, 'control', $1, '')",
        now,
    )
    story.world.clock.advance(minutes=2, seconds=1)
    return [1]


PLANTS = {
    WatchdogCode.CLOCK_UNJUDGED: plant_clock_unjudged,
    WatchdogCode.ESCALATION_MISSING: plant_escalation_missing,
    WatchdogCode.ORDER_WITHOUT_CLOCKS: plant_order_without_clocks,
    WatchdogCode.ORDER_WITHOUT_HOLDER: plant_order_without_holder,
    WatchdogCode.ALERT_WITHOUT_ORDER: plant_alert_without_order,
    WatchdogCode.UNROUTED_WAITING: plant_unrouted_waiting,
    WatchdogCode.OUTBOX_OLD: plant_outbox_old,
    WatchdogCode.ENGINE_STOPPED: plant_engine_stopped,
    WatchdogCode.DETECTION_BEHIND: plant_detection_behind,
}
SUBJECTS = {WatchdogCode.OUTBOX_OLD: "mqtt"}
_HEAL = [
    "UPDATE sla_clock SET state = 'void', stopped_at = due_at WHERE state = 'running' AND next_at IS NULL",
    "INSERT INTO escalation (clock_id, level, role, planned_at, detected_at)"
    " SELECT c.id, 1, 'supervisor', c.due_at, c.due_at FROM sla_clock c WHERE c.state = 'breached'"
    " ON CONFLICT DO NOTHING",
    "DELETE FROM holder_segment",
    "UPDATE work_order SET state = 'void', closed_at = dispatched_at, version = version + 1",
    "UPDATE unrouted SET resolved_at = created_at",
    "UPDATE alert SET state = 'cleared', cleared_at = detected_at",
    "UPDATE outbox SET next_at = NULL, state = 'sent'",
    "DELETE FROM engine_beat WHERE name = 'office-2:17'",
    "DELETE FROM detection_inbox",
]


@pytest.mark.parametrize("code", WatchdogCode)
async def test_a_planted_fault_is_told_once_and_so_is_its_end(
    story: Story, dog: Watchdog, code: WatchdogCode
) -> None:
    examples = await PLANTS[code](story)
    if code is not WatchdogCode.OUTBOX_OLD:
        await sql(story, "UPDATE outbox SET next_at = NULL, state = 'sent'")
    subject = SUBJECTS.get(code, "")
    assert await found(dog) == [("watchdog.found", code.value, subject, examples)]
    story.world.clock.advance(seconds=10)
    assert await found(dog) == []
    # Another engine's watchdog knows it too.
    assert await found(Watchdog(story.world.context)) == []
    metric = story.world.context.metrics.registry.get_sample_value
    assert metric("geshao_watchdog_findings", {"code": code.value}) == 1
    assert (
        not await story.world.context.health.check(story.world.clock.now())
        or code is not WatchdogCode.ENGINE_STOPPED
    )
    assert [note["code"] for note in story.world.context.health.findings] == [code.value]
    for statement in _HEAL:
        await sql(story, statement)
    assert await found(dog) == [("watchdog.cleared", code.value, subject, examples)]
    assert await found(dog) == []
    assert metric("geshao_watchdog_findings", {"code": code.value}) == 0
    rows = await sql(story, "SELECT code, ended_at IS NULL FROM watchdog_finding")
    assert [tuple(row) for row in rows] == [(code.value, False)]


async def test_a_fault_that_comes_again_is_a_new_finding(story: Story, dog: Watchdog) -> None:
    alert = (await plant_alert_without_order(story))[0]
    for _ in range(2):
        assert [f[0] for f in await found(dog)] == ["watchdog.found"]
        await sql(story, "UPDATE alert SET state = 'cleared', cleared_at = detected_at WHERE id = $1", alert)
        assert [f[0] for f in await found(dog)] == ["watchdog.cleared"]
        await sql(story, "UPDATE alert SET state = 'open', cleared_at = NULL WHERE id = $1", alert)
    assert len(await sql(story, "SELECT 1 FROM watchdog_finding")) == 2


async def test_what_is_told_is_for_the_prefecture_and_says_since_when(story: Story, dog: Watchdog) -> None:
    began = story.world.clock.now()
    await plant_alert_without_order(story)
    await dog.look()
    (event,) = await story.events()
    assert event["data"] == {
        "occurred_at": story.world.clock.now().isoformat(), "grid": PREFECTURE, "actor": None,
        "code": "alert_without_order", "subject": "", "count": 1, "examples": [1], "since": began.isoformat(),
    }  # fmt: skip


async def test_an_alert_with_a_reason_is_none(story: Story, dog: Watchdog) -> None:
    await story.world.unrouted()
    await story.world.alert("WZ-2", order_due=False)
    await story.world.alert("WZ-2", scope="instrument", kind="offline")
    story.world.clock.advance(minutes=10)
    assert await found(dog) == []


async def test_many_engines_at_once_tell_a_fault_once(story: Story) -> None:
    await plant_alert_without_order(story)
    dogs = [Watchdog(story.world.context) for _ in range(8)]
    told = await asyncio.gather(*(dog.look() for dog in dogs))
    assert sum(map(len, told)) == 1


async def test_orders_are_looked_at_in_turns_and_what_is_wrong_again_each_time(
    story: Story, dog: Watchdog
) -> None:
    """The last of more than a turn's orders lacks its clocks: the second pass sees it, and every one after that."""
    order = await story.world.order()
    await sql(
        story,
        "WITH more AS (INSERT INTO work_order (number, grid_id, state, severity, reason, policy_version, dispatched_at)"
        " SELECT 'N' || n, grid_id, 'on_site', severity, reason, policy_version, dispatched_at"
        " FROM work_order, generate_series(1, $1::int) n RETURNING id, grid_id, dispatched_at),"
        " held AS (INSERT INTO holder_segment (order_id, grid_id, held_from, why)"
        "  SELECT id, grid_id, dispatched_at, 'dispatch' FROM more)"
        " INSERT INTO sla_clock (order_id, grid_id, kind, round, state, started_at, due_at, original_due_at, plan,"
        "  next_at, policy_version) SELECT m.id, m.grid_id, 'report', 1, 'running', c.started_at, c.due_at,"
        "  c.due_at, c.plan, c.next_at, 1 FROM more m, sla_clock c WHERE c.order_id = $2 AND c.kind = 'report'",
        TURN, order,
    )  # fmt: skip
    ((last,),) = await sql(story, "SELECT max(id) FROM work_order")
    await sql(story, "DELETE FROM sla_clock WHERE order_id = $1", last)
    await sql(story, "UPDATE outbox SET next_at = NULL, state = 'sent'")
    assert await found(dog) == []
    assert await found(dog) == [("watchdog.found", "order_without_clocks", "", [last])]
    for _ in range(3):
        assert await found(dog) == []
    await sql(story, "UPDATE work_order SET state = 'void', closed_at = dispatched_at WHERE id = $1", last)
    assert [f[0] for f in await found(dog)] == ["watchdog.cleared"]


# ------------------------------------------------------------------ a healthy busy system

COMMANDS: list[Command] = [
    Acknowledge(), GiveFeedback("现场"), FileReport("措施", "结果"), Accept("同意"), Return("退回"), Withdraw("误报"),
]  # fmt: skip
steps = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 7), st.integers(0, 2)), min_size=1, max_size=20
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
async def test_it_is_silent_while_the_engine_works(story: Story, script: list[tuple[int, int, int]]) -> None:
    """Orders answered well, late and never; letters go out; passes come as they should."""
    dog = Watchdog(story.world.context)
    orders = [await story.world.order()]
    for minutes, what, which in script:
        story.world.clock.advance(minutes=minutes)
        if what < len(COMMANDS):
            command = COMMANDS[what]
            who = "duty" if isinstance(command, Accept | Return | Withdraw) else "both"
            with contextlib.suppress(DomainError):
                await story.act(who, orders[which % len(orders)], command)
        else:
            orders.append(await story.world.order(OTHER_COUNTY if what == 7 else COUNTY))
        await story.tick()
        while await story.engine.send("mqtt"):
            pass
        assert await found(dog) == []


# ------------------------------------------------------------------ what no engine can say


async def said(stream: AsyncIterator[bytes]) -> str:
    async with asyncio.timeout(20):
        while True:
            chunk = (await anext(stream)).decode()
            if "watchdog." in chunk:
                return chunk


async def test_open_streams_hear_that_the_engine_stopped_and_that_it_is_back(story: Story) -> None:
    context = story.world.context
    await story.tick()
    watch = EngineWatch(context.health, context.feed, context.clock)
    stream = aiter(context.feed.listen(Wanted(EVERYTHING), ticks=True, heartbeat=0.02))
    for _ in range(3):
        await anext(stream)
    await watch.look()
    story.world.clock.advance(seconds=30)
    await watch.look()
    await watch.look()
    event = (await said(stream)).splitlines()
    assert event[0] == "event: watchdog.engine_stopped"
    assert json.loads(event[1].removeprefix("data: "))["why"] == "no pass for 30 s"
    assert not any(line.startswith("id:") for line in event)
    await story.tick()
    await watch.look()
    assert (await said(stream)).startswith("event: watchdog.engine_back")


async def test_while_the_database_is_away_nothing_is_said_of_the_engine(story: Story) -> None:
    context = story.world.context
    await story.tick()
    health = Health(story.sessions, timedelta(seconds=10))
    watch = EngineWatch(health, context.feed, context.clock)
    stream = aiter(context.feed.listen(Wanted(EVERYTHING), ticks=True, heartbeat=0.02))
    for _ in range(3):
        await anext(stream)
    story.world.clock.advance(seconds=30)
    await sql(story, "ALTER TABLE engine_beat RENAME TO away")
    await watch.look()
    assert (await said(stream)).startswith("event: watchdog.database_away")
    await sql(story, "ALTER TABLE away RENAME TO engine_beat")
    await watch.look()
    heard = await said(stream)
    assert "watchdog.engine_stopped" in heard
    assert "watchdog.database_back" in heard


async def test_an_engine_that_ends_in_order_is_not_looked_for(story: Story, dog: Watchdog) -> None:
    await story.tick()
    await story.engine.say_goodbye()
    story.world.clock.advance(minutes=2)
    assert await found(dog) == []
