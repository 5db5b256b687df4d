"""Detection over a real database: what is opened, raised, cleared, told, and what survives a restart."""

import asyncio
import random
from datetime import timedelta

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerts.service import Detection
from app.database import Sessions, transaction
from models.enums import AlertKind, AlertScope, Severity
from models.errors import NotFound
from models.facts import AlertCleared, AlertOpened, AlertRaised, Fact
from tests.db.alerts_world import MAX_ORDER_AGE, World, observation, outcome
from tests.fakes import START
from tests.unit.alerts.streams import Item, Stretch, one, played, series, stretches


@pytest_asyncio.fixture
async def world(sessions: Sessions) -> World:
    return await World(sessions).begin()


def fresh() -> Detection:
    return Detection(max_order_age=MAX_ORDER_AGE)


def _alert_facts(facts: list[Fact]) -> list[AlertOpened | AlertRaised | AlertCleared]:
    return [fact for fact in facts if isinstance(fact, AlertOpened | AlertRaised | AlertCleared)]


async def test_an_alert_is_opened_raised_and_cleared_and_each_is_told_once(world: World) -> None:
    station, detection = await world.station(3600), fresh()
    facts = []
    for item in series([40.0, 60.0, 120.0, 130.0, 180.0, 60.0, 50.0], step_s=3600):
        facts += await world.arrive(detection, station, [item])
    opened, raised, cleared = [fact for fact in _alert_facts(facts) if fact.kind == AlertKind.EXCEEDANCE_HOUR]
    assert isinstance(opened, AlertOpened)
    assert (opened.severity, opened.scope, opened.order) == (Severity.NOTICE, AlertScope.LOCAL, True)
    assert (opened.started_at, opened.detected_at) == (START + timedelta(hours=2),) * 2
    assert isinstance(raised, AlertRaised)
    assert (raised.severity, raised.at) == (Severity.SERIOUS, START + timedelta(hours=4))
    assert isinstance(cleared, AlertCleared)
    assert cleared.at == START + timedelta(hours=5)
    row = next(a for a in await world.alerts(station) if a.kind == AlertKind.EXCEEDANCE_HOUR)
    assert (row.id, row.state, row.severity, row.peak) == (opened.alert_id, "cleared", "serious", 180.0)
    assert (row.cleared_at, row.rule_version, row.grid_id) == (cleared.at, 1, station.grid_id)
    assert row.why == opened.why
    assert row.why["inputs"]["values"] == [120.0]


async def test_a_whole_story_in_one_batch_leaves_the_same_rows_and_facts(world: World) -> None:
    items = series([40.0, 60.0, 120.0, 180.0, 60.0, 50.0, 50.0, 50.0, 300.0, 50.0], step_s=3600)
    single, batch = await world.station(3600), await world.station(3600)
    told = []
    detection = fresh()
    for item in items:
        told += await world.arrive(detection, single, [item])
    at_once = await world.arrive(detection, batch, items)
    names = [[(type(fact), fact.kind) for fact in _alert_facts(facts)] for facts in (told, at_once)]
    assert names[0] == names[1]
    assert outcome(await world.alerts(single)) == outcome(await world.alerts(batch))
    assert sum(isinstance(fact, AlertOpened) for fact in at_once) == 4


@pytest.mark.parametrize(("minutes", "order"), [(30, True), (31, False)])
async def test_a_backfilled_reading_opens_an_alert_but_is_due_no_order(
    world: World, minutes: int, order: bool
) -> None:
    station = await world.station(3600)
    (fact,) = await world.arrive(fresh(), station, series([130.0]), delay=timedelta(minutes=minutes))
    assert isinstance(fact, AlertOpened)
    assert fact.order is order
    assert len(await world.alerts(station)) == 1


