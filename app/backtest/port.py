"""What a back-test asks of the detectors: stored readings in, the alerts and orders there would have been out.

The computation is handed in: it runs in a process of its own, so it must be importable by name (a function at the
top of a module, or an instance of a class that is) and hold nothing but plain values.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from alerts.rulebook import LevelSpan
from app.registry.entries import Registry
from models.enums import AlertKind, AlertScope, FalseAlarm
from models.facts import Reading


@dataclass(frozen=True, slots=True)
class HistoricReading:
    """A stored reading, and when it came: what arrived late raised no order."""

    reading: Reading
    received_at: datetime


@dataclass(frozen=True, slots=True)
class WouldBeAlert:
    """One event, as a line of the contract's back-test file."""

    grid: str
    """Code of the level-2 grid that would have answered."""
    stations: tuple[str, ...]
    pollutants: tuple[str, ...]
    kind: AlertKind
    scope: AlertScope
    started_at: datetime
    detected_at: datetime
    """Of the reading that completed the decision."""
    cleared_at: datetime | None
    order: bool
    """Whether an order would have gone out."""
    why: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KnownOutcome:
    """What became of an order that did go out."""

    station: str
    started_at: datetime
    ended_at: datetime | None
    """Of the alert; None while it is open."""
    false_alarm: FalseAlarm | None
    """None: confirmed."""


class Computation(Protocol):
    """The very detectors of the service over history, in event time.

    `readings` come in the order of (observed_at, station), once. `rules` is a whole body with its schedules and
    overrides, which `alerts.overlay.check` has passed; `levels` are the heavy-pollution responses of the span,
    where gaps mean none. The registry has no people and only the stations that were asked for.
    """

    def __call__(
        self,
        readings: Iterator[HistoricReading],
        registry: Registry,
        rules: Mapping[str, Any],
        *,
        version: int,
        levels: Sequence[LevelSpan],
    ) -> Iterable[WouldBeAlert]: ...
