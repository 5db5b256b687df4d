"""Carries the decisions of one batch out: one statement for each kind of effect, and the facts of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from alerts import repository
from alerts.dedup import Clear, Due, Open, OpenAlert, Raise
from alerts.repository import NewAlert
from alerts.watch import Change
from models.enums import AlertScope
from models.facts import AlertCleared, AlertDue, AlertOpened, AlertRaised, Fact, StationInfo
from models.ids import AlertId

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Effect:
    """A change at a station; `order` says whether an alert opened by it is due one."""

    station: StationInfo
    change: Change
    order: bool


@dataclass(slots=True)
class _Sorted:
    """Every alert of the batch once, by what has to be written of it."""

    new: list[NewAlert] = field(default_factory=list)
    raised: list[OpenAlert] = field(default_factory=list)
    refreshed: list[OpenAlert] = field(default_factory=list)
    cleared: list[OpenAlert] = field(default_factory=list)
    due: list[AlertId] = field(default_factory=list)


async def carry_out(
    session: AsyncSession,
    effects: list[Effect],
    *,
    rule_version: int,
    now: datetime,
    drop: Callable[[StationInfo, OpenAlert], None],
) -> list[Fact]:
    """The facts in the order of the effects. `drop` is told of alerts that another process has closed.

    What was open is cleared before anything new is opened: the new one may be of the same identity.
    """
    batch = _sort(effects)
    told = await repository.raise_severity(session, batch.raised) if batch.raised else set()
    kept = await repository.refresh(session, batch.refreshed) if batch.refreshed else set()
    ended = await repository.clear(session, batch.cleared) if batch.cleared else set()
    due = await repository.mark_due(session, batch.due) if batch.due else set()
    gone = {id(alert) for alert in batch.refreshed if alert.id not in kept}
    for alert in batch.raised + batch.refreshed:
        alert.written_at = alert.last_at
    inserted: set[AlertId] = set()
    if batch.new:
        inserted, lost = await _open(session, batch.new, rule_version, now)
        gone |= lost
    for effect in effects:
        if id(effect.change.alert) in gone:
            drop(effect.station, effect.change.alert)
    return _facts(effects, told=told | inserted, ended=ended | inserted, inserted=inserted, due=due)


def _sort(effects: list[Effect]) -> _Sorted:
    batch = _Sorted()
    alerts: dict[int, OpenAlert] = {}
    raised: set[int] = set()
    for effect in effects:
        alert, decision = effect.change.alert, effect.change.decision
        if isinstance(decision, Open):
            batch.new.append(NewAlert(effect.station, AlertScope.LOCAL, alert))
        elif isinstance(decision, Due):
            if alert.id is not None:
                batch.due.append(alert.id)
        elif alert.id is not None:
            alerts[id(alert)] = alert
            if isinstance(decision, Raise):
                raised.add(id(alert))
    for key, alert in alerts.items():
        if key in raised:
            batch.raised.append(alert)
        if alert.cleared_at is not None:
            batch.cleared.append(alert)
        elif key not in raised:
            batch.refreshed.append(alert)
    return batch


async def _open(
    session: AsyncSession, new: list[NewAlert], rule_version: int, now: datetime
) -> tuple[set[AlertId], set[int]]:
    """Ids of the alerts that are ours, and which objects came to nothing.

    What another process opened first is taken over without a word.
    """
    ids = await repository.insert_alerts(session, new, rule_version=rule_version, now=now)
    missing: list[NewAlert] = []
    for item in new:
        alert = item.alert
        alert.id = ids.get((item.station.id, alert.kind.value, alert.pollutant, alert.detected_at))
        alert.written_at = alert.last_at
        if alert.id is None:
            missing.append(item)
    gone: set[int] = set()
    theirs = await repository.open_ids(session, {item.station.id for item in missing}) if missing else {}
    for item in missing:
        alert = item.alert
        found = theirs.get((item.station.id, alert.kind.value, alert.pollutant))
        if found is None or alert.cleared_at is not None:
            # Closed again by now: the next reading that still meets the rule finds it anew.
            gone.add(id(alert))
            continue
        alert.id, alert.severity = found
        log.info("alert.taken_over", alert_id=alert.id, station=item.station.code)
    return set(ids.values()), gone


def _facts(
    effects: list[Effect],
    *,
    told: set[AlertId],
    ended: set[AlertId],
    inserted: set[AlertId],
    due: set[AlertId],
) -> list[Fact]:
    facts: list[Fact] = []
    for effect in effects:
        alert, decision, station, at = (
            effect.change.alert,
            effect.change.decision,
            effect.station,
            effect.change.at,
        )
        if alert.id is None:
            continue
        if isinstance(decision, Open):
            if alert.id in inserted:
                facts.append(opened_fact(alert.id, station, decision, AlertScope.LOCAL, order=effect.order))
        elif isinstance(decision, Raise):
            if alert.id in told:
                facts.append(
                    AlertRaised(alert.id, alert.kind, station, alert.pollutant, decision.severity, at)
                )
        elif isinstance(decision, Due):
            # Opened late and carried on fresh within one batch: inserted as due already.
            if alert.id in due or alert.id in inserted:
                facts.append(_due_fact(alert.id, station, alert, at))
        elif isinstance(decision, Clear) and alert.id in ended:
            facts.append(AlertCleared(alert.id, alert.kind, station, alert.pollutant, at))
    return facts


def _due_fact(alert_id: AlertId, station: StationInfo, alert: OpenAlert, at: datetime) -> AlertDue:
    return AlertDue(alert_id, alert.kind, alert.severity, station, alert.pollutant, alert.why, at)


def opened_fact(
    alert_id: AlertId, station: StationInfo, decision: Open, scope: AlertScope, *, order: bool
) -> AlertOpened:
    finding = decision.finding
    return AlertOpened(
        alert_id=alert_id,
        kind=finding.kind,
        scope=scope,
        severity=finding.severity,
        station=station,
        pollutant=finding.pollutant,
        started_at=finding.started_at,
        detected_at=finding.detected_at,
        why=finding.why,
        order=order,
    )
