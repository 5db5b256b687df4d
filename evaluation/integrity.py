"""How many signs of interference the rules see in recorded networks that nobody is known to have touched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alerts.integrity.changed import begins, changed
from alerts.integrity.cut import cut
from alerts.integrity.hours import DAY, HOUR, Hours, assembled
from alerts.integrity.muffled import muffled
from alerts.integrity.rules import IntegrityRules
from alerts.integrity.sign import Sign
from evaluation.background import POLLUTANTS, Series, Station

BEIJING_S = 8 * HOUR
LOOKS = range(0, 49, 3)
"""Hours after the detector's word at which the service looks whether it was muffled."""
WEEK_S = 7 * DAY


@dataclass(frozen=True)
class Table:
    """Every station by the hour: hours × stations × …, from a Beijing midnight on."""

    begins_at: float
    told: Series

    def hours(self, members: Sequence[int], start: float, end: float) -> Hours:
        """A part of it, the station itself first."""
        a = max(0, int((start - self.begins_at) // HOUR))
        b = max(a, int((end - self.begins_at) // HOUR))
        return assembled(self.begins_at + a * HOUR, self.told[a:b][:, list(members)])


def table(stations: Sequence[Station], start: dt.datetime, end: dt.datetime) -> Table:
    """The hours of recorded stations as the service gathers them."""
    begin = (start.timestamp() + BEIJING_S) // DAY * DAY - BEIJING_S
    n = int((end.timestamp() - begin) // HOUR)
    told = np.full((n, len(stations), len(POLLUTANTS) + 3), np.nan)
    for place, station in enumerate(stations):
        values = np.stack([station.columns[name] for name in POLLUTANTS], axis=1)
        some = ~np.isnan(values).all(axis=1)
        times, values = station.times[some], values[some]
        edges = np.searchsorted((times - begin) // HOUR, np.arange(n + 1))
        for k in np.flatnonzero(np.diff(edges)):
            rows = values[edges[k] : edges[k + 1]]
            steps = np.abs(np.diff(rows[:, :2], axis=0))
            told[k, place] = [*(_median(x) for x in rows.T), *(_mean(x) for x in steps.T), len(rows)]
    return Table(begin, told)


def _median(column: Series) -> float:
    known = column[~np.isnan(column)]
    return float(np.median(known)) if len(known) else np.nan


def _mean(column: Series) -> float:
    known = column[~np.isnan(column)]
    return float(known.mean()) if len(known) else np.nan


def daily(found: Table, groups: Sequence[Sequence[int]], rules: IntegrityRules) -> Iterator[tuple[int, Sign]]:
    """(station, sign) of every daily look of the service, in order of time; what was seen is not seen again."""
    last: dict[tuple[int, str], float] = {}
    for day in range(1, len(found.told) // 24 + 1):
        end = found.begins_at + day * DAY
        for place, members in enumerate(groups):
            looked = (
                changed(found.hours(members, begins(end - DAY, rules.changed), end), rules.changed),
                cut(
                    found.hours(members, end - rules.cut.days * DAY, end),
                    rules.cut,
                    since=last.get((place, "cut")),
                ),
            )
            for sign in looked:
                if sign is not None and sign.began_at >= last.get((place, sign.kind.value), -np.inf):
                    last[place, sign.kind.value] = sign.until
                    yield place, sign


def after_alerts(
    found: Table,
    groups: Sequence[Sequence[int]],
    attenuated: Mapping[int, Sequence[tuple[float, float]]],
    rules: IntegrityRules,
) -> Iterator[tuple[int, Sign]]:
    """(station, sign) of the looks at what the detector said is too low: by station, (began, ended) of each."""
    for place, spans in attenuated.items():
        until = -np.inf
        for began, ended in spans:
            for hours in LOOKS:
                end = min(began + hours * HOUR, ended)
                sign = muffled(found.hours(groups[place], began - 8 * DAY, end), began, rules.muffled)
                if sign is not None and sign.began_at >= until:
                    until = sign.until
                    yield place, sign
                if sign is not None or end == ended:
                    break


def cases(signs: Sequence[tuple[int, float]]) -> int:
    """How many cases these signs (station, when seen) make, if each is decided a week after it opened."""
    opened: dict[int, float] = {}
    count = 0
    for station, at in sorted(signs, key=lambda sign: sign[1]):
        if at > opened.get(station, -np.inf) + WEEK_S:
            opened[station] = at
            count += 1
    return count
