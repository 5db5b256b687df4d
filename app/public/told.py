"""What is published, and nothing else: names and roles of who answers, and the air of a place. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean
from typing import Any

from airquality.aqi import hourly_aqi
from airquality.breakpoints import rules_at
from airquality.minimums import HOUR_MINUTES
from airquality.rounding import decimal_of, rounded
from app.registry.directory import GridInfo
from app.settings import Channel
from app.views.public import People, Published
from models.clock import BEIJING
from models.enums import POLLUTANTS

HOUR = timedelta(hours=1)
Means = Mapping[str, tuple[float, int]]
"""By pollutant: the mean of what passed quality control, and how many readings it is of."""


@dataclass(frozen=True, slots=True)
class StationHour:
    grid_id: int
    """The level-2 grid that answers for the station."""
    cadence_s: int
    means: Means

    def counted(self) -> dict[str, float]:
        """The means that are of enough of the hour; a negative one, within an instrument's noise, is none of air."""
        return {
            pollutant: max(0.0, mean)
            for pollutant, (mean, count) in self.means.items()
            if count * self.cadence_s >= HOUR_MINUTES * 60
        }


def whole_hour(now: datetime) -> tuple[datetime, datetime]:
    """The newest hour that is over."""
    until = now.replace(minute=0, second=0, microsecond=0)
    return until - HOUR, until


def grids_document(
    grids: Sequence[GridInfo],
    people: People,
    channels: Sequence[Channel],
    now: datetime,
    published: Mapping[int, Published] = {},
) -> dict[str, Any]:
    """Every grid with its level, the grid above, and who answers; where to complain."""
    codes = {int(grid.id): grid.code for grid in grids}
    names = {int(grid.id): grid.name for grid in grids}
    return {
        "now": now.isoformat(),
        "channels": [_channel(channel) for channel in channels if channel.grid is None],
        "grids": [
            {
                "code": grid.code,
                "name": grid.name,
                "level": grid.level,
                "parent": None if grid.parent_id is None else codes[int(grid.parent_id)],
                "chiefs": _names(people, grid.id, "chief"),
                "heads": [
                    {"name": one.name, "post": one.post}
                    for one in people.get(int(grid.id), ())
                    if one.role == "chief"
                ],
                "sub_chiefs": [
                    {"name": one.name, "covers": [names[id_] for id_ in one.covers if id_ in names]}
                    for one in people.get(int(grid.id), ())
                    if one.role == "sub_chief"
                ],
                "supervisors": _names(people, grid.id, "supervisor"),
                "list": _list(published.get(int(grid.id))),
                "channels": [_channel(channel) for channel in channels if channel.grid == grid.code],
            }
            for grid in grids
        ],
    }


def _names(people: People, grid_id: int, role: str) -> list[str]:
    return [one.name for one in people.get(int(grid_id), ()) if one.role == role]


def _list(one: Published | None) -> dict[str, str] | None:
    if one is None:
        return None
    return {"as_of": one.as_of.isoformat(), "place": one.place, "contact": one.contact}


def _channel(channel: Channel) -> dict[str, Any]:
    return {
        "kind": channel.kind,
        "name": channel.name,
        "name_en": channel.name_en,
        "value": channel.value,
    }


def air_document(grids: Iterable[GridInfo], hours: Iterable[StationHour], now: datetime) -> dict[str, Any]:
    """Of each level-2 grid the means over its stations in the newest whole hour, and the AQI of that hour."""
    since, until = whole_hour(now)
    by_grid: dict[int, list[dict[str, float]]] = {}
    for one in hours:
        by_grid.setdefault(one.grid_id, []).append(one.counted())
    rules = rules_at(since.astimezone(BEIJING).date())
    return {
        "now": now.isoformat(),
        "from": since.isoformat(),
        "to": until.isoformat(),
        "rules": rules.code,
        "places": [_place(grid, by_grid.get(int(grid.id), []), since) for grid in grids if grid.level == 2],
    }


def _place(grid: GridInfo, stations: Sequence[Mapping[str, float]], since: datetime) -> dict[str, Any]:
    heard = [station for station in stations if station]
    means = {
        pollutant: fmean(values)
        for pollutant in POLLUTANTS
        if (values := [station[pollutant] for station in heard if pollutant in station])
    }
    exact = {pollutant: rounded(pollutant, decimal_of(mean)) for pollutant, mean in means.items()}
    found = hourly_aqi(rules_at(since.astimezone(BEIJING).date()), exact)
    level = found.level
    return {
        "grid": grid.code,
        "name": grid.name,
        "stations": len(heard),
        "of": len(stations),
        "aqi": found.value,
        "off_scale": found.off_scale,
        "level": None if level is None else level.number,
        "primary": list(found.primary),
        "missing": list(found.missing) if heard else [],
        "concentrations": {p: float(exact[p]) if p in exact else None for p in POLLUTANTS},
    }
