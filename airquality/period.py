"""Averaging periods of a concentration, and the days on which a standard is in force."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum

# China has had no daylight saving since 1991, so the fixed offset holds for every standard here.
BEIJING = timezone(timedelta(hours=8))


class Period(StrEnum):
    """What a concentration is the mean of."""

    HOUR = "1h"
    EIGHT_HOURS = "8h"  # ozone: the largest of a day's running 8 h means
    DAY = "24h"  # a natural day of Beijing time
    YEAR = "year"


Column = tuple[str, Period]
"""A pollutant of `models.enums.POLLUTANTS` with the period it is averaged over."""


@dataclass(frozen=True, slots=True)
class Validity:
    """The days, Beijing time, on which a table is in force; both ends belong to it."""

    first: date
    last: date | None
    """None while no end is known."""

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


def beijing_day(instant: datetime) -> date:
    """The natural day, Beijing time, of an aware instant.

    An hour is named by its end: the mean that ends at 00:00 belongs to the day before, so give its start.
    """
    if instant.tzinfo is None:
        raise ValueError("wants an instant with a time zone")
    return instant.astimezone(BEIJING).date()
