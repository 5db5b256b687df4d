"""Rows and stored readings as samples in order of arrival."""

import pickle
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.network.site import Site
from alerts.rulebook import LevelSpan
from alerts.ruleset import DEFAULT_RULES
from app.backtest.port import Computation, HistoricReading
from app.backtest.readings import Row, read_rows
from app.backtest.run import Account, arriving, run_file, run_stored, stored
from app.backtest.sites import read_registry
from models.enums import ResponseLevel
from models.facts import Reading

EXTRACT = Path(__file__).resolve().parents[2] / "data" / "detection"
SITES = [Site(n, f"S{n}", "652301", 87.0, 44.0, "micro", 60.0) for n in range(2)]
NOTHING = (None,) * 5
START = datetime(2026, 1, 31, tzinfo=UTC)


def row(line: int, station: int, at: float, pm25: float) -> Row:
    return Row(line, station, at, (pm25, *NOTHING), NOTHING, None, None)


def test_repeated_rows_are_left_out_and_others_marked_as_corrections() -> None:
    account = Account()
    said = [row(2, 0, 60, 1), row(3, 1, 60, 1), row(4, 0, 60, 1), row(5, 0, 60, 2), row(6, 1, 120, 1)]
    found = list(arriving(said, SITES, account))
    assert [(s.station, s.observed_at, s.arrived_at, s.values[0], s.correction) for s in found] == [
        (0, 60, 60, 1, False),
        (1, 60, 60, 1, False),
        (0, 60, 60, 2, True),
        (1, 120, 120, 1, False),
    ]
    assert (account.rows, account.repeated, account.corrected) == (5, 1, 1)
    assert (account.first, account.last) == (60, 120)


def historic(station: str, minute: int, late: timedelta) -> HistoricReading:
    at = START + timedelta(minutes=minute)
    return HistoricReading(Reading(station, at, (1.0, *NOTHING), NOTHING), at + late)


def test_stored_readings_come_when_they_came() -> None:
    said = [
        historic("S0", 0, timedelta(hours=2)),
        historic("S1", 0, timedelta(seconds=1)),
        historic("gone", 0, timedelta(0)),
        *(historic("S1", minute, timedelta(seconds=-30)) for minute in range(60, 200, 20)),
    ]
    found = list(stored(iter(said), {site.code: site for site in SITES}))
    arrivals = [sample.arrived_at - START.timestamp() for sample in found]
    assert arrivals == sorted(arrivals)
    assert arrivals[0] == 1
    (late,) = [sample for sample in found if sample.station == 0]
    assert late.arrived_at - late.observed_at == 7200
    assert len(found) == 9


def test_what_was_loaded_as_history_counts_as_if_it_had_come_in_time() -> None:
    said = [historic("S0", minute, timedelta(days=400)) for minute in range(3)]
    found = list(stored(iter(said), {site.code: site for site in SITES}))
    assert all(sample.arrived_at == sample.observed_at for sample in found)


LARGE = {"network": {"fine": {"floors": {"pm25": 160, "pm10": 320}}}}
OVERLAYS = {
    "schedules": {"seasons": {"trial": {"from": "04-05", "to": "04-06", "patch": LARGE}}},
    "overrides": {"stations": {"WZ-652323-003": LARGE}},
}


@pytest.mark.parametrize(("over", "orders_wanted"), [({}, 2), (OVERLAYS, 1)], ids=["base", "overlays"])
def test_stored_and_filed_history_are_judged_alike(over: dict[str, Any], orders_wanted: int) -> None:
    body = DEFAULT_RULES | over
    registry = read_registry(EXTRACT / "registry.yaml")
    registry = replace(
        registry, stations=tuple(replace(station, cadence_s=150) for station in registry.stations)
    )
    codes = {station.code: n for n, station in enumerate(registry.stations)}

    def history() -> Iterator[HistoricReading]:
        rows = sorted(read_rows(EXTRACT / "readings.csv.gz", codes), key=lambda row: row[2:0:-1])
        for row in rows:
            at = datetime.fromtimestamp(row.observed_at, UTC)
            code = registry.stations[row.station].code
            yield HistoricReading(Reading(code, at, row.values, row.met, None, row.lon, row.lat), at)

    filed = run_file(EXTRACT / "readings.csv.gz", registry, body)
    found = list(run_stored(history(), registry, body, version=1, levels=()))
    orders = [alert for alert in found if alert.order]
    assert len(orders) == orders_wanted
    assert orders == [alert for _, alert in filed.alerts if alert.order]


def test_a_response_of_the_past_is_laid_over_while_it_lasted() -> None:
    registry = read_registry(EXTRACT / "registry.yaml")
    rows = read_rows(EXTRACT / "readings.csv.gz", {one.code: n for n, one in enumerate(registry.stations)})
    history = [
        HistoricReading(Reading(registry.stations[row.station].code, at, row.values, row.met), at)
        for row in sorted(rows, key=lambda row: row[2:0:-1])
        for at in [datetime.fromtimestamp(row.observed_at, UTC)]
    ]
    registry = replace(registry, stations=tuple(replace(one, cadence_s=150) for one in registry.stations))
    body = DEFAULT_RULES | {"schedules": {"response": {"red": LARGE}}}
    first_plume = datetime(2019, 4, 4, 9, tzinfo=UTC)
    for since, heard in ((first_plume - timedelta(hours=2), False), (first_plume + timedelta(hours=2), True)):
        span = LevelSpan(ResponseLevel.RED, since, since + timedelta(hours=4))
        found = list(run_stored(iter(history), registry, body, version=1, levels=[span]))
        assert ("WZ-652323-001" in {alert.stations[0] for alert in found if alert.order}) is heard


def test_the_computation_can_be_sent_to_another_process() -> None:
    computation: Computation = run_stored
    assert pickle.loads(pickle.dumps(computation)) is run_stored  # noqa: S301 (our own bytes)
