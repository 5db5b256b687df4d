"""Who is meant is decided again: stored with its reason, told on the feed once, and an order that went out stays."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from alerts.network.happening import Cleared, Happening, Opened, Raised, Rescoped, Seen
from app.database import transaction
from models.bulk import fetch
from models.enums import AlertKind, AlertScope, OrderState, Severity
from models.facts import AlertDue, AlertRescoped, Fact
from tests.factories import COUNTY
from tests.timeline import Story

EPISODE, EVENT = 7, 8


def local(story: Story, *, order: bool = True, key: int = EVENT) -> Opened:
    at = story.world.clock.now().timestamp()
    station = story.world.stations["WZ-1"].id
    return Opened(
        key, AlertKind.ABOVE_NEIGHBOURS, AlertScope.LOCAL, Severity.NOTICE, station, (station,), ("pm10",),
        at - 900, at, order, {"level": {"pm10": 210.0}, "neighbours": 8},
    )  # fmt: skip


def regional(story: Story, *, order: bool = False, **why: Any) -> Rescoped:
    at = story.world.clock.now().timestamp()
    scope = AlertScope.LOCAL if order else AlertScope.REGIONAL
    return Rescoped(EVENT, scope, order, at, why or {"episode": EPISODE})


async def judged(story: Story, *happenings: Happening) -> list[Fact]:
    async with transaction(story.sessions) as session:
        return await story.world.context.pipeline.judged(
            session, happenings, rule_version=1, now=story.world.clock.now()
        )


async def stored(story: Story) -> dict[str, Any]:
    """The alert, and the state of its order."""
    async with story.sessions() as session:
        (row,) = await fetch(
            session,
            "SELECT a.scope, a.order_due, a.state, a.severity, a.peak, a.why, o.state, a.order_id"
            "  FROM alert a LEFT JOIN work_order o ON o.id = a.order_id WHERE a.event_key = $1",
            EVENT,
        )
    names = ("scope", "order_due", "state", "severity", "peak", "why", "order", "order_id")
    found = dict(zip(names, row, strict=True))
    return found | {"why": json.loads(found["why"]) if isinstance(found["why"], str) else found["why"]}


async def kinds(story: Story) -> list[str]:
    return [event["kind"] for event in await story.events()]


async def test_the_scope_and_its_reason_are_stored_and_told(story: Story) -> None:
    story.at("08:00")
    await judged(story, local(story))
    before = await stored(story)
    story.at("09:00")
    facts = await judged(story, regional(story))
    after = await stored(story)
    assert (before["scope"], before["order_due"]) == ("local", True)
    assert (after["scope"], after["order_due"], after["state"]) == ("regional", False, "open")
    assert after["why"] == before["why"] | {"episode": EPISODE}, "what was known of it before stays"
    (fact,) = [fact for fact in facts if isinstance(fact, AlertRescoped)]
    assert (fact.scope, fact.at) == (AlertScope.REGIONAL, story.world.clock.now())
    assert fact.station.code == "WZ-1"
    told = [event for event in await story.events() if event["kind"] == "alert.rescoped"]
    assert [(event["data"]["scope"], event["data"]["grid"]) for event in told] == [("regional", COUNTY)]
    assert told[0]["occurred_at"] == story.world.clock.now()


async def test_an_order_that_went_out_stays(story: Story) -> None:
    story.at("08:00")
    await judged(story, local(story))
    before = await stored(story)
    assert before["order"] == OrderState.DISPATCHED.value
    story.at("09:00")
    await judged(story, regional(story))
    after = await stored(story)
    assert (after["order"], after["order_id"]) == (before["order"], before["order_id"])
    said = await kinds(story)
    assert said.count("order.dispatched") == 1
    assert "order.cancelled" not in said
    # Its end is told as any other's.
    await judged(story, Cleared(EVENT, story.world.clock.now().timestamp()))
    assert (await stored(story))["state"] == "cleared"
    assert (await stored(story))["order"] == OrderState.DISPATCHED.value


async def test_one_that_opened_in_the_same_batch_is_told_in_order(story: Story) -> None:
    story.at("08:00")
    facts = await judged(story, local(story), regional(story))
    assert [type(fact).__name__ for fact in facts][:2] == ["AlertOpened", "AlertRescoped"]
    assert (await stored(story))["scope"] == "regional"
    assert (await stored(story))["why"]["episode"] == EPISODE


async def test_what_was_no_order_becomes_one_when_that_is_decided(story: Story) -> None:
    story.at("08:00")
    await judged(story, local(story, order=False))
    assert (await stored(story))["order"] is None
    facts = await judged(story, regional(story, order=True, witness="gas"))
    assert any(isinstance(fact, AlertDue) for fact in facts)
    assert (await stored(story))["order"] == OrderState.DISPATCHED.value
    assert (await stored(story))["why"]["witness"] == "gas"


@pytest.mark.parametrize("others", ["before", "after"])
async def test_what_else_the_batch_says_of_it_is_not_lost(story: Story, others: str) -> None:
    """A step and a raise leave scope, reason and order alone, whichever comes first."""
    story.at("08:00")
    await judged(story, local(story))
    at = story.world.clock.now().timestamp() + 300
    more: Sequence[Happening] = [Seen(EVENT, 480.0, at), Raised(EVENT, Severity.SERIOUS, 480.0, at)]
    await judged(story, *([*more, regional(story)] if others == "before" else [regional(story), *more]))
    alert = await stored(story)
    assert (alert["scope"], alert["order_due"], alert["why"]["episode"]) == ("regional", False, EPISODE)
    assert (alert["severity"], alert["peak"]) == ("serious", 480.0)


async def test_a_raise_alone_leaves_the_reason_as_it_was(story: Story) -> None:
    story.at("08:00")
    await judged(story, local(story))
    before = await stored(story)
    await judged(story, Raised(EVENT, Severity.SERIOUS, 480.0, story.world.clock.now().timestamp()))
    after = await stored(story)
    assert after["why"] == before["why"]
    assert (after["scope"], after["order_due"]) == ("local", True)


async def test_what_is_over_is_not_decided_again(story: Story) -> None:
    story.at("08:00")
    await judged(story, local(story))
    await judged(story, Cleared(EVENT, story.world.clock.now().timestamp()))
    before = await stored(story)
    assert not await judged(story, regional(story))
    assert await stored(story) == before
    assert "alert.rescoped" not in await kinds(story)
