"""What a person can do to an order, as plain values."""

import uuid
from dataclasses import dataclass
from typing import Any

from dispatch.review.rules import Answer
from models.enums import FalseAlarm, OrderAct, ReportClaim, ReturnReason


@dataclass(frozen=True, slots=True)
class Acknowledge:
    act = OrderAct.ACKNOWLEDGE


@dataclass(frozen=True, slots=True)
class GiveFeedback:
    """What was found on site."""

    finding: str
    cause: str | None = None
    evidence: tuple[uuid.UUID, ...] = ()
    location: dict[str, Any] | None = None
    act = OrderAct.FEEDBACK


@dataclass(frozen=True, slots=True)
class FileReport:
    """What was done about it."""

    measures: str
    result: str
    evidence: tuple[uuid.UUID, ...] = ()
    claims: ReportClaim | None = None
    act = OrderAct.REPORT


@dataclass(frozen=True, slots=True)
class Accept:
    """Close the order; `false_alarm` when there had been nothing to find."""

    comment: str | None = None
    false_alarm: FalseAlarm | None = None
    checklist: tuple[Answer, ...] | None = None
    checklist_required: bool = False
    """Whether it is refused without one, whatever the rules of review say."""
    override_reason: str | None = None
    """Why it is closed although the station has not recovered."""
    act = OrderAct.ACCEPT


@dataclass(frozen=True, slots=True)
class Return:
    comment: str
    reasons: tuple[ReturnReason, ...] = ()
    checklist: tuple[Answer, ...] | None = None
    checklist_required: bool = False
    act = OrderAct.RETURN


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Void the order: false alarm, duplicate, drill."""

    reason: str
    false_alarm: FalseAlarm | None = None
    act = OrderAct.VOID


Command = Acknowledge | GiveFeedback | FileReport | Accept | Return | Withdraw