async def test_late_readings_and_corrections_open_nothing(world: World) -> None:
    station, detection = await world.station(3600), fresh()
    await world.arrive(detection, station, series([20.0], start=START + timedelta(hours=9)))
    assert await world.arrive(detection, station, series([900.0] * 5, step_s=3600)) == []
    newest = series([900.0], start=START + timedelta(hours=9))
    assert await world.arrive(detection, station, newest, correction=True) == []
    detection.forget_all()
    assert await world.arrive(detection, station, newest, correction=True) == []
    assert await world.alerts(station) == []


async def test_a_late_batch_after_a_restart_opens_nothing(world: World) -> None:
    station = await world.station(3600)
    await world.arrive(fresh(), station, series([20.0], start=START + timedelta(hours=9)))
    assert await world.arrive(fresh(), station, series([900.0] * 5, step_s=3600)) == []


@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking over a database takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # every example has stations of its own
)
@given(
    parts=stretches(),
    seed=st.integers(0, 2**32),
    cadence=st.sampled_from([60, 3600]),
)
async def test_a_kill_anywhere_in_the_stream_opens_the_same_alerts(
    world: World, parts: list[Stretch], seed: int, cadence: int
) -> None:
    items = played(parts, seed)
    chance = random.Random(seed)
    straight, killed = await world.station(cadence), await world.station(cadence)
    detection = fresh()
    for batch in _batches(items, chance):
        await world.arrive(detection, straight, batch)
    detection = fresh()
    for batch in _batches(items, chance):
        fate = chance.random()
        if fate < 0.15:  # killed before the commit: the broker delivers the batch again
            await world.arrive(detection, killed, batch, fail=True)
        if fate < 0.3:  # killed after the commit
            detection.forget_all()
        await world.arrive(detection, killed, batch)
    assert outcome(await world.alerts(straight)) == outcome(await world.alerts(killed))


def _batches(items: list[Item], chance: random.Random) -> list[list[Item]]:
    batches: list[list[Item]] = []
    place = 0
    while place < len(items):
        size = chance.choice([1, 2, 5, 20, 60])
        batches.append(items[place : place + size])
        place += size
    return batches


async def test_the_kill_property_is_not_empty(world: World) -> None:
    """The same with a fixed stream that does open, raise and clear, and a kill before every batch."""
    items = series([30.0] * 70 + [160.0] * 60 + [300.0] * 40 + [20.0] * 60)
    straight, killed = await world.station(), await world.station()
    detection = fresh()
    for item in items:
        await world.arrive(detection, straight, [item])
    for item in items:
        await world.arrive(fresh(), killed, [item])
    alerts = await world.alerts(straight)
    assert {alert.kind for alert in alerts} == {"sudden_rise", "exceedance_short", "exceedance_hour"}
    assert outcome(alerts) == outcome(await world.alerts(killed))


async def test_a_long_backlog_after_a_restart_goes_on_from_the_window_before_it(world: World) -> None:
    """The batch reaches further than a window, so its own newest reading must not decide what is loaded."""
    before, backlog = (
        series([30.0] * 70),
        series([110.0] * 30 + [30.0] * 270, start=START + timedelta(minutes=70)),
    )
    straight, restarted = await world.station(), await world.station()
    detection = fresh()
    await world.arrive(detection, straight, before)
    await world.arrive(detection, straight, backlog)
    await world.arrive(fresh(), restarted, before)
    await world.arrive(fresh(), restarted, backlog)
    alerts = await world.alerts(straight)
    assert [alert.kind for alert in alerts] == ["sudden_rise"]
    assert outcome(alerts) == outcome(await world.alerts(restarted))


async def test_forgetting_after_a_rollback_finds_the_alert_again(world: World) -> None:
    station, detection = await world.station(3600), fresh()
    await world.arrive(detection, station, series([130.0], step_s=3600), fail=True)
    detection.forget([station.id])
    (fact,) = await world.arrive(detection, station, series([130.0], step_s=3600))
    assert isinstance(fact, AlertOpened)


