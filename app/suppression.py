"""Keeps alerts that a silence covers from becoming orders, and lets them go when it is over.

Asked again whenever an order would go out: when the alert opens, when fresh data carries on what late data had
opened, and when an alert waits for somebody to answer. The alert itself stays as the detectors leave it.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from alerts import silences
from alerts.silence import Silence, suppressing
from alerts.silences import Held
from app.registry.directory import Directory
from models.enums import AlertKind, AlertScope
from models.facts import AlertDue, AlertOpened
from models.ids import AlertId

log = structlog.get_logger()


async def unsuppressed(
    session: AsyncSession, facts: Sequence[AlertOpened | AlertDue], directory: Directory, *, now: datetime
) -> list[AlertOpened | AlertDue]:
    """Those that no silence covers at `now`; the others are marked with theirs."""
    if not facts:
        return []
    active = await silences.active(session, now)
    if not active:
        return list(facts)
    held: dict[AlertId, Silence] = {}
    free: list[AlertOpened | AlertDue] = []
    for fact in facts:
        found = _covering(active, directory, fact.station.code, fact.pollutant, fact.kind, now)
        if found is None:
            free.append(fact)
        else:
            held[fact.alert_id] = found
    await _hold(session, held)
    return free


async def hold_waiting(session: AsyncSession, directory: Directory, *, now: datetime) -> None:
    """Marks what waits in the unrouted queue and is covered by now: it waits for the silence's end as well."""
    active = await silences.active(session, now)
    if not active:
        return
    held: dict[AlertId, Silence] = {}
    for one in await silences.waiting(session):
        found = _covering(active, directory, one.station, one.pollutant, one.kind, now)
        if found is not None:
            held[one.alert_id] = found
    await _hold(session, held)


async def released(
    session: AsyncSession, directory: Directory, *, now: datetime, limit: int
) -> list[AlertDue]:
    """Lets alerts go whose silence is over while they are still open; gives those an order is due for now.

    One that another silence covers meanwhile is held by that one.
    """
    over = await silences.over(session, now=now, limit=limit)
    if not over:
        return []
    active = await silences.active(session, now)
    held: dict[AlertId, Silence] = {}
    free: list[Held] = []
    for one in over:
        found = _covering(active, directory, one.station, one.pollutant, one.kind, now)
        if found is None:
            free.append(one)
        else:
            held[one.alert_id] = found
    await _hold(session, held)
    await silences.release(session, [one.alert_id for one in free], now=now)
    due = [fact for one in free if (fact := _due(one, directory, now)) is not None]
    if free:
        log.info("silence.released", alerts=len(free), due=len(due))
    return due


def _covering(
    active: Sequence[Silence],
    directory: Directory,
    station: str,
    pollutant: str | None,
    kind: AlertKind,
    now: datetime,
) -> Silence | None:
    return suppressing(active, station, directory.grid_paths.get(station, ()), pollutant, kind, now)


async def _hold(session: AsyncSession, held: dict[AlertId, Silence]) -> None:
    await silences.hold(session, held)
    for alert_id, silence in held.items():
        log.info("alert.suppressed", alert_id=alert_id, silence_id=silence.id)


def _due(one: Held, directory: Directory, now: datetime) -> AlertDue | None:
    """None for what concerns the instrument, rests on late data, or has found its way already."""
    station = directory.station(one.station)
    if station is None or one.scope is not AlertScope.LOCAL or not one.order_due:
        return None
    if one.has_order or one.waits_unrouted:
        return None
    return AlertDue(one.alert_id, one.kind, one.severity, station, one.pollutant, one.why, now)
