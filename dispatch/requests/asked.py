"""What a request of each kind says, and what a decision says, as plain values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.enums import FalseAlarm, JointMode, RequestKind, TransferPolicy, TransferReason
from models.ids import GridId


@dataclass(frozen=True, slots=True)
class Extension:
    """Another deadline for one running clock."""

    clock_id: int
    until: datetime
    reason: str
    kind = RequestKind.EXTENSION


@dataclass(frozen=True, slots=True)
class Transfer:
    """The order is another grid's to answer."""

    code: TransferReason
    grid_id: GridId
    grid_code: str
    reason: str
    kind = RequestKind.TRANSFER


@dataclass(frozen=True, slots=True)
class Joint:
    """Several units under a lead (annex 1 art. 18)."""

    mode: JointMode
    lead: str
    """Code of the grid that leads."""
    others: tuple[str, ...]
    reason: str
    kind = RequestKind.JOINT


@dataclass(frozen=True, slots=True)
class Recusal:
    """The person who files it keeps out of the order from now on (annex 1 art. 11)."""

    reason: str
    """Private; it never becomes part of the request's own row."""
    unit: GridId | None = None
    role: str | None = None
    """In which duty the person is concerned; whoever files it cannot say so themselves."""
    kind = RequestKind.RECUSAL


@dataclass(frozen=True, slots=True)
class Suspension:
    """The disposal takes longer than any clock: a plan, and the end of the suspension."""

    plan: str
    until: datetime
    reason: str
    kind = RequestKind.SUSPENSION


@dataclass(frozen=True, slots=True)
class VoidOrder:
    """Withdraw an order that has a breach: two people agree."""

    reason: str
    false_alarm: FalseAlarm | None = None
    kind = RequestKind.VOID


Asked = Extension | Transfer | Joint | Recusal | Suspension | VoidOrder


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes or no, and what the kind leaves to whoever decides."""

    approve: bool
    comment: str | None = None
    grid_id: GridId | None = None
    """Transfer: another receiver than the proposed one. Recusal: the grid that takes over."""
    policy: TransferPolicy | None = None
    misdispatched: bool = False
    alternate: str | None = None
    """Recusal: the person of the same unit who takes over, by username."""


def particulars(asked: Asked) -> dict[str, Any]:
    """What has no column of its own, as stored."""
    match asked:
        case Transfer():
            return {"code": asked.code.value}
        case Joint():
            return {"mode": asked.mode.value, "lead": asked.lead, "others": list(asked.others)}
        case Recusal():
            return {"unit": asked.unit, "role": asked.role}
        case Suspension():
            return {"plan": asked.plan}
        case VoidOrder(false_alarm=why) if why is not None:
            return {"false_alarm": why.value}
        case _:
            return {}
