"""How each fact reads on the feed: pure, one place."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, assert_never

from app.journal import Entry
from models.enums import AlertKind, EventKind, OrderAct
from models.facts import (
    AlertCleared,
    AlertDue,
    AlertJoined,
    AlertOpened,
    AlertRaised,
    AlertRescoped,
    Breach,
    CaseDecided,
    CaseSeconded,
    CaseSigned,
    ClockRef,
    DueSoon,
    EscalationDue,
    Fact,
    MetLate,
    OrderAttached,
    OrderDispatched,
    OrderMoved,
    OrderTold,
    OrderUnrouted,
    Recipient,
    Told,
)

_MOVED = {
    OrderAct.ACKNOWLEDGE: EventKind.ORDER_ACKNOWLEDGED,
    OrderAct.FEEDBACK: EventKind.ORDER_FEEDBACK,
    OrderAct.REPORT: EventKind.ORDER_REPORTED,
    OrderAct.RETURN: EventKind.ORDER_RETURNED,
    OrderAct.ACCEPT: EventKind.ORDER_CLOSED,
    OrderAct.VOID: EventKind.ORDER_VOID,
}


def instant(at: datetime) -> str:
    return at.isoformat()


def people(recipients: tuple[Recipient, ...]) -> list[dict[str, str]]:
    return [{"username": r.username, "name": r.name, "role": r.role} for r in recipients]


def drill_mark(drill: bool | None) -> dict[str, bool]:
    """What every event of a drill says, and no other."""
    return {"drill": True} if drill else {}


def _clock(ref: ClockRef, at: datetime, **more: Any) -> dict[str, Any]:
    return (
        {
            "occurred_at": instant(at),
            "grid": ref.grid_code,
            "order": ref.order_id,
            "number": ref.order_number,
            "clock": ref.kind.value,
            "round": ref.round,
            "due_at": instant(ref.due_at),
            "clock_id": ref.clock_id,
        }
        | ({} if ref.subject_id is None else {"subject": ref.subject_id})
        | drill_mark(ref.drill)
        | more
    )


def _of_clock(kind: EventKind, ref: ClockRef, at: datetime, **more: Any) -> Entry:
    return Entry(kind, at, ref.grid_id, ref.order_id, data=_clock(ref, at, **more))


def _of_alert(
    kind: EventKind,
    fact: AlertOpened | AlertRaised | AlertJoined | AlertRescoped | AlertCleared,
    at: datetime,
    **more: Any,
) -> Entry:
    station = fact.station
    data = {
        "occurred_at": instant(at),
        "grid": station.grid_code,
        "station": station.code,
        "alert": fact.alert_id,
        "kind": fact.kind.value,
        "pollutant": fact.pollutant,
    } | more
    return Entry(kind, at, station.grid_id, alert_id=fact.alert_id, data=data)


def _by_person(kind: EventKind, fact: OrderMoved | OrderTold, data: dict[str, Any]) -> Entry:
    return Entry(
        kind, fact.at, fact.grid_id, fact.order_id, actor_id=fact.actor, data=data,
        on_behalf_of_id=fact.on_behalf_of, client_at=fact.client_at,
    )  # fmt: skip


def sent(
    category: str | None, lead: str | None, co_handlers: Sequence[str], gap: str | None
) -> dict[str, Any]:
    """What the roster and the units make of an order that goes out, or to another grid."""
    if lead is None:
        units: dict[str, Any] = {"no_lead_unit": True}
    else:
        units = {"lead": lead, "co_handlers": list(co_handlers)}
    said = {"category": category, "roster_gap": gap}
    return units | {name: value for name, value in said.items() if value is not None}


def entries_of(fact: Fact, recipients: tuple[Recipient, ...] = ()) -> list[Entry]:
    """The events a fact makes, in order; `recipients` are those an escalation is addressed to."""
    match fact:
        case AlertOpened():
            offline = fact.kind is AlertKind.OFFLINE
            kind = EventKind.STATION_OFFLINE if offline else EventKind.ALERT_OPENED
            more = {"scope": fact.scope.value, "severity": fact.severity.value}
            if not offline:
                more["started_at"] = instant(fact.started_at)
            return [_of_alert(kind, fact, fact.detected_at, **more)]
        case AlertDue():
            # Known since it was opened; its order tells the news.
            return []
        case AlertRaised():
            return [_of_alert(EventKind.ALERT_RAISED, fact, fact.at, severity=fact.severity.value)]
        case AlertJoined():
            return [_of_alert(EventKind.ALERT_JOINED, fact, fact.at)]
        case AlertRescoped():
            return [_of_alert(EventKind.ALERT_RESCOPED, fact, fact.at, scope=fact.scope.value)]
        case AlertCleared():
            offline = fact.kind is AlertKind.OFFLINE
            return [
                _of_alert(EventKind.STATION_ONLINE if offline else EventKind.ALERT_CLEARED, fact, fact.at)
            ]
        case OrderDispatched():
            data = {
                "occurred_at": instant(fact.at), "grid": fact.grid_code, "order": fact.order_id,
                "number": fact.number, "station": fact.station, "alert": fact.alert_id,
                "severity": fact.severity.value, "reason": fact.reason, "recipients": people(fact.recipients),
            } | drill_mark(fact.drill) | sent(fact.category, fact.lead, fact.co_handlers, fact.roster_gap)  # fmt: skip
            return [
                Entry(
                    EventKind.ORDER_DISPATCHED, fact.at, fact.grid_id, fact.order_id, fact.alert_id, data=data
                )
            ]
        case OrderAttached():
            data = {
                "occurred_at": instant(fact.at), "grid": fact.grid_code, "order": fact.order_id,
                "number": fact.number, "station": fact.station, "alert": fact.alert_id,
            }  # fmt: skip
            return [
                Entry(
                    EventKind.ORDER_ATTACHED, fact.at, fact.grid_id, fact.order_id, fact.alert_id, data=data
                )
            ]
        case OrderUnrouted():
            data = {
                "occurred_at": instant(fact.at), "grid": fact.grid_code, "station": fact.station,
                "alert": fact.alert_id, "reason": fact.reason,
            }  # fmt: skip
            return [Entry(EventKind.ORDER_UNROUTED, fact.at, fact.grid_id, alert_id=fact.alert_id, data=data)]
        case OrderMoved():
            data = {
                "occurred_at": instant(fact.at), "grid": fact.grid_code, "order": fact.order_id,
                "number": fact.number, "station": fact.station, "state": fact.after.value, "round": fact.round,
                "actor": fact.actor_name,
            } | drill_mark(fact.drill) | fact.detail  # fmt: skip
            return [_by_person(_MOVED[fact.act], fact, data)]
        case OrderTold():
            data = {
                "occurred_at": instant(fact.at), "grid": fact.grid_code, "order": fact.order_id,
                "number": fact.number, "actor": fact.actor_name,
            } | drill_mark(fact.drill) | fact.detail  # fmt: skip
            return [_by_person(fact.kind, fact, data)]
        case Told():
            data = {"occurred_at": instant(fact.at), "grid": fact.grid_code, "actor": fact.actor_name}
            return [Entry(fact.kind, fact.at, fact.grid_id, actor_id=fact.actor, data=data | fact.detail)]
        case DueSoon():
            return [_of_clock(EventKind.SLA_DUE_SOON, fact.clock, fact.at, remaining_s=fact.remaining_s)]
        case Breach():
            return [
                _of_clock(
                    EventKind.SLA_BREACHED, fact.clock, fact.breached_at,
                    breached_at=instant(fact.breached_at), detected_at=instant(fact.detected_at),
                )
            ]  # fmt: skip
        case EscalationDue():
            return [
                _of_clock(
                    EventKind.SLA_ESCALATED, fact.clock, fact.at,
                    level=fact.level, role=fact.role, recipients=people(recipients),
                    **({"repeat": fact.repeat} if fact.repeat else {}),
                    **({"must_reach": True} if fact.must_reach else {}),
                )
            ]  # fmt: skip
        case MetLate():
            return [
                _of_clock(EventKind.SLA_MET_LATE, fact.clock, fact.stopped_at, late_s=round(fact.late_s, 3))
            ]
        case CaseSigned():
            data = {
                "occurred_at": instant(fact.at), "grid": fact.grid_code, "case": fact.case_id,
                "station": fact.station.code, "station_grid": fact.station.grid_code, "sign": fact.sign.value,
                "from": instant(fact.began_at), "until": instant(fact.until), "rule_version": fact.rule_version,
                "evidence_sha256": fact.digest,
            }  # fmt: skip
            kind = EventKind.INTEGRITY_OPENED if fact.opened else EventKind.INTEGRITY_SIGNED
            return [Entry(kind, fact.at, fact.grid_id, data=data)]
        case CaseDecided():
            data = {
                "occurred_at": instant(fact.at), "grid": fact.grid_code, "case": fact.case_id,
                "station": fact.station, "state": fact.state.value, "signs": [s.value for s in fact.signs],
                "reason": fact.reason, "actor": fact.actor_name,
            }  # fmt: skip
            return [Entry(EventKind.INTEGRITY_DECIDED, fact.at, fact.grid_id, actor_id=fact.actor, data=data)]
        case CaseSeconded():
            data = {
                "occurred_at": instant(fact.at), "grid": fact.grid_code, "case": fact.case_id,
                "station": fact.station, "signs": [s.value for s in fact.signs], "actor": fact.actor_name,
            }  # fmt: skip
            return [
                Entry(EventKind.INTEGRITY_SECONDED, fact.at, fact.grid_id, actor_id=fact.actor, data=data)
            ]
        case _:
            assert_never(fact)
