"""Means of a natural day from its hours, and whether enough was measured for them (GB 3095 table 4, HJ 663).

Exact arithmetic: what goes in is exact, and nothing is rounded before it is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from airquality.minimums import DAY_EIGHT_HOURS, DAY_HOURS, EIGHT_HOURS_HOURS
from airquality.rounding import Exact, fraction

HOURS = 24
_SPAN = 8


@dataclass(frozen=True, slots=True)
class DayMean:
    """What stands for a day, with what it rests on."""

    value: Fraction | None
    """None: not enough was measured."""
    measured: int
    """Hourly means; of ozone, valid running 8 h means."""
    ends_at: int | None = None
    """Of ozone: the hour, 8 to 24, at which the largest 8 h mean ends; the earliest of equal ones."""


def day_mean(hours: Sequence[Exact | None]) -> DayMean:
    """The 24 h mean of a day's hourly means, hour 1 (00:00 to 01:00) first; ValueError unless there are 24."""
    measured = _measured(hours)
    value = mean([level for level in measured if level is not None])
    count = sum(level is not None for level in measured)
    return DayMean(value if count >= DAY_HOURS else None, count)


def largest_eight_hours(hours: Sequence[Exact | None], *, limit: Exact) -> DayMean:
    """The day's largest running 8 h mean of ozone, of the 17 that end from 08:00 to 24:00 (HJ 663 6.1.2).

    A running mean wants 6 hours of its 8. The day counts with 14 running means; with fewer only if the largest is
    over the limit for 8 h, since what is missing could not have lowered it.
    """
    measured = _measured(hours)
    largest: Fraction | None = None
    ends_at, windows = None, 0
    for end in range(_SPAN, HOURS + 1):
        within = [level for level in measured[end - _SPAN : end] if level is not None]
        if len(within) < EIGHT_HOURS_HOURS:
            continue
        windows += 1
        level = sum(within, Fraction(0)) / len(within)
        if largest is None or level > largest:
            largest, ends_at = level, end
    if largest is None or (windows < DAY_EIGHT_HOURS and largest <= fraction(limit)):
        return DayMean(None, windows)
    return DayMean(largest, windows, ends_at)


def mean(levels: Sequence[Exact]) -> Fraction | None:
    """The arithmetic mean; None of nothing."""
    if not levels:
        return None
    return sum((fraction(level) for level in levels), Fraction(0)) / len(levels)


def percentile(levels: Sequence[Exact], of_hundred: int) -> Fraction:
    """The percentile by HJ 663 annex A: linear between the two ranks around 1 + (n - 1)·p/100.

    ValueError of nothing, and outside 0 to 100.
    """
    if not levels or not 0 <= of_hundred <= 100:
        raise ValueError(f"no {of_hundred}th percentile of {len(levels)} values")
    ordered = sorted(fraction(level) for level in levels)
    rank = Fraction((len(ordered) - 1) * of_hundred, 100)
    below = int(rank)
    low, high = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    return low + (high - low) * (rank - below)


def _measured(hours: Sequence[Exact | None]) -> list[Fraction | None]:
    if len(hours) != HOURS:
        raise ValueError(f"a day has {HOURS} hours, not {len(hours)}")
    levels = [None if hour is None else fraction(hour) for hour in hours]
    if any(level is not None and level < 0 for level in levels):
        raise ValueError("a negative concentration is none")
    return levels
