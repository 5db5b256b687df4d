"""What people are told of the facts, and in which role it concerns them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from models.enums import (
    ClockKind,
    EventKind,
    NoticeClass,
    OrderAct,
    PublicReportAct,
    Role,
    UnitPart,
    WatchdogCode,
)
from models.facts import (
    Breach,
    ClockRef,
    DueSoon,
    EscalationDue,
    Fact,
    OrderDispatched,
    OrderMoved,
    OrderTold,
    OrderUnrouted,
    Told,
)
from models.ids import GridId, OrderId

SOON = timedelta(minutes=15)
"""A warning this near to its deadline is urgent."""
_HANDLERS = (Role.SUPERVISOR, Role.CHIEF)
_DESK = (Role.DUTY_OFFICER,)
_TAKERS = (Role.SUPERVISOR, Role.DUTY_OFFICER)
"""The supervisor of the grid, or the desk where there is none."""
_UNIT_PARTS = frozenset(part.value for part in UnitPart)


@dataclass(frozen=True, slots=True)
class Heard:
    """A notice whose people are not looked up yet."""

    about: NoticeClass
    urgent: bool
    grid_id: GridId | None
    payload: Mapping[str, Any]
    roles: tuple[Role, ...] = ()
    """Whose: of the grid, the duty desk's of the grid above it."""
    all_roles: bool = False
    """All of them, instead of the first that somebody has."""
    people: tuple[tuple[int, Role | None], ...] = ()
    """Those the fact itself names."""
    level: int = 1
    order_id: OrderId | None = None
    may_acknowledge: bool = False
    not_by: str | None = None
    at: str | None = None
    """The code of the grid whose roles are meant, where that is not the fact's own."""


@dataclass(frozen=True, slots=True)
class Hearers:
    """Who hears of an event beside states and clocks."""

    about: NoticeClass
    roles: tuple[Role, ...]
    urgent: bool = True
    all_roles: bool = False
    beside: bool = False
    """Those the fact names hear of it beside these roles, and not instead of them."""
    acts: frozenset[str] | None = None
    """Which acts of an event that says several are heard; None: every one."""


