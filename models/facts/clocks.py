"""What became of a clock."""

from dataclasses import dataclass
from datetime import datetime

from models.enums import ClockKind
from models.ids import ClockId, GridId, OrderId


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
