"""Gross range: a value no instrument on this network can have measured fails; an extreme one is suspect.

Both spans are by pollutant and by season. Source: QARTOD `gross_range_test` (fail_span, suspect_span); the
spans are our own design values after `design/standards.md` 4.4, see `alerts.quality.defaults`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from alerts.quality.outcome import Level
from models.enums import POLLUTANTS

BEIJING = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Span:
    """Inclusive bounds, µg/m³ (CO mg/m³): outside fail, or else outside suspect."""

    fail_low: float
    fail_high: float
    suspect_low: float
    suspect_high: float

    def level(self, value: float) -> Level:
        """The verdict on a number; infinite and huge values fail."""
        if not self.fail_low <= value <= self.fail_high:
            return Level.FAIL
        return Level.PASS if self.suspect_low <= value <= self.suspect_high else Level.SUSPECT


@dataclass(frozen=True, slots=True)
class Season:
    """Months, both included, that may run over the turn of the year; and the spans that hold in them."""

    first_month: int
    last_month: int
    spans: Mapping[str, Span]

    def has(self, month: int) -> bool:
        if self.first_month <= self.last_month:
            return self.first_month <= month <= self.last_month
        return month >= self.first_month or month <= self.last_month


@dataclass(frozen=True, slots=True)
class RangeRule:
    spans: Mapping[str, Span]
    """Every pollutant, for the time outside the seasons."""
    winter: Season
    dust: Season
    by_month: tuple[tuple[Span, ...], ...] = ()
    """Derived: the six spans of each of the twelve months."""

    def __post_init__(self) -> None:
        table = []
        for month in range(1, 13):
            row = dict(self.spans)
            for season in (self.winter, self.dust):
                if season.has(month):
                    row.update(season.spans)
            table.append(tuple(row[pollutant] for pollutant in POLLUTANTS))
        object.__setattr__(self, "by_month", tuple(table))


def month_of(at: float) -> tuple[int, float, float]:
    """The month 1…12 in Beijing time of an instant, with its first instant and that of the next month.

    What no calendar holds (before year 2, after 9998) counts as January, for itself alone.
    """
    try:
        day = datetime.fromtimestamp(at, BEIJING)
        first = day.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        following = (first + timedelta(days=32)).replace(day=1)
        return first.month, first.timestamp(), following.timestamp()
    except (ValueError, OverflowError, OSError):
        return 1, at, at