_UPWARD = Hearers(NoticeClass.UPWARD, _HANDLERS)
# Whoever asked hears what became of it, wherever their duties are by now; and the holder who goes on with the order.
_DECIDED = Hearers(NoticeClass.DECIDED, _HANDLERS, beside=True)
# What a county or park has to do by a day, and what the public reports to it: in their working hours.
_DUE = Hearers(NoticeClass.WARNING, _HANDLERS, urgent=False, all_roles=True)
_PUBLIC = Hearers(NoticeClass.UPWARD, _TAKERS, urgent=False)
_WATCH = Hearers(NoticeClass.WATCHDOG, (Role.DUTY_OFFICER, Role.ADMINISTRATOR), urgent=False, all_roles=True)
STANDSTILL = frozenset(
    {WatchdogCode.ENGINE_STOPPED, WatchdogCode.CLOCK_UNJUDGED, WatchdogCode.DETECTION_BEHIND}
)
"""Faults of the service with which deadlines or readings are not judged: urgent at any hour."""
# Facts that say themselves how they read (OrderTold, Told), by the name of their event. Whom a fact names (`hears`)
# is told instead of the roles.
TOLD: dict[str, Hearers] = {
    # Whoever holds the order from now on hears of it as of a dispatch.
    EventKind.ORDER_TRANSFERRED.value: Hearers(NoticeClass.DISPATCHED, _HANDLERS),
    # And whoever works for a department that leads for its category from now on; nobody else.
    EventKind.ORDER_CATEGORISED.value: Hearers(NoticeClass.DISPATCHED, ()),
    EventKind.REQUEST_FILED.value: Hearers(NoticeClass.REQUEST, _DESK),
    EventKind.REQUEST_APPROVED.value: _DECIDED,
    EventKind.REQUEST_REJECTED.value: _DECIDED,
    EventKind.REQUEST_EXPIRED.value: _DECIDED,
    EventKind.WATCHDOG_FOUND.value: _WATCH,
    EventKind.WATCHDOG_CLEARED.value: _WATCH,
    EventKind.TASK_HANDED.value: Hearers(NoticeClass.TASK, (Role.PATROLLER, *_HANDLERS)),
    EventKind.REPORT_FILED.value: _UPWARD,
    EventKind.REPORT_FORWARDED.value: _UPWARD,
    EventKind.REPORT_REFERRED.value: _UPWARD,
    EventKind.PROBLEM_PUSHED.value: Hearers(NoticeClass.TASK, _HANDLERS, urgent=False, all_roles=True),
    EventKind.PROBLEM_RETURNED.value: Hearers(NoticeClass.RETURNED, _HANDLERS, urgent=False, all_roles=True),
    EventKind.PROBLEM_CORRECTED.value: Hearers(NoticeClass.REPORTED, _DESK, urgent=False),
    EventKind.YEARLY_DUE_SOON.value: _DUE,
    EventKind.YEARLY_OVERDUE.value: _DUE,
    EventKind.SWEEP_DUE_SOON.value: _DUE,
    EventKind.SWEEP_OVERDUE.value: _DUE,
    EventKind.PUBLIC_REPORT_RECEIVED.value: _PUBLIC,
    EventKind.PUBLIC_REPORT_MOVED.value: replace(_PUBLIC, acts=frozenset({PublicReportAct.REFER.value})),
    # What waits for a signature of the prefecture's chiefs, and what was signed of a county.
    EventKind.LADDER_PROPOSED.value: Hearers(NoticeClass.REQUEST, (Role.CHIEF,), urgent=False),
    EventKind.ACT_PROPOSED.value: Hearers(NoticeClass.REQUEST, (Role.CHIEF,), urgent=False),
    EventKind.ACT_SIGNED.value: Hearers(NoticeClass.TASK, _HANDLERS, urgent=False, all_roles=True),
    EventKind.ACT_OBJECTED.value: Hearers(NoticeClass.REPORTED, _DESK, urgent=False),
    EventKind.DUTY_GAP.value: Hearers(
        NoticeClass.GAP, (Role.CHIEF, Role.DUTY_OFFICER, Role.ADMINISTRATOR), all_roles=True
    ),
    EventKind.CHANNEL_DOWN.value: Hearers(
        NoticeClass.CHANNEL, (Role.DUTY_OFFICER, Role.ADMINISTRATOR), all_roles=True
    ),
    EventKind.CHANNEL_UP.value: Hearers(
        NoticeClass.CHANNEL, (Role.DUTY_OFFICER, Role.ADMINISTRATOR), urgent=False, all_roles=True
    ),
}
_CLOCK_ROLES: dict[ClockKind, tuple[Role, ...]] = {
    ClockKind.REVIEW: _DESK,
    ClockKind.DECISION: _DESK,
    ClockKind.RECHECK: _DESK,
    ClockKind.TASK: (Role.PATROLLER, *_HANDLERS),
}


def heard(fact: Fact, recipients: tuple[tuple[int, Role | None], ...] = ()) -> Heard | None:
    """What people hear of a fact; None for what only machines and the feed do. A drill says that it is one.

    `recipients` are those an escalation is addressed to.
    """
    found = _heard(fact, recipients)
    if found is None or not _is_drill(fact):
        return found
    return replace(found, payload=dict(found.payload) | {"drill": True})


def _is_drill(fact: Fact) -> bool:
    match fact:
        case DueSoon() | Breach() | EscalationDue():
            return fact.clock.drill
        case OrderDispatched() | OrderMoved() | OrderTold():
            return bool(fact.drill)
        case _:
            return False


