"""Rows and stored readings as samples in order of arrival."""

import pickle
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerts.network.site import Site
from alerts.ruleset import DEFAULT_RULES
from app.backtest.port import Computation, HistoricReading
from app.backtest.readings import Row, read_rows
from app.backtest.run import Account, arriving, run_file, run_stored, stored
from app.backtest.sites import read_registry
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


def test_stored_and_filed_history_are_judged_alike() -> None:
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

    filed = run_file(EXTRACT / "readings.csv.gz", registry, DEFAULT_RULES)
    found = list(run_stored(history(), registry, DEFAULT_RULES, version=1, levels=()))
    orders = [alert for alert in found if alert.order]
    assert orders
    assert orders == [alert for _, alert in filed.alerts if alert.order]


def test_the_computation_can_be_sent_to_another_process() -> None:
    computation: Computation = run_stored
    assert pickle.loads(pickle.dumps(computation)) is run_stored  # noqa: S301 (our own bytes)
