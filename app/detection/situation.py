"""What the detector has to be told of the registry and of the rules in force."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from alerts import rulebook, silences
from alerts.overlay import laid, scheduled
from alerts.ruling import ruling, silence_in
from alerts.silence import Silence
from app.detection.port import MAINTENANCE, RULES, STATIONS, Payload
from app.registry.directory import Directory
from models.clock import BEIJING, Clock
from models.enums import POLLUTANTS, SilenceKind
from models.registry import Station

LATE = timedelta(days=1)
"""So long after work has ended may readings of then still come."""
_STATIONS = (
    select(Station.id, Station.code, Station.lon, Station.lat, Station.kind, Station.cadence_s)
    .where(Station.retired_at.is_(None))
    .order_by(Station.id)
)


class PresentSituation:
    """Stations as rows of `alerts.network.site.Site`, and what each of them is judged by today (`alerts.ruling`)
    with how long a station may be silent.
    """

    def __init__(self, directory: Directory, clock: Clock, *, silent_after: timedelta) -> None:
        self._directory = directory
        self._clock = clock
        self._silent_s = silent_after.total_seconds()

    async def __call__(self, session: AsyncSession) -> Mapping[str, Payload]:
        # Where stations stand decides what they are judged by: as it is now, not as it was read some time ago.
        await self._directory.refresh(session)
        return {STATIONS: {"sites": await self._sites(session)}, RULES: await self._rules(session)}

    async def _sites(self, session: AsyncSession) -> list[list[Any]]:
        rows = await session.execute(_STATIONS)
        sites = []
        for row in rows:
            known = self._directory.station_by_id(row.id)
            grid = "" if known is None else known.grid_code
            sites.append([row.id, row.code, grid, row.lon, row.lat, row.kind, float(row.cadence_s)])
        return sites

    async def _rules(self, session: AsyncSession) -> Payload:
        held = await rulebook.in_force(session)
        paths = self._directory.grid_paths
        stands = [(int(one.id), one.code, paths[one.code]) for one in self._directory.stations]
        today = self._clock.now().astimezone(BEIJING).date()
        found = ruling(held.body, stands, version=held.version, on=today, response_level=held.level)
        silent_s = silence_in(laid({}, scheduled(held.body, on=today, response_level=held.level)))
        return found | {"silent_s": self._silent_s if silent_s is None else silent_s}


async def maintenance(session: AsyncSession, directory: Directory, now: datetime) -> Mapping[str, Payload]:
    """Where somebody works or has worked lately, station by station."""
    windows = [
        [station.id, _columns(window), window.starts_at.timestamp(), window.ends_at.timestamp()]
        for window in await silences.between(session, now - LATE, now + LATE)
        if window.kind is SilenceKind.MAINTENANCE
        for station in directory.stations
        if window.covers(station.code, directory.grid_paths.get(station.code, ()))
    ]
    return {MAINTENANCE: {"windows": windows}}


def _columns(window: Silence) -> list[int]:
    return [j for j, name in enumerate(POLLUTANTS) if not window.pollutants or name in window.pollutants]
