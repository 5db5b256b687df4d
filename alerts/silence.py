"""Whether a silence or maintenance window covers a finding: pure, over those that are in force.

A silence starts at `starts_at` and is over at `ends_at`, that instant not included. It covers one station, or
every station of a grid and of the grids below it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.enums import AlertKind, SilenceKind
from models.errors import Invalid

LONGEST: dict[SilenceKind, timedelta] = {
    SilenceKind.SILENCE: timedelta(days=30),
    SilenceKind.MAINTENANCE: timedelta(days=90),
}
"""Own values: whoever still wants quiet after a month has to say so again; a rebuilt station takes a quarter."""


@dataclass(frozen=True, slots=True)
class Silence:
    """`station` is None for a whole grid; empty `pollutants` or `kinds` mean all."""

    id: int
    kind: SilenceKind
    grid: str
    station: str | None
    starts_at: datetime
    ends_at: datetime
    """As it was cancelled, if it was."""
    pollutants: frozenset[str] = frozenset()
    kinds: frozenset[AlertKind] = frozenset()

    def in_force(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at

    def covers(self, station: str, grid_path: Sequence[str]) -> bool:
        return self.grid in grid_path if self.station is None else self.station == station

    def means(self, pollutant: str | None, kind: AlertKind) -> bool:
        """One that names pollutants says nothing of what concerns the whole station."""
        if self.pollutants and pollutant not in self.pollutants:
            return False
        return not self.kinds or kind in self.kinds


def suppressing(
    silences: Iterable[Silence],
    station: str,
    grid_path: Sequence[str],
    pollutant: str | None,
    kind: AlertKind,
    at: datetime,
) -> Silence | None:
    """The silence that keeps this finding from an order at `at`; of several the one that lasts longest."""
    found = [
        silence
        for silence in silences
        if silence.in_force(at) and silence.covers(station, grid_path) and silence.means(pollutant, kind)
    ]
    return max(found, key=lambda silence: (silence.ends_at, -silence.id), default=None)


def checked_span(kind: SilenceKind, starts_at: datetime, ends_at: datetime, *, now: datetime) -> None:
    """Raises Invalid for a span that is over, ends before it begins, or lasts longer than its kind may."""
    if ends_at <= starts_at:
        raise Invalid("until must come after from", field="until")
    if ends_at <= now:
        raise Invalid("until is past", field="until")
    longest = LONGEST[kind]
    if ends_at - starts_at > longest:
        raise Invalid(f"a {kind.value} lasts at most {longest.days} days", field="until")
