"""A station among its neighbours, hour by hour: the plain facts that the rules look at.

Member 0 is the station itself. Each member is compared with the median of the others, so that what happened to the
air happened to both sides.
"""

from dataclasses import dataclass

import numpy as np

from alerts.network.medians import Floats, Truths, median
from models.enums import POLLUTANTS

HOUR = 3600.0
DAY = 86_400.0
PARTICLES = 2
OFFSETS = np.array([0.5, 1.0, 3.0, 4.0, 0.1, 8.0])
"""Added before the logarithm. Of the particles less than in `FineRule.offsets`: here many hours speak together, and a
larger one would hide half of what is done to a station in clean air."""
FEW = 3
"""Readings an hour up to which a station counts as an hourly one."""
STILL = 0.02
"""µg/m³ added to the stir before its logarithm: the last digit that sensors report."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours from `begins_at` (seconds since the epoch) without a gap; NaN where nothing is known.

    `level`: median of the hour, hours × members × pollutants, µg/m³ (co mg/m³). `stir`: mean absolute difference of
    successive readings, hours × members × particle sizes, µg/m³; of hourly stations from hour to hour. `count`:
    readings in the hour, hours × members.
    """

    begins_at: float
    level: Floats
    stir: Floats
    count: Floats

    @property
    def length(self) -> int:
        return len(self.level)

    @property
    def members(self) -> int:
        return int(self.level.shape[1])

    def at(self, hour: int) -> float:
        """When an hour begins."""
        return self.begins_at + hour * HOUR

    def log_level(self) -> Floats:
        logs: Floats = np.log(np.maximum(self.level, 0) + OFFSETS)
        return logs

    def log_stir(self) -> Floats:
        logs: Floats = np.log(self.stir + STILL)
        return logs


def assembled(begins_at: float, table: Floats) -> Hours:
    """Hours from a table of hours × members × (six levels, two stirs, count).

    Stations of hours have no readings to differ within one: theirs differ from hour to hour.
    """
    level, stir, count = (
        table[..., :6].astype(float),
        table[..., 6:8].astype(float),
        table[..., 8].astype(float),
    )
    stir = np.where((count > FEW)[..., None], stir, np.nan)
    if len(table) > 1:
        heard = np.where(count > 0, count, np.nan)
        hourly = middle(heard) <= FEW
        steps = np.abs(np.diff(level[..., :PARTICLES], axis=0))
        stir[1:, hourly] = steps[:, hourly]
    return Hours(begins_at, level, stir, count)


def others(values: Floats, least: int) -> Floats:
    """For every member (axis 1) the median of the other members; NaN where fewer than `least` of them are known."""
    found = np.full(values.shape, np.nan)
    for member in range(values.shape[1]):
        rest = np.delete(values, member, axis=1)
        known = (rest == rest).sum(axis=1)
        middle = median(np.moveaxis(rest, 1, 0)) if rest.shape[1] else np.full(known.shape, np.nan)
        found[:, member] = np.where(known >= least, middle, np.nan)
    return found


def apart(values: Floats, least: int) -> Floats:
    """Of every member, how far it is from the others."""
    difference: Floats = values - others(values, least)
    return difference


def middle(values: Floats) -> Floats:
    """Median over axis 0, NaN left out; NaN for nothing at all."""
    return median(values) if len(values) else np.full(values.shape[1:], np.nan)


def known(values: Floats) -> Truths:
    present: Truths = values == values
    return present


def series_of(hours: Hours, first: int, last: int) -> dict[str, list[float | None]]:
    """Hours `first` up to `last`, that one left out: the station's levels and the median of its neighbours'."""
    first, last = max(first, 0), min(last, hours.length)
    told: dict[str, list[float | None]] = {"at": [hours.at(k) for k in range(first, last)]}
    rest = hours.level[first:last, 1:]
    beside = (
        middle(np.moveaxis(rest, 1, 0)) if rest.shape[1] else np.full((last - first, len(POLLUTANTS)), np.nan)
    )
    for column, name in enumerate(POLLUTANTS):
        for whose, values in (("", hours.level[first:last, 0, column]), ("_neighbours", beside[:, column])):
            if known(values).any():
                told[name + whose] = [None if x != x else round(float(x), 2) for x in values]
    return told
