"""What the network told, as the contract's alerts: one an event, as it stands at the end of the history. Pure.

An event may be decided more than once. Its line states the decision that sent somebody out; without one, the last
that changed who is meant. `detected_at` is the instant of that decision, never an earlier one; all of them stand
in `why.decisions` when there were several.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alerts.network.happening import (
    Begun,
    Cleared,
    Flagged,
    Happening,
    Joined,
    Opened,
    Raised,
    Rescoped,
    Seen,
)
from alerts.network.site import Site
from app.backtest.port import WouldBeAlert
from models.clock import BEIJING
from models.enums import AlertKind, AlertScope, Severity


@dataclass(slots=True)
class _Event:
    key: int
    kind: AlertKind
    scope: AlertScope
    severity: Severity
    stations: list[int]
    pollutants: list[str]
    started_at: float
    detected_at: float
    order: bool
    why: dict[str, Any]
    cleared_at: float | None = None
    joined: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)


class Events:
    """Collects happenings; `common` gives the grid that a region-wide event concerns, from those of its stations."""

    def __init__(self, sites: Sequence[Site], common: Callable[[Iterable[str]], str]) -> None:
        self._sites = {site.id: site for site in sites}
        self._common = common
        self._events: dict[int, _Event] = {}

    def take(self, happenings: Iterable[Happening]) -> None:
        for happening in happenings:
            if isinstance(happening, Opened):
                self._open(happening)
            elif not isinstance(happening, Begun | Flagged | Seen):
                self._change(self._events[happening.key], happening)

    def _open(self, told: Opened) -> None:
        others = [station for station in told.stations if station != told.origin]
        self._events[told.key] = _Event(
            key=told.key,
            kind=told.kind,
            scope=told.scope,
            severity=told.severity,
            stations=[told.origin, *others],
            pollutants=list(told.pollutants),
            started_at=told.started_at,
            detected_at=told.detected_at,
            order=told.order,
            why=dict(told.why),
            decisions=[_decision(told.scope, told.order, told.detected_at)],
        )

    def _change(self, event: _Event, told: Joined | Raised | Rescoped | Cleared) -> None:
        match told:
            case Joined():
                if told.station not in event.stations:
                    event.stations.append(told.station)
                    event.joined.append({"station": self._sites[told.station].code, "at": stamp(told.at)})
                event.pollutants += [name for name in told.pollutants if name not in event.pollutants]
            case Raised():
                event.severity = told.severity
            case Rescoped():
                self._rescope(event, told)
            case Cleared():
                event.cleared_at = told.at

    def _rescope(self, event: _Event, told: Rescoped) -> None:
        last = event.decisions[-1]
        if (last["scope"], last["order"]) == (told.scope.value, told.order):
            event.why |= told.why
            return
        event.decisions.append(_decision(told.scope, told.order, told.at))
        # Who was sent out stays sent out, whatever is found later.
        if not event.order:
            event.scope, event.order, event.detected_at = told.scope, told.order, told.at
            event.why |= told.why

    def alerts(self) -> list[tuple[str, WouldBeAlert]]:
        """Id and alert, in the order of detection. The same happenings give the same ids."""
        found = sorted(self._events.values(), key=lambda event: (event.detected_at, event.key))
        return [(f"a{event.key:06d}", self._alert(event)) for event in found]

    def _alert(self, event: _Event) -> WouldBeAlert:
        grids = [self._sites[station].grid for station in event.stations]
        regional = event.scope is AlertScope.REGIONAL
        why = {"severity": event.severity.value} | event.why
        if "near" in why:
            why["near"] = [self._sites[station].code for station in why["near"]]
        if event.joined:
            why["joined"] = event.joined
        if len(event.decisions) > 1:
            why["decisions"] = event.decisions
        return WouldBeAlert(
            grid=self._common(grids) if regional else grids[0],
            stations=tuple(self._sites[station].code for station in event.stations),
            pollutants=tuple(event.pollutants),
            kind=event.kind,
            scope=event.scope,
            started_at=instant(event.started_at),
            detected_at=instant(event.detected_at),
            cleared_at=None if event.cleared_at is None else instant(event.cleared_at),
            order=event.order,
            why=plain(why),
        )


def _decision(scope: AlertScope, order: bool, at: float) -> dict[str, Any]:
    return {"scope": scope.value, "order": order, "at": stamp(at)}


def instant(at: float) -> datetime:
    """Seconds since the epoch as Beijing time, by the millisecond."""
    return datetime.fromtimestamp(round(at, 3), BEIJING)


def stamp(at: float) -> str:
    return instant(at).isoformat()


def plain(value: Any) -> Any:
    """The same as JSON can say it: what is no number is null."""
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
