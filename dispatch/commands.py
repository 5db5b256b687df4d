"""What a person can do to an order, as plain values."""

import uuid
from dataclasses import dataclass
from typing import Any

from dispatch.review.rules import Answer
from models.enums import CauseCode, FalseAlarm, OrderAct, ReportClaim, ReturnReason


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
    cause_code: CauseCode | None = None
    act = OrderAct.FEEDBACK


@dataclass(frozen=True, slots=True)
class FileReport:
    """What was done about it; the reasons override that tasks, or parts of a joint order, are unfinished."""

    measures: str
    result: str
    evidence: tuple[uuid.UUID, ...] = ()
    unfinished_tasks_reason: str | None = None
    open_children_reason: str | None = None
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
    """Void the order: false alarm, duplicate, drill; `with_children` every open part of a joint one too."""

    reason: str
    false_alarm: FalseAlarm | None = None
    with_children: bool = False
    act = OrderAct.VOID


Command = Acknowledge | GiveFeedback | FileReport | Accept | Return | Withdraw
