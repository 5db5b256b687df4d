"""What became of an order, who is told of it, and what says itself how it reads."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.enums import EventKind, OrderAct, OrderState, Severity
from models.ids import AlertId, GridId, OrderId, PersonId


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
    actor: PersonId
    actor_name: str
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
