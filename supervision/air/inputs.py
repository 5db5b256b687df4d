"""What a month is computed from, as one document that everything follows from (`supervision.air.close`)."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.months import last_of
from airquality.period import BEIJING
from models.air import AirPublished
from models.enums import POLLUTANTS
from supervision import versions
from supervision.air import day_repository as days
from supervision.air import month_repository as repository


async def inputs_of(session: AsyncSession, month: date) -> dict[str, Any]:
    """The inputs of a month, and of the same month a year before, as they stand in this transaction.

    `month` is its first day. The readings are those in force on its last day. Plain JSON, in a fixed order.
    """
    version, body = await versions.in_force(session, last_of(month))
    codes = await repository.units(session)
    now = await _part(session, month)
    base = await _part(session, month.replace(year=month.year - 1))
    return {
        "month": f"{month:%Y-%m}",
        "readings": {"version": version, "body": dict(body)},
        "units": [
            {"code": code, "now": _of(now, unit), "base": _of(base, unit)} for unit, code in codes.items()
        ],
    }


def _of(part: Mapping[int, dict[str, Any]], unit: int) -> dict[str, Any]:
    return part.get(unit, {"stations": [], "excluded": {}})


async def _part(session: AsyncSession, month: date) -> dict[int, dict[str, Any]]:
    """By unit: its stations with their days, what dust took out, and what the Region published."""
    last = last_of(month)
    begin = datetime.combine(month, time(), BEIJING)
    stations = await repository.reference_stations(session, begin)
    ids = [station for station, _, _ in stations]
    measured = await _days(session, ids, month, last)
    void = await repository.void_days(session, ids, month, last)
    parts: dict[int, dict[str, Any]] = {}
    for station, code, unit in stations:
        part = parts.setdefault(unit, {"stations": [], "excluded": {}})
        told: dict[str, Any] = {"code": code, "days": measured.get(station, {})}
        if station in void:
            told["void"] = [f"{day:%d}" for day in void[station]]
        part["stations"].append(told)
    for exclusion in await repository.exclusions(session, month, last):
        part = parts.setdefault(exclusion.grid_id, {"stations": [], "excluded": {}})
        part["excluded"][f"{exclusion.day:%d}"] = sorted(exclusion.pollutants)
    for unit, row in (await repository.published(session, month)).items():
        parts.setdefault(unit, {"stations": [], "excluded": {}})["published"] = _published(row)
    return parts


async def _days(
    session: AsyncSession, station_ids: list[int], first: date, last: date
) -> dict[int, dict[str, dict[str, list[int]]]]:
    """By station and day of the month: sum and count of each pollutant that counts."""
    found: dict[int, dict[str, dict[str, list[int]]]] = {}
    for station, day, *figures in await days.days_of(session, station_ids, first, last):
        levels = {
            name: [figures[2 * n], figures[2 * n + 1]]
            for n, name in enumerate(POLLUTANTS)
            if figures[2 * n + 1]
        }
        if levels:
            found.setdefault(station, {})[f"{day:%d}"] = levels
    return found


def _published(row: AirPublished) -> dict[str, Any]:
    return {
        "value": format(row.value.normalize(), "f"),
        "figures": dict(row.figures),
        "rules": row.rules,
        "document": row.document,
        "version": row.version,
    }
