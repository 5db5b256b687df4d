"""The daily figures of many stations at once, exact: whole thousandths of µg/m³ (CO: of mg/m³), summed and counted.

`airquality.means` says the same of one day at a time, in fractions; a test holds the two together. Here a year of a
thousand stations takes seconds.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from airquality.minimums import DAY_EIGHT_HOURS, DAY_HOURS, EIGHT_HOURS_HOURS

HOURS = 24
PER_UNIT = 1000
MISSING = -1
"""In an array of hours."""
_SPAN = 8
_COMMON = 168
"""Of 6, 7 and 8 hours: means of windows are compared as whole numbers of it."""

Levels = npt.NDArray[np.int64]
"""Shape (days, 24): hourly means in thousandths, hour 1 first; MISSING where there is none."""


@dataclass(frozen=True, slots=True)
class Sums:
    """By day: the sum of what the day's figure is the mean of, and of how many hours; count 0 where none counts."""

    total: Levels
    count: Levels
    measured: Levels
    """Hourly means that day; of ozone, valid running 8 h means."""

    def of(self, day: int) -> Fraction | None:
        """The figure of one day, µg/m³ (CO mg/m³)."""
        count = int(self.count[day])
        return Fraction(int(self.total[day]), count * PER_UNIT) if count else None


def day_sums(hours: Levels) -> Sums:
    """24 h means: a day of 20 hours or more counts. Raises ValueError for another shape."""
    there = _there(hours)
    measured = there.sum(axis=1)
    count = np.where(measured >= DAY_HOURS, measured, 0)
    total = np.where(count > 0, np.where(there, hours, 0).sum(axis=1), 0)
    return Sums(total, count, measured)


def eight_hour_sums(hours: Levels, *, limit: Levels | int) -> Sums:
    """The largest running 8 h mean, as `airquality.means.largest_eight_hours` has it; `limit` by day or one, µg/m³."""
    there = _there(hours)
    ends = np.arange(_SPAN, HOURS + 1)
    sums = _windows(np.where(there, hours, 0), ends)
    counts = _windows(there.astype(np.int64), ends)
    valid = counts >= EIGHT_HOURS_HOURS
    scaled = np.where(valid, sums * (_COMMON // np.where(valid, counts, 1)), -1)
    best = scaled.argmax(axis=1)  # the first of equal ones
    rows = np.arange(len(hours))
    windows = valid.sum(axis=1)
    over = scaled[rows, best] > np.asarray(limit, dtype=np.int64) * PER_UNIT * _COMMON
    counted = (windows >= DAY_EIGHT_HOURS) | ((windows > 0) & over)
    return Sums(np.where(counted, sums[rows, best], 0), np.where(counted, counts[rows, best], 0), windows)


def _windows(values: Levels, ends: Levels) -> Levels:
    before = np.concatenate([np.zeros((len(values), 1), dtype=np.int64), values.cumsum(axis=1)], axis=1)
    summed: Levels = before[:, ends] - before[:, ends - _SPAN]
    return summed


def _there(hours: Levels) -> npt.NDArray[np.bool_]:
    if hours.ndim != 2 or hours.shape[1] != HOURS:
        raise ValueError(f"wants days of {HOURS} hours, not {hours.shape}")
    if hours.size and hours.min() < MISSING:
        raise ValueError("a negative concentration is none")
    present: npt.NDArray[np.bool_] = hours != MISSING
    return present
