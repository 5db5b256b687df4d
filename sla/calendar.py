"""Working time as intervals: what a limit comes to when it runs in working hours only. Pure.

Windows are times of the day in Beijing time. A holiday has none; a day made up for one (调休) works as the day of
the week it is named for. Days are walked one by one, never seconds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from models.clock import BEIJING
from models.errors import Invalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST = timedelta(days=3660)
"""Within which a limit must have run out; a calendar of holidays only would never let it."""
_DAY = timedelta(days=1)
Window = tuple[timedelta, timedelta]
"""From and until, since midnight in Beijing."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Windows by day of the week (Monday first), each day's in order and apart from one another."""

    week: tuple[tuple[Window, ...], ...]
    holidays: frozenset[date] = frozenset()
    make_up: Mapping[date, int] = field(default_factory=dict)
    """A date, and the day of the week (0 Monday) it works as."""

    def windows(self, day: date) -> tuple[Window, ...]:
        if day in self.make_up:
            return self.week[self.make_up[day]]
        return () if day in self.holidays else self.week[day.weekday()]

    def add(self, start: datetime, length: timedelta) -> datetime:
        """The instant by which `length` of working time has passed since `start`; raises Invalid if none comes."""
        if length <= timedelta(0):
            return start
        for begin, end in self._from(start):
            if length <= end - begin:
                return (begin + length).astimezone(start.tzinfo)
            length -= end - begin
        raise Invalid("the calendar has too little working time for this limit")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from `start` until `end`."""
        total = timedelta(0)
        for opens, closes in self._from(start):
            if opens >= end:
                break
            total += min(closes, end) - opens
        return total

    def _from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open intervals from `start` on, the first cut at it."""
        local = start.astimezone(BEIJING)
        for n in range(LONGEST // _DAY):
            day = local.date() + n * _DAY
            midnight = datetime.combine(day, time(), BEIJING)
            for since, until in self.windows(day):
                if (closes := midnight + until) > local:
                    yield max(midnight + since, local), closes


@dataclass(frozen=True, slots=True)
class Quiet:
    """Every day from `since` until `until`, in Beijing; over midnight where it ends before it begins."""

    since: timedelta
    until: timedelta

    def over(self, at: datetime) -> datetime:
        """`at` itself, or the end of the quiet time it lies in."""
        local = at.astimezone(BEIJING)
        midnight = datetime.combine(local.date(), time(), BEIJING)
        now = local - midnight
        if self.since <= self.until:
            inside, ends = self.since <= now < self.until, midnight + self.until
        else:
            inside = now >= self.since or now < self.until
            ends = midnight + self.until + (_DAY if now >= self.since else timedelta(0))
        return ends.astimezone(at.tzinfo) if inside else at
