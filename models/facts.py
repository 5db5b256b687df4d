"""Frozen values that travel the one way: reading → finding → alert → order → clock → breach → feed.

Every instant is aware UTC. A domain returns facts; `app.pipeline` decides who hears them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.enums import (
    AlertKind,
    AlertScope,
    CaseState,
    ClockKind,
    EventKind,
    OrderAct,
    OrderState,
    QuarantineReason,
    Severity,
    SignKind,
)
from models.ids import AlertId, CaseId, ClockId, GridId, OrderId, PersonId, StationId


@dataclass(frozen=True, slots=True)
class Reading:
    """One station's claim about one instant.

    Values are µg/m³ (co: mg/m³) in the order of `models.enums.POLLUTANTS`, weather in the order of
    `models.enums.MET` (°C, %, hPa, m/s, degrees); None is missing.
    """

    station: str
    observed_at: datetime
    values: tuple[float | None, ...]
    met: tuple[float | None, ...]
    seq: int | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Input that could not be taken; `payload` is what came, cut to the limit when `truncated`."""

    reason: QuarantineReason
    detail: str
    payload: bytes
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class StationInfo:
    """What the flow has to know of a station."""

    id: StationId
    code: str
    name: str
    grid_id: GridId
    grid_code: str
    """The level-2 grid above it (the prefecture, for a station that belongs to no county or park)."""
    kind: str
    cadence_s: int
    """Expected seconds between two readings."""


@dataclass(frozen=True, slots=True)
class AlertOpened:
    alert_id: AlertId
    kind: AlertKind
    scope: AlertScope
    severity: Severity
    station: StationInfo
    pollutant: str | None
    started_at: datetime
    """Event time of the first reading that belongs to it."""
    detected_at: datetime
    """Event time of the reading that completed the decision."""
    why: dict[str, Any]
    order: bool
    """Whether an order is due for it."""


@dataclass(frozen=True, slots=True)
class AlertDue:
    """An order is due from now for an alert that was open without one: its silence is over, or it was decided anew."""

    alert_id: AlertId
    kind: AlertKind
    severity: Severity
    station: StationInfo
    pollutant: str | None
    why: dict[str, Any]
    at: datetime
    """Of the decision."""
    order: bool = True


@dataclass(frozen=True, slots=True)
class AlertRaised:
    """The severity of an open alert rose."""

    alert_id: AlertId
    kind: AlertKind
    station: StationInfo
    pollutant: str | None
    severity: Severity
    at: datetime


@dataclass(frozen=True, slots=True)
class AlertJoined:
    """Another station sees the same event."""

    alert_id: AlertId
    kind: AlertKind
    station: StationInfo
    pollutant: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class AlertRescoped:
    """New evidence decided anew who is meant."""

    alert_id: AlertId
    kind: AlertKind
    station: StationInfo
    pollutant: str | None
    scope: AlertScope
    at: datetime


@dataclass(frozen=True, slots=True)
class AlertCleared:
    alert_id: AlertId
    kind: AlertKind
    station: StationInfo
    pollutant: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person who answers for a grid at an instant."""

    id: PersonId
    username: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class OrderDispatched:
    order_id: OrderId
    number: str
    grid_id: GridId
    grid_code: str
    station: str | None
    alert_id: AlertId | None
    severity: Severity
    reason: str
    at: datetime
    recipients: tuple[Recipient, ...]
    drill: bool = False
    """The responsible one first."""
    roster_gap: str | None = None
    """Nobody had the turn; the gap's name."""
    conflicted: bool = False
    """Nobody of the grid's handlers is without an interest in it."""
    category: str | None = None
    lead: str | None = None
    co_handlers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderAttached:
    """A further alert at a station whose order is still being worked on."""

    order_id: OrderId
    number: str
    grid_id: GridId
    grid_code: str
    station: str
    alert_id: AlertId
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderUnrouted:
    """Nobody was found who answers: the alert waits in the unrouted queue for a person."""

    alert_id: AlertId
    station: str
    grid_id: GridId | None
    grid_code: str | None
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderMoved:
    """An act of a person moved an order."""

    order_id: OrderId
    number: str
    grid_id: GridId
    grid_code: str
    station: str | None
    act: OrderAct
    before: OrderState
    after: OrderState
    round: int
    at: datetime
    actor: PersonId | None
    actor_name: str | None
    detail: dict[str, Any] = field(default_factory=dict)
    on_behalf_of: PersonId | None = None
    """Whom the actor stood in for."""
    client_at: datetime | None = None
    """When the actor's device says that it was done."""
    drill: bool = False


