"""Who stands near whom: computed once for a state of the registry, asked by every look."""

import asyncio
from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.integrity import evidence
from alerts.network.rules import NetworkRules
from alerts.network.site import Site, nearest
from app.registry.directory import Directory


class Surroundings:
    """Stations are compared with the same neighbours as in detection: those of their own cadence."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._seen: object = None
        self.sites: Mapping[int, Site] = {}
        self._near: dict[int, tuple[int, ...]] = {}

    async def refresh(self, session: AsyncSession) -> None:
        """Looks whether the registry was loaded anew since; costs nothing when it was not."""
        stations = self._directory.stations
        if stations is self._seen:
            return
        found = await evidence.sites(session)
        self._near = await asyncio.to_thread(_near, found)
        self.sites = {site.id: site for site in found}
        self._seen = stations

    def group(self, station_id: int) -> list[int]:
        """The station itself and its neighbours, nearest first."""
        return [station_id, *self._near.get(station_id, ())]


def _near(found: list[Site]) -> dict[int, tuple[int, ...]]:
    rules = NetworkRules()
    near: dict[int, tuple[int, ...]] = {}
    for fine, reach_km in ((True, rules.fine_reach_km), (False, rules.coarse_reach_km)):
        alike = [site for site in found if site.fine is fine]
        for site, row in zip(alike, nearest(alike, reach_km, rules.neighbours), strict=True):
            near[site.id] = tuple(alike[n].id for n in row)
    return near
