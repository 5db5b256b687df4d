"""The station is asked after a report, by any number of engines, and what it says goes to order and feed."""

import asyncio
from datetime import timedelta
from typing import Any

from app.database import transaction
from app.flows import verdict
from app.views.order_detail import order_detail
from dispatch.commands import FileReport, Return, Withdraw
from models.bulk import fetch
from models.enums import ReportClaim
from tests.factories import World
from tests.reviews import alert_order, ask, events, measured, neighbours, report
from tests.reviews import around as beside
from tests.timeline import Story

HIGH, QUIET = 300.0, 40.0
HOUR = timedelta(hours=1)


async def reported(world: World, claims: ReportClaim | None = ReportClaim.RECOVERED, **alert: Any) -> int:
    """An hour of a high station among quiet neighbours, then the report; gives the order."""
    await neighbours(world)
    begun = world.clock.now()
    order = await alert_order(world, started_at=begun, **alert)
    await measured(world, "WZ-1", begun, [HIGH] * 60)
    await beside(world, begun, QUIET, 60 + 24 * 60)
    world.clock.advance(HOUR)
    await report(world, order, claims)
    return order


async def verdict_of(world: World, order: int) -> dict[str, Any]:
    async with world.sessions() as session:
        found = (await order_detail(session, order))["verdict"]
    assert isinstance(found, dict)
    return found


async def test_it_recovers(story: Story) -> None:
    world = story.world
    order = await reported(world)
    before = await verdict_of(world, order)
    assert (before["state"], before["series"], before["figures"]) == ("pending", None, None)
    await ask(world)
    first = await verdict_of(world, order)
    assert (first["state"], first["mismatch"]) == ("pending", False)
    assert first["figures"]["peak_excess"] > 200
    world.clock.advance(seconds=30)
    await ask(world)
    assert (await verdict_of(world, order))["judged_at"] == first["judged_at"], "not before its time"
    await measured(world, "WZ-1", world.clock.now(), [45.0] * 10)
    world.clock.advance(minutes=10)
    await ask(world)
    found = await verdict_of(world, order)
    assert (found["state"], found["relapsed"], found["claims"]) == ("recovered", False, "recovered")
    assert found["series"]["reported_at"] == found["reported_at"]
    assert len(found["series"]["at"]) == len(found["series"]["station"]) == len(found["series"]["neighbours"])
    assert found["series"]["station"][-1] == 45.0
    assert found["series"]["neighbours"][-1] == 41.0
    assert found["figures"]["near"] == ["WZ-2", "WZ-7", "WZ-8", "WZ-9"]
    (told,) = await events(world, "verdict.judged", "verdict.mismatch")
    assert told[0] == "verdict.judged"
    assert (told[1]["verdict"], told[1]["order"]) == ("recovered", order)


async def test_it_stays_high_and_the_reviewer_is_told_once(story: Story) -> None:
    world = story.world
    order = await reported(world)
    await measured(world, "WZ-1", world.clock.now(), [HIGH - 20] * 150)
    world.clock.advance(hours=2, minutes=10)
    await ask(world)
    found = await verdict_of(world, order)
    assert (found["state"], found["mismatch"], found["figures"]["over"]) == ("not_recovered", True, True)
    world.clock.advance(hours=1)
    await ask(world)
    told = await events(world, "verdict.judged", "verdict.mismatch")
    assert [kind for kind, _ in told] == ["verdict.judged", "verdict.mismatch"]
    assert told[1][1]["claims"] == "recovered"


async def test_no_claim_is_no_mismatch(story: Story) -> None:
    order = await reported(story.world, None)
    await measured(story.world, "WZ-1", story.world.clock.now(), [HIGH] * 150)
    story.world.clock.advance(hours=3)
    await ask(story.world)
    found = await verdict_of(story.world, order)
    assert (found["state"], found["mismatch"]) == ("not_recovered", False)
    assert [kind for kind, _ in await events(story.world, "verdict.mismatch")] == []


async def test_late_readings_change_it_until_the_watch_is_over(story: Story) -> None:
    world = story.world
    order = await reported(world)
    since = world.clock.now()
    world.clock.advance(hours=2)
    await ask(world)
    assert (await verdict_of(world, order))["state"] == "no_data"
    await measured(world, "WZ-1", since, [HIGH] * 150, flagged=True)
    world.clock.advance(minutes=15)
    await ask(world)
    assert (await verdict_of(world, order))["state"] == "no_data", "flagged values say nothing"
    await measured(world, "WZ-1", since + timedelta(minutes=150), [HIGH] * 130)
    world.clock.advance(hours=3)
    await ask(world)
    assert (await verdict_of(world, order))["state"] == "not_recovered"
    async with transaction(world.sessions) as session:
        # The flags were wrong, and quality control says so.
        await fetch(session, "DELETE FROM reading_flag")
        await fetch(
            session, "UPDATE reading SET pm25 = 45 WHERE pm25 = $1 AND observed_at >= $2", HIGH, since
        )
    world.clock.advance(minutes=15)
    await ask(world)
    found = await verdict_of(world, order)
    assert (found["state"], found["mismatch"]) == ("recovered", False)
    world.clock.set(since + timedelta(hours=24, minutes=15))
    await ask(world)
    last = await verdict_of(world, order)
    assert last["next_at"] is None
    async with transaction(world.sessions) as session:
        await fetch(session, "UPDATE reading SET pm25 = 300")
    world.clock.advance(hours=1)
    await ask(world)
    assert await verdict_of(world, order) == last


