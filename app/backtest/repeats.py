"""Tells a reading that was there before from a new one, and from another value for the same instant. Pure."""

from collections.abc import Hashable, Mapping
from enum import Enum, auto

KEPT_S = 86_400.0
KEPT_CADENCES = 72
"""Back from a station's newest instant; who repeats something older says nothing that is still looked at."""


class Repeat(Enum):
    NEW = auto()
    SAME = auto()  # nothing is done
    OTHER = auto()  # a correction


class Repeats:
    """Memory: one day of each station, or 72 of its readings if that is longer."""

    def __init__(self, cadence_s: Mapping[int, float]) -> None:
        self._kept_s = {
            station: max(KEPT_S, KEPT_CADENCES * cadence) for station, cadence in cadence_s.items()
        }
        self._seen: dict[int, dict[float, int]] = {}
        self._limit: dict[int, int] = {}

    def take(self, station: int, observed_at: float, content: Hashable) -> Repeat:
        """What the reading is to those before it; the last content of an instant is the one that holds."""
        seen = self._seen.setdefault(station, {})
        mark = hash(content)
        before = seen.get(observed_at)
        if before == mark:
            return Repeat.SAME
        seen[observed_at] = mark
        if before is not None:
            return Repeat.OTHER
        if len(seen) > self._limit.get(station, 256):
            self._forget(station)
        return Repeat.NEW

    def _forget(self, station: int) -> None:
        # The newest twentieth is left out of account: an instant far ahead must not empty the memory.
        instants = sorted(self._seen[station])
        oldest = instants[-1 - len(instants) // 20] - self._kept_s.get(station, KEPT_S)
        self._seen[station] = {at: mark for at, mark in self._seen[station].items() if at >= oldest}
        self._limit[station] = max(256, 2 * len(self._seen[station]))
