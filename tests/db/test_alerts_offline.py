"""Silence: the sweep, what stations say of themselves, and being heard again."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest_asyncio

from alerts.service import Detection, Status, status_said, sweep_offline
from app.database import Sessions, transaction
from models.enums import AlertKind, AlertScope
from models.facts import AlertCleared, AlertOpened, Fact, StationInfo
from tests.db.alerts_world import MAX_ORDER_AGE, World
from tests.fakes import START
from tests.unit.alerts.streams import series

HOUR = timedelta(hours=1)


@pytest_asyncio.fixture
async def world(sessions: Sessions) -> World:
    return await World(sessions).begin()


async def sweep(world: World, *stations: StationInfo, now: datetime) -> list[Fact]:
    async with transaction(world.sessions) as session:
        return await sweep_offline(
            session, stations, now=now, offline_after=HOUR, listening_since=datetime(2000, 1, 1, tzinfo=UTC)
        )


async def said(world: World, station: StationInfo, online: bool, *, now: datetime) -> list[Fact]:
    async with transaction(world.sessions) as session:
        return await status_said(session, Status(station, online), now=now)


async def test_silence_opens_one_instrument_alert_without_an_order(world: World) -> None:
    silent = await world.station(last_received_at=START)
    heard = await world.station(last_received_at=START + HOUR)
    new = await world.station()
    assert await sweep(world, silent, heard, new, now=START + HOUR) == []
    (fact,) = await sweep(world, silent, heard, new, now=START + HOUR + timedelta(seconds=1))
    assert isinstance(fact, AlertOpened)
    assert (fact.kind, fact.scope, fact.order) == (AlertKind.OFFLINE, AlertScope.INSTRUMENT, False)
    assert (fact.station, fact.pollutant, fact.started_at) == (silent, None, START)
    assert await sweep(world, silent, heard, new, now=START + 2 * HOUR - timedelta(seconds=1)) == []
    (alert,) = await world.alerts(silent)
    assert (alert.id, alert.state, alert.why["silent_s"]) == (fact.alert_id, "open", 3601.0)
    assert await world.alerts(new) == []


async def test_the_sweep_clears_once_the_station_was_heard_after_the_alert(world: World) -> None:
    station = await world.station(last_received_at=START)
    await sweep(world, station, now=START + 2 * HOUR)
    await world.heard(station, START + 2 * HOUR)
    assert await sweep(world, station, now=START + 2 * HOUR) == []
    await world.heard(station, START + 3 * HOUR)
    (fact,) = await sweep(world, station, now=START + 3 * HOUR + timedelta(seconds=9))
    assert isinstance(fact, AlertCleared)
    assert (fact.kind, fact.at) == (AlertKind.OFFLINE, START + 3 * HOUR)
    assert [alert.state for alert in await world.alerts(station)] == ["cleared"]


async def test_a_reading_clears_it_at_once_also_in_a_process_that_knows_the_station(world: World) -> None:
    station, detection = await world.station(last_received_at=START), Detection(max_order_age=MAX_ORDER_AGE)
    await world.arrive(detection, station, series([10.0]))
    await said(world, station, False, now=START + timedelta(minutes=1))
    (fact,) = await world.arrive(detection, station, series([11.0], start=START + timedelta(minutes=2)))
    assert isinstance(fact, AlertCleared)
    assert fact.at == START + timedelta(minutes=2, seconds=2)
    assert await world.said_offline_at(station) is None
    assert await world.arrive(detection, station, series([11.0], start=START + timedelta(minutes=3))) == []


async def test_what_a_station_says_counts_at_once_and_once(world: World) -> None:
    station = await world.station(last_received_at=START)
    now = START + timedelta(minutes=1)
    (opened,) = await said(world, station, False, now=now)
    assert isinstance(opened, AlertOpened)
    assert opened.why["said_offline"] is True
    assert await said(world, station, False, now=now + HOUR) == []
    assert await world.said_offline_at(station) == now
    (cleared,) = await said(world, station, True, now=now + 2 * HOUR)
    assert isinstance(cleared, AlertCleared)
    assert await said(world, station, True, now=now + 2 * HOUR) == []
    assert await world.said_offline_at(station) is None
    # It has spoken up, so the sweep gives it its hour before silence counts again.
    assert await sweep(world, station, now=now + 3 * HOUR) == []
    assert len(await sweep(world, station, now=now + 3 * HOUR + timedelta(seconds=1))) == 1


async def test_a_station_never_heard_is_offline_only_when_it_says_so(world: World) -> None:
    station = await world.station()
    assert await sweep(world, station, now=START + 99 * HOUR) == []
    assert len(await said(world, station, False, now=START)) == 1
    assert await said(world, station, False, now=START) == []
    assert len(await said(world, station, True, now=START)) == 1
    assert await sweep(world, station, now=START + 99 * HOUR) == []


async def test_an_old_word_does_not_hide_a_new_one(world: World) -> None:
    station = await world.station()
    await said(world, station, False, now=START)
    await world.heard(station, START + HOUR)
    assert len(await sweep(world, station, now=START + HOUR)) == 1  # it is back
    assert await sweep(world, station, now=START + HOUR) == []
    assert len(await said(world, station, False, now=START + 2 * HOUR)) == 1


async def test_slow_stations_get_three_periods(world: World) -> None:
    station = await world.station(7200, last_received_at=START)
    assert await sweep(world, station, now=START + 6 * HOUR) == []
    assert len(await sweep(world, station, now=START + 6 * HOUR + timedelta(seconds=1))) == 1


async def test_two_sweeps_at_once_open_one_alert_each_station(world: World) -> None:
    stations = [await world.station(last_received_at=START) for _ in range(5)]
    told = await asyncio.gather(
        sweep(world, *stations, now=START + 2 * HOUR),
        sweep(world, *reversed(stations), now=START + 2 * HOUR),
    )
    assert sum(len(facts) for facts in told) == 5
    for station in stations:
        assert len(await world.alerts(station)) == 1


async def test_two_clearings_at_once_are_told_once(world: World) -> None:
    stations = [await world.station(last_received_at=START) for _ in range(5)]
    await sweep(world, *stations, now=START + 2 * HOUR)
    for station in stations:
        await world.heard(station, START + 3 * HOUR)
    told = await asyncio.gather(
        *(sweep(world, *order, now=START + 3 * HOUR) for order in (stations, stations[::-1]))
    )
    assert sum(len(facts) for facts in told) == 5


async def test_no_stations_are_no_work(world: World) -> None:
    assert await sweep(world, now=START) == []