async def test_a_relapse_is_noted(story: Story) -> None:
    world = story.world
    order = await reported(world)
    await measured(world, "WZ-1", world.clock.now(), [45.0] * 20 + [HIGH] * 20)
    world.clock.advance(minutes=20)
    await ask(world)
    assert (await verdict_of(world, order))["state"] == "recovered"
    world.clock.advance(minutes=20)
    await ask(world)
    found = await verdict_of(world, order)
    assert (found["state"], found["relapsed"], found["mismatch"]) == ("not_recovered", True, True)


async def test_a_rise_of_the_region(story: Story) -> None:
    world = story.world
    order = await reported(world)
    async with transaction(world.sessions) as session:
        await fetch(
            session,
            "UPDATE reading SET pm25 = 280 + station_id WHERE station_id <> $1 AND observed_at >= $2",
            world.stations["WZ-1"].id,
            world.clock.now(),
        )
    await measured(world, "WZ-1", world.clock.now(), [HIGH] * 30)
    world.clock.advance(minutes=30)
    await ask(world)
    found = await verdict_of(world, order)
    assert (found["state"], found["mismatch"]) == ("regional", False)


async def test_a_return_begins_a_watch_of_its_own(story: Story) -> None:
    world = story.world
    order = await reported(world)
    await measured(world, "WZ-1", world.clock.now(), [HIGH] * 150)
    world.clock.advance(hours=3)
    await ask(world)
    await world.act(order, Return("数据未恢复"))
    world.clock.advance(minutes=5)
    await measured(world, "WZ-1", world.clock.now() + timedelta(minutes=1), [45.0] * 10)
    await world.act(order, FileReport("再次洒水", "下降", claims=ReportClaim.IMPROVED))
    world.clock.advance(minutes=12)
    await ask(world)
    found = await verdict_of(world, order)
    assert (found["round"], found["state"], found["claims"]) == (2, "recovered", "improved")
    async with world.sessions() as session:
        rows = await fetch(session, "SELECT round, state, next_at FROM order_verdict ORDER BY round")
    assert [(row[0], row[1], row[2] is None) for row in rows] == [
        (1, "not_recovered", True),
        (2, "recovered", False),
    ]


async def test_what_has_no_measure_of_its_own_is_not_watched(story: Story) -> None:
    world = story.world
    by_hand = await world.order(station="WZ-1")
    await report(world, by_hand)
    broken = await alert_order(world, "WZ-2", scope="instrument", kind="drift")
    async with world.sessions() as session:
        assert await fetch(session, "SELECT count(*) FROM order_verdict") == [(0,)]
        assert (await order_detail(session, by_hand))["verdict"] is None
        assert (await order_detail(session, broken))["verdict_state"] is None


async def test_a_withdrawn_order_is_not_asked_about(story: Story) -> None:
    world = story.world
    order = await alert_order(world)
    await report(world, order)
    await world.act(order, Withdraw("演练"))
    assert (await verdict_of(world, order))["next_at"] is None
    world.clock.advance(hours=3)
    await ask(world)
    assert (await verdict_of(world, order))["judged_at"] is None


async def test_engines_share_the_work_and_tell_each_thing_once(story: Story) -> None:
    world = story.world
    await neighbours(world)
    orders = []
    begun = world.clock.now()
    for station in ("WZ-1", "WZ-2", "WZ-7", "WZ-8", "WZ-9"):
        orders.append(await alert_order(world, station, started_at=begun))
        await measured(world, station, begun, [HIGH] * 60)
    world.clock.advance(HOUR)
    async with transaction(world.sessions) as session:
        # As if they had been reported just now.
        await fetch(
            session,
            "INSERT INTO order_verdict (order_id, round, station_id, alert_id, pollutant, reported_at, claims,"
            " until_at, policy_version, next_at) SELECT o.id, 1, o.station_id, o.alert_id, 'pm25',"
            " $1::timestamptz, 'recovered',"
            " $1::timestamptz + interval '1 day', 1, $1::timestamptz FROM work_order o",
            world.clock.now(),
        )
    world.clock.advance(hours=2)

    async def engine() -> int:
        async with transaction(world.sessions) as session:
            return await verdict.judge_due(world.context.pipeline, session, now=world.clock.now(), limit=3)

    asked = await asyncio.gather(*(engine() for _ in range(4)))
    assert sum(asked) == len(orders)
    told = [data["order"] for _, data in await events(world, "verdict.judged")]
    assert sorted(told) == sorted(orders)


async def test_the_watch_stops_no_clock(story: Story) -> None:
    """The reviewer is not kept waiting: the review clock runs while the station is asked."""
    world = story.world
    order = await reported(world)
    async with world.sessions() as session:
        detail = await order_detail(session, order)
    assert {(c["kind"], c["state"]) for c in detail["clocks"]} >= {("review", "running")}
