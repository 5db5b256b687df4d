"""Carries the network's happenings out: alerts, members, flags, and the facts of them, in the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from alerts import event_repository as repository
from alerts.event_repository import KnownEvent
from alerts.instants import instant
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
from models.enums import AlertKind, AlertScope
from models.facts import (
    AlertCleared,
    AlertDue,
    AlertJoined,
    AlertOpened,
    AlertRaised,
    AlertRescoped,
    Fact,
    StationInfo,
)
from models.ids import GridId

log = structlog.get_logger(__name__)
WHOLE_STATION = (AlertKind.OFFLINE, AlertKind.NETWORK_SILENCE)


async def carry_out(
    session: AsyncSession,
    happenings: Sequence[Happening],
    *,
    stations: Mapping[int, StationInfo],
    prefecture: GridId | None,
    rule_version: int,
    now: datetime,
) -> list[Fact]:
    """The facts in the order of the happenings. What concerns the whole region belongs to the prefecture.

    Carrying the same happenings out again tells nothing: an alert is opened, joined, raised and cleared once.
    """
    facts = await _abandoned(session, happenings, stations)
    opened = [
        (h, station, _grid(h, station, prefecture))
        for h in happenings
        if isinstance(h, Opened) and (station := stations.get(h.origin)) is not None
    ]
    over = {h.key: h for h in happenings if isinstance(h, Cleared)}
    new = {h.key for h, _, _ in opened}
    changes = [h for h in happenings if isinstance(h, Raised | Rescoped | Seen)]
    # What is told of an event before its end is kept, also when both come in one batch.
    changed = await repository.change(session, [h for h in changes if h.key not in new])
    # What ends makes room for what begins: a fault may come back within one batch.
    ended = await repository.clear(session, [h for key, h in over.items() if key not in new])
    ids = await repository.insert(
        session, opened, over={k: h.at for k, h in over.items()}, rule_version=rule_version, now=now
    )
    ended |= ids.keys() & over.keys()
    keys = {h.key for h in happenings if not isinstance(h, Flagged | Begun | Seen)}
    events = await repository.known(session, sorted(keys)) if keys else {}
    await repository.join(session, list(_members(happenings)))
    changed |= await repository.change(session, [h for h in changes if h.key in new])
    await repository.flag(
        session, [h for h in happenings if isinstance(h, Flagged)], rule_version=rule_version
    )
    for happening in happenings:
        if isinstance(happening, Flagged | Begun | Seen):
            continue
        event = events.get(happening.key)
        station = None if event is None else stations.get(event.station_id)
        if event is None or station is None:
            log.info("alert.unknown", event_key=happening.key)
            continue
        facts += _facts(happening, event, station, stations, new=ids.keys(), changed=changed, ended=ended)
    return facts


async def _abandoned(
    session: AsyncSession, happenings: Sequence[Happening], stations: Mapping[int, StationInfo]
) -> list[Fact]:
    """Ends what a detector that is gone had opened. That a station is back is said only by the station."""
    facts: list[Fact] = []
    for begun in happenings:
        if not isinstance(begun, Begun):
            continue
        at = instant(begun.at)
        gone = await repository.abandon(session, begun.key, at)
        if gone:
            log.warning("alert.abandoned", alerts=len(gone))
        for alert_id, kind, station_id, pollutant in gone:
            station = stations.get(station_id)
            if station is not None and kind not in WHOLE_STATION:
                facts.append(AlertCleared(alert_id, kind, station, pollutant, at))
    return facts


def _grid(opened: Opened, station: StationInfo, prefecture: GridId | None) -> GridId:
    if opened.scope is AlertScope.REGIONAL or opened.kind is AlertKind.NETWORK_SILENCE:
        return station.grid_id if prefecture is None else prefecture
    return station.grid_id


def _members(happenings: Iterable[Happening]) -> Iterable[tuple[int, int, float, Sequence[str]]]:
    for happening in happenings:
        if isinstance(happening, Opened):
            for station in happening.stations:
                yield happening.key, station, happening.detected_at, happening.pollutants
        elif isinstance(happening, Joined):
            yield happening.key, happening.station, happening.at, happening.pollutants


def _facts(
    happening: Opened | Joined | Raised | Rescoped | Cleared,
    event: KnownEvent,
    station: StationInfo,
    stations: Mapping[int, StationInfo],
    *,
    new: Iterable[int],
    changed: set[int],
    ended: set[int],
) -> list[Fact]:
    key, alert_id, kind = happening.key, event.alert_id, event.kind
    pollutant = None if kind in WHOLE_STATION else event.pollutant
    match happening:
        case Opened():
            if key not in new:
                return []
            return [
                AlertOpened(
                    alert_id,
                    kind,
                    happening.scope,
                    happening.severity,
                    station,
                    pollutant,
                    instant(happening.started_at),
                    instant(happening.detected_at),
                    dict(event.why),
                    happening.order,
                )
            ]
        case Joined():
            member = stations.get(happening.station)
            at = instant(happening.at)
            return [] if member is None else [AlertJoined(alert_id, kind, member, pollutant, at)]
        case Raised():
            if key not in changed:
                return []
            return [
                AlertRaised(alert_id, kind, station, pollutant, happening.severity, instant(happening.at))
            ]
        case Rescoped():
            if key not in changed:
                return []
            at = instant(happening.at)
            facts: list[Fact] = [AlertRescoped(alert_id, kind, station, pollutant, happening.scope, at)]
            if happening.order:
                facts.append(
                    AlertDue(alert_id, kind, event.severity, station, pollutant, dict(event.why), at)
                )
            return facts
        case Cleared():
            if key not in ended:
                return []
            return [AlertCleared(alert_id, kind, station, pollutant, instant(happening.at))]
