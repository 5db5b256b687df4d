"""When each row of a history came: the rows stand in order of arrival, but say only what their station claims.

The running instant is the largest claim believed so far. A claim up to `STEP_S` ahead of what other stations have
claimed is believed at once. One further ahead is a leap, and waits until the majority of the stations that were
heard lately leap as well: a gap of the whole network, or the next hour of an hourly one. When the majority has
spoken from where the instant stands, the leap is refused. A believed row arrives at its own claim, however long
it waited.

So one station that errs moves the instant by `STEP_S` at most. Seconds since the epoch. Pure.
"""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Generic, NamedTuple, TypeVar

Row = TypeVar("Row")

STEP_S = 600.0
"""As far ahead as a reading may be of the service's own clock, too (the contract's limit for future readings)."""
HEARD_S = 3600.0
"""And three cadences: a station that was silent for longer is not asked for its agreement."""
ROUNDS = 2
"""So often might everybody have spoken: a leap that nobody contradicted meanwhile is believed without agreement."""
LEAST = 3


class _Leap(NamedTuple, Generic[Row]):
    station: int
    observed_at: float
    row: Row
    spoken: int
    """How many words from the present there were when it was made."""


class Arrivals(Generic[Row]):
    """Gives rows back in order, each with the instant of its arrival; those instants never fall.

    Rows overtake the leaps that still wait. `cadence_s` has every station that will speak.
    """

    def __init__(self, cadence_s: Mapping[int, float]) -> None:
        self._cadence_s = cadence_s
        self._heard: dict[int, float] = {}
        self._waiting: list[_Leap[Row]] = []
        self._against: dict[int, int] = {}
        """Who has spoken from the present since the oldest leap, and the number of that word."""
        self._spoken = 0
        self._need = self._patience = 0
        self.now = -math.inf
        """The running instant; minus infinity until the first claim is believed."""
        self._leader: int | None = None
        """Whose claim that is."""
        self._others = -math.inf
        """The largest claim of anybody else."""

    def take(self, station: int, observed_at: float, row: Row) -> list[tuple[Row, float]]:
        """What can be told now: the row itself, or leaps that it decides."""
        if self._leaps(station, observed_at):
            if not self._waiting:
                self._ask()
            self._waiting.append(_Leap(station, observed_at, row, self._spoken))
            return self._settle()
        late = observed_at < self.now - STEP_S
        self._believe(station, observed_at)
        if late or not self._waiting:
            return [(row, self.now)]
        self._speaks(station)
        return [(row, self.now), *self._release(), *self._refuse()]

    def _leaps(self, station: int, observed_at: float) -> bool:
        return observed_at > self.now and observed_at > self._before(station) + STEP_S

    def _before(self, station: int) -> float:
        """What others than this station have claimed."""
        return self._others if station == self._leader else self.now

    def _believe(self, station: int, observed_at: float) -> None:
        if observed_at > self.now:
            if station != self._leader:
                self._leader, self._others = station, self.now
            self.now = observed_at
        elif station != self._leader and observed_at > self._others:
            self._others = observed_at
        self._heard[station] = self.now

    def _speaks(self, station: int) -> None:
        self._spoken += 1
        self._against[station] = self._spoken

    def finish(self) -> list[tuple[Row, float]]:
        """The leaps that still wait: believed where they are no more than due, or nobody else is there."""
        told: list[tuple[Row, float]] = []
        while self._waiting:
            first = self._first()
            due = self._before(first.station) + STEP_S + 1.2 * self._cadence_s.get(first.station, 0.0)
            if first.observed_at > due and self._living() > 1:
                break
            self._believe(first.station, first.observed_at)
            told += self._release()
        return told + [self._refused(leap) for leap in self._waiting]

    def _first(self) -> _Leap[Row]:
        return min(self._waiting, key=lambda leap: leap.observed_at)

    def _living(self) -> int:
        return sum(
            at >= self.now - HEARD_S - 3 * self._cadence_s.get(station, 0.0)
            for station, at in self._heard.items()
        )

    def _ask(self) -> None:
        count = self._living() if self._heard else len(self._cadence_s)
        self._need = max(2, count // 2 + 1)
        self._patience = max(LEAST, ROUNDS * count)

    def _settle(self) -> list[tuple[Row, float]]:
        told: list[tuple[Row, float]] = []
        while self._waiting:
            believed = self._agreed()
            if believed is None and len(self._waiting) >= self._patience:
                first = self._first()
                believed = (first.observed_at, first.station)
            if believed is None:
                break
            self._believe(believed[1], believed[0])
            told += self._release()
            told += self._refuse()
        return told

    def _agreed(self) -> tuple[float, int] | None:
        """The earliest claim that enough stations share, each with its own moment in the cadence."""
        # Most calls end here: no sorting before there can be a majority.
        if len(self._waiting) < self._need:
            return None
        if len({leap.station for leap in self._waiting}) < self._need:
            return None
        leaps = sorted((leap.observed_at, leap.station) for leap in self._waiting)
        reach = STEP_S + max(self._cadence_s.get(station, 0.0) for _, station in leaps)
        inside: Counter[int] = Counter()
        end = 0
        for at, station in leaps:
            while end < len(leaps) and leaps[end][0] <= at + reach:
                inside[leaps[end][1]] += 1
                end += 1
            if len(inside) >= self._need:
                return at, station
            inside[station] -= 1
            if not inside[station]:
                del inside[station]
        return None

    def _release(self) -> list[tuple[Row, float]]:
        """The leaps that are none any more, in their order; each may take the instant further."""
        told: list[tuple[Row, float]] = []
        while ready := [leap for leap in self._waiting if not self._leaps(leap.station, leap.observed_at)]:
            self._waiting = [leap for leap in self._waiting if self._leaps(leap.station, leap.observed_at)]
            for leap in ready:
                self._believe(leap.station, leap.observed_at)
                self._speaks(leap.station)
                told.append((leap.row, self.now))
        if told:
            self._forget()
        return told

    def _refuse(self) -> list[tuple[Row, float]]:
        """The oldest leaps, when the majority speaks against them."""
        told: list[tuple[Row, float]] = []
        while self._waiting and len(self._against) >= self._need:
            told.append(self._refused(self._waiting.pop(0)))
            self._forget()
        return told

    def _refused(self, leap: _Leap[Row]) -> tuple[Row, float]:
        self._heard[leap.station] = self.now
        return leap.row, self.now

    def _forget(self) -> None:
        """Words that were said before the oldest leap do not speak against it."""
        since = self._waiting[0].spoken if self._waiting else self._spoken
        self._against = {station: word for station, word in self._against.items() if word > since}