@dataclass(frozen=True, slots=True)
class OrderTold:
    """Something happened to an order beside its states; it says itself how it reads on the feed."""

    kind: EventKind
    order_id: OrderId
    number: str
    grid_id: GridId
    grid_code: str
    at: datetime
    actor: PersonId | None = None
    actor_name: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    on_behalf_of: PersonId | None = None
    client_at: datetime | None = None
    drill: bool | None = None
    """Whether the order is a drill; None where whoever tells does not know: then it is looked up."""
    hears: tuple[tuple[PersonId, str], ...] = ()
    """Who is told of it by name, each as what (a role, or a part of a unit); on no feed."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something happened that concerns no order, or none alone; `grid_id` says who may hear of it."""

    kind: EventKind
    grid_id: GridId | None
    grid_code: str | None
    at: datetime
    actor: PersonId | None = None
    actor_name: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClockRef:
    """Which clock of which order a fact speaks of."""

    clock_id: ClockId
    kind: ClockKind
    round: int
    order_id: OrderId | None
    order_number: str
    """Of the order, or of what the clock is about instead."""
    grid_id: GridId
    grid_code: str
    due_at: datetime
    subject_id: int | None = None
    drill: bool = False


@dataclass(frozen=True, slots=True)
class DueSoon:
    clock: ClockRef
    at: datetime
    """The planned instant of the warning."""
    remaining_s: int


@dataclass(frozen=True, slots=True)
class Breach:
    clock: ClockRef
    breached_at: datetime
    """Equals the deadline, whenever it was noticed."""
    detected_at: datetime


@dataclass(frozen=True, slots=True)
class EscalationDue:
    clock: ClockRef
    level: int
    role: str
    at: datetime
    """The planned instant."""
    detected_at: datetime
    repeat: int = 0
    """0 the first time this level is told, then 1, 2, …"""
    must_reach: bool = False
    """Nobody's quiet time holds it back."""


@dataclass(frozen=True, slots=True)
class MetLate:
    """The stopping act came after the deadline."""

    clock: ClockRef
    stopped_at: datetime
    late_s: float


@dataclass(frozen=True, slots=True)
class CaseSigned:
    """A sign of interference with a station was found; it opened a case or joined the open one."""

    case_id: CaseId
    opened: bool
    sign: SignKind
    station: StationInfo
    grid_id: GridId
    """The prefecture: nobody below hears of it."""
    grid_code: str
    began_at: datetime
    until: datetime
    at: datetime
    rule_version: int
    digest: str
    """SHA-256 of the evidence, in hex."""


@dataclass(frozen=True, slots=True)
class CaseDecided:
    """A person of the prefecture has decided a case."""

    case_id: CaseId
    station: str
    grid_id: GridId
    grid_code: str
    state: CaseState
    reason: str
    signs: tuple[SignKind, ...]
    at: datetime
    actor: PersonId
    actor_name: str


Fact = (
    AlertOpened
    | AlertDue
    | AlertRaised
    | AlertJoined
    | AlertRescoped
    | AlertCleared
    | OrderDispatched
    | OrderAttached
    | OrderUnrouted
    | OrderMoved
    | OrderTold
    | Told
    | DueSoon
    | Breach
    | EscalationDue
    | MetLate
    | CaseSigned
    | CaseDecided
)