async def test_two_processes_with_the_same_readings_open_one_alert(world: World) -> None:
    station = await world.station(3600)
    (item,) = series([130.0])
    first, second = fresh(), fresh()
    for detection in (first, second):
        # Both have their windows before the reading comes.
        async with transaction(world.sessions) as session:
            earlier = (START - timedelta(hours=1), one("pm25", 20.0))
            await detection.observe(session, [observation(station, earlier)], now=START)

    async with transaction(world.sessions) as session:
        await world.store(session, station, [item], delay=timedelta(0), correction=False)

    async def observe(detection: Detection) -> list[object]:
        async with transaction(world.sessions) as session:
            return list(await detection.observe(session, [observation(station, item)], now=START))

    told = await asyncio.gather(*(observe(detection) for detection in (first, second)))
    assert sorted(len(facts) for facts in told) == [0, 1]
    assert len(await world.alerts(station)) == 1
    # Both go on with it: each of them may clear it, and only one does.
    later = (START + timedelta(hours=1), one("pm25", 20.0))
    facts = []
    for detection in (first, second):
        async with transaction(world.sessions) as session:
            facts += await detection.observe(session, [observation(station, later)], now=START)
    assert [type(fact) for fact in facts] == [AlertCleared]


async def test_an_alert_closed_elsewhere_is_let_go_and_found_again(world: World) -> None:
    station, mine, theirs = await world.station(3600), fresh(), fresh()
    (item, again) = series([130.0, 130.0], step_s=3600)
    await world.arrive(mine, station, [item])
    async with transaction(world.sessions) as session:
        clean = (START + timedelta(minutes=70), one("pm25", 1.0))
        await theirs.observe(session, [observation(station, clean)], now=START)
    assert [alert.state for alert in await world.alerts(station)] == ["cleared"]
    facts = await world.arrive(mine, station, [again])
    facts += await world.arrive(mine, station, series([130.0], start=START + timedelta(hours=2)))
    assert [type(fact) for fact in facts] == [AlertOpened]
    assert [alert.state for alert in await world.alerts(station)] == ["cleared", "open"]


async def test_statements_do_not_grow_with_stations_or_readings(world: World, engine: AsyncEngine) -> None:
    stations = [await world.station(3600) for _ in range(12)]
    items = series([40.0, 40.0, 40.0, 130.0, 40.0, 130.0, 180.0], step_s=3600)
    async with transaction(world.sessions) as session:
        for station in stations:
            await world.store(session, station, items, delay=timedelta(0), correction=False)
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    detection = fresh()
    async with transaction(world.sessions) as session:
        batch = [observation(station, item) for item in items for station in stations]
        facts = await detection.observe(session, batch, now=START)
    first, seen[:] = list(seen), []
    async with transaction(world.sessions) as session:
        later = (START + timedelta(hours=9), one("pm25", 55.0))
        await detection.observe(session, [observation(station, later) for station in stations], now=START)
    event.remove(engine.sync_engine, "before_cursor_execute", note)
    assert sum(isinstance(fact, AlertOpened) for fact in facts) >= 24
    assert len(first) == 5  # rules, readings, open alerts, the silent, what was opened
    assert len(seen) == 2  # the silent, what was cleared


async def test_last_at_and_peak_are_written_every_few_minutes(world: World) -> None:
    station, detection = await world.station(), fresh()
    await world.arrive(detection, station, series([140.0] * 45))
    for item in series([145.0] * 8, start=START + timedelta(minutes=45)):
        await world.arrive(detection, station, [item])
    (alert,) = await world.alerts(station)
    assert alert.last_at == START + timedelta(minutes=49)
    assert alert.peak is not None
    assert alert.peak > 140


async def test_without_active_rules_it_says_so(sessions: Sessions) -> None:
    world = await World(sessions).begin()
    station = await world.station()
    async with transaction(world.sessions) as session:
        await session.execute(text("UPDATE rule_set SET state = 'retired'"))
    with pytest.raises(NotFound, match="no rule set is active"):
        await world.arrive(fresh(), station, series([1.0]))
