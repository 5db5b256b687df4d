"""What the network tells: one key an event, from its opening to its end. Instants are seconds since the epoch."""

from dataclasses import dataclass, field
from typing import Any

from models.enums import AlertKind, AlertScope, Severity

FindingKind = AlertKind


@dataclass(frozen=True, slots=True)
class Begun:
    """A network that has seen nothing yet: what earlier ones left open, nobody will end. Its keys start here."""

    key: int
    at: float


@dataclass(frozen=True, slots=True)
class Opened:
    """An event began to count. `order` says whether somebody is to be sent out for it."""

    key: int
    kind: FindingKind
    scope: AlertScope
    severity: Severity
    origin: int
    """`Site.id` of the station that saw it first."""
    stations: tuple[int, ...]
    pollutants: tuple[str, ...]
    started_at: float
    detected_at: float
    """Time of the reading that completed the decision."""
    order: bool
    why: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Joined:
    """Another station sees the same event."""

    key: int
    station: int
    pollutants: tuple[str, ...]
    at: float


@dataclass(frozen=True, slots=True)
class Seen:
    """The event goes on; told once a step."""

    key: int
    level: float
    """Of the first pollutant, the highest at any member; µg/m³ (co mg/m³)."""
    at: float


@dataclass(frozen=True, slots=True)
class Raised:
    """The event got graver; it never gets milder while open."""

    key: int
    severity: Severity
    level: float
    at: float


@dataclass(frozen=True, slots=True)
class Rescoped:
    """New evidence decided anew who is meant; `order` as in `Opened`."""

    key: int
    scope: AlertScope
    order: bool
    at: float
    why: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cleared:
    key: int
    at: float


@dataclass(frozen=True, slots=True)
class Flagged:
    """A value that is not plain good: QARTOD level 2, 3, 4 or 9 and the test that said so."""

    station: int
    observed_at: float
    pollutant: str
    level: int
    test: str


Happening = Begun | Opened | Seen | Joined | Raised | Rescoped | Cleared | Flagged
