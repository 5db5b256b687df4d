"""What two rule sets would have done, side by side: pure.

Days are those of Beijing time. An order that would have gone out is matched with one that did, and whose outcome
is known, when both concern a station and their events overlap (an hour of slack on either side, our own value: two
rule sets notice the same event at different times). Each is matched once, in the order of detection.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from alerts.precision import precision
from app.backtest.port import KnownOutcome, WouldBeAlert
from models.clock import BEIJING
from models.enums import FalseAlarm

SLACK = timedelta(hours=1)
MOST_STATIONS = 20


def side_by_side(
    draft: Sequence[WouldBeAlert],
    baseline: Sequence[WouldBeAlert],
    *,
    since: datetime,
    until: datetime,
    outcomes: Sequence[KnownOutcome],
    readings: int,
) -> dict[str, Any]:
    """`draft` and `baseline` under their names, each as `summary` gives it."""
    return {
        "readings": readings,
        "days": _days(since, until),
        "draft": summary(draft, since=since, until=until, outcomes=outcomes),
        "baseline": summary(baseline, since=since, until=until, outcomes=outcomes),
    }


def summary(
    alerts: Sequence[WouldBeAlert],
    *,
    since: datetime,
    until: datetime,
    outcomes: Sequence[KnownOutcome] = (),
) -> dict[str, Any]:
    """Orders a day, by day, grid and rule; alerts by kind and scope; the stations that cause most; precision."""
    orders = [alert for alert in alerts if alert.order]
    days = _days(since, until)
    by_day = Counter(alert.detected_at.astimezone(BEIJING).date() for alert in orders)
    by_grid = Counter(alert.grid for alert in orders)
    by_rule = Counter(alert.kind.value for alert in orders)
    kinds = Counter((alert.kind.value, alert.scope.value) for alert in alerts)
    return {
        "alerts": len(alerts),
        "orders": len(orders),
        "orders_per_day": len(orders) / days,
        "by_day": [{"day": day.isoformat(), "orders": by_day[day]} for day in _dates(since, until)],
        "by_grid": [
            {"grid": grid, "orders": n, "orders_per_day": n / days} for grid, n in _most(by_grid.items())
        ],
        "by_rule": [{"kind": kind, "orders": n} for kind, n in _most(by_rule.items())],
        "by_kind_and_scope": [
            {"kind": kind, "scope": scope, "alerts": n} for (kind, scope), n in _most(kinds.items())
        ],
        "stations": _stations(alerts, orders),
        "precision": _precision(orders, outcomes),
    }


def _days(since: datetime, until: datetime) -> float:
    return (until - since) / timedelta(days=1)


def _dates(since: datetime, until: datetime) -> list[Any]:
    first = since.astimezone(BEIJING).date()
    last = (until - timedelta(microseconds=1)).astimezone(BEIJING).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _most(counted: Iterable[tuple[Any, int]]) -> list[tuple[Any, int]]:
    """The largest first; equal ones by name, so that the same history gives the same text."""
    return sorted(counted, key=lambda item: (-item[1], item[0]))


def _stations(alerts: Sequence[WouldBeAlert], orders: Sequence[WouldBeAlert]) -> list[dict[str, Any]]:
    ordered = Counter(code for alert in orders for code in alert.stations)
    all_ = Counter(code for alert in alerts for code in alert.stations)
    ranked = sorted(all_, key=lambda code: (-ordered[code], -all_[code], code))
    return [
        {"station": code, "orders": ordered[code], "alerts": all_[code]} for code in ranked[:MOST_STATIONS]
    ]


def _precision(orders: Sequence[WouldBeAlert], outcomes: Sequence[KnownOutcome]) -> dict[str, Any]:
    met = _matched(orders, outcomes)
    confirmed = sum(outcome.false_alarm is None for outcome in met)
    reasons = Counter(outcome.false_alarm.value for outcome in met if outcome.false_alarm is not None)
    share = precision(confirmed, len(met) - confirmed)
    known = sum(outcome.false_alarm is None for outcome in outcomes)
    return {
        "with_outcome": len(met),
        "without_outcome": len(orders) - len(met),
        "confirmed": confirmed,
        "false_alarms": len(met) - confirmed,
        "reasons": {one.value: reasons[one.value] for one in FalseAlarm},
        # Confirmed orders of the past that these rules would not have given.
        "confirmed_missed": known - confirmed,
        "precision": None if share is None else {"value": share.value, "low": share.low, "high": share.high},
    }


def _matched(orders: Sequence[WouldBeAlert], outcomes: Sequence[KnownOutcome]) -> list[KnownOutcome]:
    """The outcomes that an order of these rules would have had."""
    waiting: dict[str, list[KnownOutcome]] = {}
    for outcome in sorted(outcomes, key=lambda one: (one.started_at, one.station)):
        waiting.setdefault(outcome.station, []).append(outcome)
    met = []
    for order in sorted(orders, key=lambda one: (one.detected_at, one.stations)):
        found = next(
            (one for code in order.stations for one in waiting.get(code, ()) if _overlap(order, one)), None
        )
        if found is not None:
            waiting[found.station].remove(found)
            met.append(found)
    return met


def _overlap(order: WouldBeAlert, outcome: KnownOutcome) -> bool:
    if outcome.ended_at is not None and order.started_at > outcome.ended_at + SLACK:
        return False
    return order.cleared_at is None or order.cleared_at >= outcome.started_at - SLACK
