"""Runs the detectors of the service over history, in event time: no broker, no clock, no database."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from alerts.network.sample import Sample
from alerts.network.site import Site
from alerts.overlay import base
from alerts.rulebook import LevelSpan
from alerts.ruleset import parse_rules
from app.backtest.arrival import Arrivals
from app.backtest.events import Events
from app.backtest.port import HistoricReading, WouldBeAlert
from app.backtest.readings import Row, read_rows
from app.backtest.repeats import Repeat, Repeats
from app.backtest.ruled import Ruled
from app.backtest.sites import Places, measured, places, sites
from app.registry.entries import Registry
from models.errors import Invalid

LATE_S = 86_400.0
"""A stored reading that came later than this was loaded as history, and is judged as if it had come in time."""
AHEAD_S = 600.0
"""So far a stored reading's claim may be ahead of its arrival."""
Body = Mapping[str, Any]


@dataclass(slots=True)
class Account:
    """What was read; `first` and `last` are instants of arrival, seconds since the epoch."""

    rows: int = 0
    repeated: int = 0
    corrected: int = 0
    first: float | None = None
    last: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Alerts with their ids, in the order of detection."""

    alerts: list[tuple[str, WouldBeAlert]]
    account: Account
    sites: list[Site]


def follow(ruled: Ruled, samples: Iterable[Sample], events: Events) -> None:
    """Feeds the network to the end of the samples, which come in order of arrival."""
    take, until = ruled.network.take, ruled.until
    for sample in samples:
        if sample.arrived_at >= until:
            events.take(ruled.come_to(sample.arrived_at))
            take, until = ruled.network.take, ruled.until
        if happened := take(sample):
            events.take(happened)
    events.take(ruled.network.finish())


def run_file(readings: Path, registry: Registry, body: Body) -> Outcome:
    """What the rules would have told of a back-test CSV, without any response in force. Raises Invalid that names
    the place of a fault.
    """
    where = places(registry)
    numbers = {station.code: number for number, station in enumerate(registry.stations)}
    parse_rules(base(body))  # a fault is told before the work is done and not after
    found = sites(registry, where, measured(read_rows(readings, numbers), len(numbers)))
    account = Account()
    samples = arriving(read_rows(readings, numbers), found, account)
    outcome = _outcome(Ruled(body, found, where.paths(registry), version=1), found, where, samples, account)
    if not account.rows:
        raise Invalid(f"{readings}: there is not one reading")
    return outcome


def run_stored(
    readings: Iterator[HistoricReading],
    registry: Registry,
    rules: Body,
    *,
    version: int,
    levels: Sequence[LevelSpan],
) -> Iterable[WouldBeAlert]:
    """`app.backtest.port.Computation` by the service's own detectors."""
    where = places(registry)
    found = sites(registry, where, {})
    samples = stored(readings, {site.code: site for site in found})
    ruled = Ruled(rules, found, where.paths(registry), version=version, levels=levels)
    return [alert for _, alert in _outcome(ruled, found, where, samples, Account()).alerts]


def _outcome(
    ruled: Ruled,
    found: list[Site],
    where: Places,
    samples: Iterable[Sample],
    account: Account,
) -> Outcome:
    events = Events(found, where.common)
    follow(ruled, samples, events)
    return Outcome(events.alerts(), account, found)


# ------------------------------------------------------------------ samples in order of arrival


def arriving(rows: Iterable[Row], found: Sequence[Site], account: Account) -> Iterator[Sample]:
    """Rows of a file as samples; `account` is kept meanwhile. A repeated row is left out."""
    cadence_s = {site.id: site.cadence_s for site in found}
    arrivals: Arrivals[tuple[Row, bool]] = Arrivals(cadence_s)
    repeats = Repeats(cadence_s)

    def sample(row: Row, correction: bool, arrived_at: float) -> Sample:
        if account.first is None:
            account.first = arrived_at
        account.last = arrived_at
        return Sample(
            row.station, row.observed_at, arrived_at, row.values, row.met, row.lon, row.lat, correction
        )

    for row in rows:
        account.rows += 1
        repeat = repeats.take(row.station, row.observed_at, row[3:])
        if repeat is Repeat.SAME:
            account.repeated += 1
            continue
        account.corrected += repeat is Repeat.OTHER
        for (known, correction), at in arrivals.take(
            row.station, row.observed_at, (row, repeat is Repeat.OTHER)
        ):
            yield sample(known, correction, at)
    for (known, correction), at in arrivals.finish():
        yield sample(known, correction, at)


def stored(readings: Iterator[HistoricReading], by_code: Mapping[str, Site]) -> Iterator[Sample]:
    """Stored readings, which come in the order of `observed_at`, in that of their arrival.

    What waits for its turn is what came late: of a day at most. Readings of unknown stations are left out.
    """
    waiting: list[tuple[float, int, Sample]] = []
    number = count()
    for historic in readings:
        site = by_code.get(historic.reading.station)
        if site is None:
            continue
        reading = historic.reading
        observed_at = reading.observed_at.timestamp()
        received_at = historic.received_at.timestamp()
        arrived_at = received_at if received_at - observed_at <= LATE_S else observed_at
        sample = Sample(
            site.id, observed_at, arrived_at, reading.values, reading.met, reading.lon, reading.lat
        )
        heapq.heappush(waiting, (arrived_at, next(number), sample))
        while waiting and waiting[0][0] <= observed_at - AHEAD_S:
            yield heapq.heappop(waiting)[2]
    while waiting:
        yield heapq.heappop(waiting)[2]