def _heard(fact: Fact, recipients: tuple[tuple[int, Role | None], ...]) -> Heard | None:
    match fact:
        case OrderDispatched():
            payload = {
                "order": fact.order_id, "number": fact.number, "grid": fact.grid_code, "reason": fact.reason,
                "severity": fact.severity.value,
            }  # fmt: skip
            people = tuple((int(r.id), _in_role(r.role)) for r in fact.recipients)
            return Heard(
                NoticeClass.DISPATCHED, True, fact.grid_id, payload, people=people, order_id=fact.order_id,
                may_acknowledge=True,
            )  # fmt: skip
        case OrderMoved(act=OrderAct.RETURN):
            return _of_order(NoticeClass.RETURNED, fact, _HANDLERS, urgent=True)
        case OrderMoved(act=OrderAct.REPORT):
            return _of_order(NoticeClass.REPORTED, fact, _DESK, urgent=False)
        case DueSoon():
            urgent = fact.remaining_s <= SOON.total_seconds()
            return _of_clock(NoticeClass.WARNING, fact.clock, urgent, remaining_s=fact.remaining_s)
        case Breach():
            return _of_clock(NoticeClass.BREACH, fact.clock, True)
        case EscalationDue():
            found = _of_clock(NoticeClass.ESCALATION, fact.clock, True, level=fact.level, role=fact.role)
            return Heard(
                found.about, True, found.grid_id, found.payload, people=recipients, level=fact.level,
                order_id=found.order_id, may_acknowledge=found.may_acknowledge,
            )  # fmt: skip
        case OrderUnrouted():
            payload = {"station": fact.station, "grid": fact.grid_code, "reason": fact.reason}
            return Heard(NoticeClass.UNROUTED, True, fact.grid_id, payload, roles=_DESK)
        case OrderTold() | Told():
            return _told(fact)
        case _:
            return None


def _in_role(role: str) -> Role:
    """A unit's member hears of an order as a chief does: to see to it, with nothing to acknowledge."""
    return Role.CHIEF if role in _UNIT_PARTS else Role(role)


def _of_order(about: NoticeClass, fact: OrderMoved, roles: tuple[Role, ...], *, urgent: bool) -> Heard:
    payload = {"order": fact.order_id, "number": fact.number, "grid": fact.grid_code, "round": fact.round}
    return Heard(about, urgent, fact.grid_id, payload, roles=roles, order_id=fact.order_id)


def _of_clock(about: NoticeClass, clock: ClockRef, urgent: bool, **more: Any) -> Heard:
    payload = {
        "order": clock.order_id, "number": clock.order_number, "grid": clock.grid_code, "clock": clock.kind.value,
        "clock_id": clock.clock_id, "round": clock.round, "due_at": clock.due_at.isoformat(),
    } | more  # fmt: skip
    roles = _CLOCK_ROLES.get(clock.kind, _HANDLERS)
    return Heard(
        about, urgent, clock.grid_id, payload, roles=roles, order_id=clock.order_id,
        may_acknowledge=clock.kind is ClockKind.ACKNOWLEDGE and clock.order_id is not None,
    )  # fmt: skip


def _told(fact: OrderTold | Told) -> Heard | None:
    hearers = TOLD.get(fact.kind.value)
    if hearers is None or (hearers.acts is not None and fact.detail.get("act") not in hearers.acts):
        return None
    number = fact.number if isinstance(fact, OrderTold) else fact.detail.get("number")
    at = fact.detail.get("at")
    order_id = fact.order_id if isinstance(fact, OrderTold) else None
    shown = {
        name: fact.detail[name] for name in _SHOWN if isinstance(fact.detail.get(name), str | int | float)
    }
    payload = shown | {"event": fact.kind.value, "order": order_id, "number": number, "grid": fact.grid_code}
    named = fact.hears if isinstance(fact, OrderTold) else ()
    people = tuple((int(person), _in_role(role)) for person, role in named)
    if not people and not hearers.roles:
        return None
    down = hearers.about is NoticeClass.CHANNEL
    stands_still = fact.kind is EventKind.WATCHDOG_FOUND and fact.detail.get("code") in STANDSTILL
    return Heard(
        hearers.about, hearers.urgent or stands_still, fact.grid_id, payload,
        roles=() if people and not hearers.beside else hearers.roles,
        all_roles=hearers.all_roles, people=people, order_id=order_id,
        not_by=str(fact.detail.get("way")) if down else None, at=at if isinstance(at, str) else None,
    )  # fmt: skip


_SHOWN = (
    "way", "due_at", "task", "report", "request", "subject", "kind", "until", "role", "code", "due_on", "duty",
    "quarter", "month",
)  # fmt: skip
"""Of a fact's detail, what a text may say: no words a person wrote."""
