"""Where a month stands against its target, and what its remaining days may bring."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from airquality.months import PERCENTILE, figure_of, last_of
from airquality.rounding import Exact, fraction, rounded


class Outlook(StrEnum):
    """What can still become of a month; the graver stands below."""

    MET = "met"
    """The month is over and its figure is not above the target."""
    ON_TRACK = "on_track"
    """Days as they were so far keep to it."""
    AT_RISK = "at_risk"
    """Only cleaner days than so far keep to it."""
    OUT_OF_REACH = "out_of_reach"
    """Not even the cleanest air keeps to it."""
    MISSED = "missed"
    UNKNOWN = "unknown"
    """Nothing was measured yet."""


@dataclass(frozen=True, slots=True)
class MonthStanding:
    """One pollutant of one place in one month."""

    pollutant: str
    target: Decimal
    to_date: Fraction | None
    """Mean, or percentile, of the valid days so far."""
    measured: int
    remaining: int
    """Days that are still to come, the one asked on included."""
    may_average: Fraction | None
    """The mean the remaining days may have at most; None for a percentile, and with none remaining."""
    days_over: int
    """Days above the target so far."""
    may_exceed: int | None
    """Of a percentile: how many more days may lie above the target; None for a mean."""
    outlook: Outlook


def stand(
    pollutant: str, days: Mapping[date, Exact], *, target: Decimal, year: int, month: int, today: date
) -> MonthStanding:
    """The standing at the beginning of `today`, from the valid daily means before it.

    Days without a valid mean are left out on both sides: what was not measured neither helps nor harms. A figure keeps
    to the target when it does so as it is published (HJ 633-2026 4.2.2). Raises ValueError for a target that is not
    above zero, and for a day outside the month or not before `today`.
    """
    if fraction(target) <= 0:
        raise ValueError(f"{target} is no target")
    first = date(year, month, 1)
    after = last_of(first) + timedelta(days=1)
    if any(not first <= day < min(after, today) for day in days):
        raise ValueError(f"wants days of {year}-{month:02} before {today}")
    levels = [fraction(level) for level in days.values()]
    remaining = max((after - max(today, first)).days, 0)
    share = PERCENTILE.get(pollutant)
    over = sum(level > target for level in levels)
    may_average = None
    if share is None and remaining:
        may_average = (Fraction(target) * (len(levels) + remaining) - sum(levels)) / remaining
    return MonthStanding(
        pollutant=pollutant,
        target=target,
        to_date=figure_of(pollutant, levels),
        measured=len(levels),
        remaining=remaining,
        may_average=may_average,
        days_over=over,
        may_exceed=None if share is None else _free(share, len(levels) + remaining) - over,
        outlook=_outlook(pollutant, levels, target=target, remaining=remaining),
    )


def _free(share: int, days: int) -> int:
    """How many of so many days may lie anywhere without touching the percentile."""
    return days - math.ceil(1 + Fraction((days - 1) * share, 100)) if days else 0


def keeps_to(pollutant: str, levels: Sequence[Fraction], target: Decimal) -> bool:
    """Whether the figure of these days keeps to the target, both as they are published; False without any day."""
    figure = figure_of(pollutant, levels)
    return figure is not None and rounded(pollutant, figure) <= rounded(pollutant, target)


def _outlook(pollutant: str, levels: list[Fraction], *, target: Decimal, remaining: int) -> Outlook:
    def keeps(whole: list[Fraction]) -> bool:
        return keeps_to(pollutant, whole, target)

    if not levels:
        return Outlook.UNKNOWN
    if not remaining:
        return Outlook.MET if keeps(levels) else Outlook.MISSED
    if not keeps([*levels, *[Fraction(0)] * remaining]):
        return Outlook.OUT_OF_REACH
    return Outlook.ON_TRACK if keeps(levels) else Outlook.AT_RISK


def break_down(yearly: Decimal, *, profile: Sequence[Decimal], days: Sequence[int]) -> list[Decimal]:
    """Twelve monthly targets whose mean over the days of the year is the yearly one, in the shape of `profile`.

    `profile` is what the months were in other years, on any scale: winter may be dirtier than summer as long as the
    year comes out. To 0.1, rounded down, so that keeping to every month keeps to the year. Raises ValueError unless
    there are twelve of each, all above zero.
    """
    if len(profile) != 12 or len(days) != 12 or min(profile) <= 0 or min(days) <= 0 or fraction(yearly) <= 0:
        raise ValueError("wants a yearly target, and twelve months with days and a level above zero")
    weighted = sum((fraction(level) * count for level, count in zip(profile, days, strict=True)), Fraction(0))
    scale = fraction(yearly) * sum(days) / weighted
    return [Decimal(math.floor(fraction(level) * scale * 10)).scaleb(-1) for level in profile]
