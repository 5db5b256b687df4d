"""Work at a station: what it says meanwhile is kept and flagged, and feeds neither what is usual nor a finding."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

NONE: frozenset[int] = frozenset()


class Window(NamedTuple):
    """A span in which values of these columns count for nothing; `until` is not part of it."""

    columns: frozenset[int]
    since: float
    until: float


class Maintenance:
    """The windows of all stations, as they were told last."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        """[station, columns, since, until] of each window."""
        self._of: dict[int, list[Window]] = {}

    def say(self, windows: Iterable[Sequence[Any]]) -> None:
        """Takes these in place of all before."""
        self.said = [list(window) for window in windows]
        self._of = {}
        for station, columns, since, until in self.said:
            self._of.setdefault(station, []).append(Window(frozenset(columns), since, until))

    def columns(self, station: int, at: float) -> frozenset[int]:
        """Those that somebody works on at the instant a reading claims."""
        found = NONE
        for window in self._of.get(station, ()):
            if window.since <= at < window.until:
                found |= window.columns
        return found
