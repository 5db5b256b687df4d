"""What the rules of interference see in recorded networks that nobody is known to have touched.

The records pass as the service would look at them: every day that is over, and every alert that something is too low.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from alerts.integrity.changed import begins, changed
from alerts.integrity.cut import cut
from alerts.integrity.hours import DAY, HOUR, Hours, assembled
from alerts.integrity.muffled import muffled
from alerts.integrity.rules import IntegrityRules
from alerts.integrity.sign import Sign
from alerts.network.rules import NetworkRules
from alerts.network.site import Site, nearest
from app.backtest.readings import Row
from evaluation.background import POLLUTANTS, Series
from models.enums import SignKind

BEIJING_S = 8 * HOUR
WEEK_S = 7 * DAY
BEFORE_S = 8 * DAY
"""What the service reads before an alert that may be muffling."""
LOOKS = range(73)
"""Hours after the alert at which it looks."""


@dataclass(frozen=True)
class Table:
    """Every station by the hour: hours × stations × (six levels, two stirs, count), from a Beijing midnight on."""

    begins_at: float
    told: Series
    groups: list[list[int]]
    """Of each station: itself and its neighbours."""

    @property
    def days(self) -> int:
        return len(self.told) // 24

    def hours(self, station: int, start: float, end: float) -> Hours:
        """The station's part of it, beside its neighbours'."""
        a = max(0, int((start - self.begins_at) // HOUR))
        b = max(a, int((end - self.begins_at) // HOUR))
        return assembled(self.begins_at + a * HOUR, self.told[a:b][:, self.groups[station]])


class Seen(NamedTuple):
    station: int
    sign: Sign
    at: float
    """When the service would have seen it."""


def table(rows: Iterable[Row], sites: Sequence[Site]) -> Table:
    """The hours as the service gathers them; `rows` are numbered by the place of their station in `sites`."""
    kept: dict[int, list[tuple[float, list[float]]]] = defaultdict(list)
    for row in rows:
        values = [np.nan if value is None else value for value in row.values]
        if any(value == value for value in values):
            kept[row.station].append((row.observed_at, values))
    first = min(known[0][0] for known in kept.values())
    last = max(known[-1][0] for known in kept.values())
    begin = (first + BEIJING_S) // DAY * DAY - BEIJING_S
    n = int((last - begin) // HOUR) + 1
    told = np.full((n, len(sites), len(POLLUTANTS) + 3), np.nan)
    for station, known in kept.items():
        times = np.array([at for at, _ in known])
        order = np.argsort(times, kind="stable")
        rows_of = np.array([row for _, row in known])[order]
        edges = np.searchsorted((times[order] - begin) // HOUR, np.arange(n + 1))
        for k in np.flatnonzero(np.diff(edges)):
            part = rows_of[edges[k] : edges[k + 1]]
            steps = np.abs(np.diff(part[:, :2], axis=0))
            told[k, station] = [*map(_median, part.T), *map(_mean, steps.T), len(part)]
    rules = NetworkRules()
    reach = rules.fine_reach_km if all(site.fine for site in sites) else rules.coarse_reach_km
    groups = [[n, *near] for n, near in enumerate(nearest(sites, reach, rules.neighbours))]
    return Table(begin, told, groups)


def _median(column: Series) -> float:
    known = column[~np.isnan(column)]
    return float(np.median(known)) if len(known) else np.nan


def _mean(column: Series) -> float:
    known = column[~np.isnan(column)]
    return float(known.mean()) if len(known) else np.nan


def untouched(
    found: Table, alerts: Mapping[int, Sequence[tuple[float, float]]], rules: IntegrityRules
) -> list[Seen]:
    """Every sign the service would see, in order of time; `alerts` are (began, ended) of what is too low."""
    seen = [*_daily(found, rules), *_after_alerts(found, alerts, rules)]
    return sorted(seen, key=lambda one: one.at)


def _daily(found: Table, rules: IntegrityRules) -> Iterator[Seen]:
    last: dict[tuple[int, SignKind], float] = {}
    for day in range(1, found.days + 1):
        end = found.begins_at + day * DAY
        for station in range(len(found.groups)):
            known = last.get((station, SignKind.CUT))
            for sign in (
                changed(found.hours(station, begins(end - DAY, rules.changed), end), rules.changed),
                cut(found.hours(station, end - rules.cut.days * DAY, end), rules.cut, since=known),
            ):
                if sign is not None and sign.began_at > last.get((station, sign.kind), -np.inf):
                    last[station, sign.kind] = sign.until
                    yield Seen(station, sign, end)


def _after_alerts(
    found: Table, alerts: Mapping[int, Sequence[tuple[float, float]]], rules: IntegrityRules
) -> Iterator[Seen]:
    for station, spans in alerts.items():
        known = -np.inf
        for began, ended in spans:
            for hours in LOOKS:
                end = min(began + hours * HOUR, ended)
                sign = muffled(found.hours(station, began - BEFORE_S, end), began, rules.muffled)
                if sign is not None and sign.began_at > known:
                    known = sign.until
                    yield Seen(station, sign, end)
                if sign is not None or end == ended:
                    break


def cases(seen: Sequence[Seen]) -> int:
    """How many cases these signs make, if each is decided a week after it opened."""
    opened: dict[int, float] = {}
    count = 0
    for one in sorted(seen, key=lambda one: one.at):
        if one.at > opened.get(one.station, -np.inf) + WEEK_S:
            opened[one.station] = one.at
            count += 1
    return count
