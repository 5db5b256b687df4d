"""Which places a day's patrols have covered: each at least once a day (annex 1 art. 17)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from models.enums import VisitFlaw

WITHIN_M = 300
"""How near a check-in has to be, where no plan says otherwise."""
VAGUE_M = 1000
"""A position less exact than this says nothing."""
SLACK_M = 100
"""At most so much of a position's inexactness speaks for whoever checks in."""
APART = timedelta(minutes=30)
"""Check-ins at one place count as further patrols when they are so far apart."""

Group = TypeVar("Group")


@dataclass(frozen=True, slots=True)
class Place:
    """What is to be visited on a day, and how often."""

    key: str
    """`s12` for a source, `p3` for another point."""
    name: str
    grid: int
    per_day: int = 1


@dataclass(frozen=True, slots=True)
class Visit:
    """A check-in at a place."""

    key: str
    at: datetime
    flaw: VisitFlaw | None = None


@dataclass(frozen=True, slots=True)
class PlaceDay:
    """A place on a day."""

    place: Place
    patrols: int
    flaws: tuple[VisitFlaw, ...]
    """Of the check-ins that do not count."""

    @property
    def covered(self) -> bool:
        return self.patrols >= self.place.per_day


@dataclass(frozen=True, slots=True)
class Tally:
    """Places of a village, town or county on one day or several."""

    due: int = 0
    covered: int = 0
    doubtful: int = 0
    """Not covered, though somebody checked in from elsewhere or without a position."""

    @property
    def gaps(self) -> int:
        return self.due - self.covered

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.due + other.due, self.covered + other.covered, self.doubtful + other.doubtful)


def flaw_of(distance_m: float | None, accuracy_m: float | None, within_m: int) -> VisitFlaw | None:
    """Why a check-in does not count; None when it does."""
    if distance_m is None:
        return VisitFlaw.UNPLACED
    if accuracy_m is not None and accuracy_m > VAGUE_M:
        return VisitFlaw.VAGUE
    return VisitFlaw.FAR if distance_m - min(accuracy_m or 0.0, SLACK_M) > within_m else None


def cover(places: Sequence[Place], visits: Iterable[Visit]) -> list[PlaceDay]:
    """Every place with what was done there that day, in the order given; visits of other places count nowhere."""
    at: dict[str, list[datetime]] = {place.key: [] for place in places}
    flaws: dict[str, list[VisitFlaw]] = {place.key: [] for place in places}
    for visit in visits:
        if visit.key not in at:
            continue
        if visit.flaw is None:
            at[visit.key].append(visit.at)
        else:
            flaws[visit.key].append(visit.flaw)
    return [PlaceDay(place, _patrols(at[place.key]), tuple(sorted(flaws[place.key]))) for place in places]


def _patrols(instants: list[datetime]) -> int:
    counted = 0
    last: datetime | None = None
    for instant in sorted(instants):
        if last is None or instant - last >= APART:
            counted, last = counted + 1, instant
    return counted


def tally(days: Iterable[PlaceDay]) -> Tally:
    """The sum of places."""
    whole = Tally()
    for day in days:
        whole += Tally(1, int(day.covered), int(not day.covered and bool(day.flaws)))
    return whole


def by_group(days: Iterable[PlaceDay], group: Callable[[Place], Group]) -> dict[Group, Tally]:
    """The sums by whatever a place belongs to."""
    found: dict[Group, Tally] = {}
    for day in days:
        key = group(day.place)
        found[key] = found.get(key, Tally()) + tally([day])
    return found
