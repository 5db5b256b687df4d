"""What the public page is made from: who answers for which grid, and the newest whole hour of each station.

Both statements are asked once a minute at most, whoever looks (`app/public/shared.py`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.enums import POLLUTANTS, Role
from models.passed import FLAGS, PASSED

ANSWERING = (Role.CHIEF, Role.SUPERVISOR)
"""Whose names annex 1 art. 19 has published 公开网格长、网格监督员."""
_PEOPLE = """
SELECT d.grid_id, d.role, p.name
  FROM duty d JOIN person p ON p.id = d.person_id
 WHERE d.role = ANY($1::text[]) AND d.valid_from <= $2 AND (d.valid_to IS NULL OR d.valid_to > $2)
   AND p.disabled_at IS NULL
 GROUP BY d.grid_id, d.role, p.id ORDER BY d.grid_id, d.role, min(d.valid_from), p.name
"""
_MEANS = ", ".join(
    f"avg({p}) FILTER (WHERE passed_{p}), count({p}) FILTER (WHERE passed_{p})" for p in POLLUTANTS
)
# By station, so that each hour is a short walk along the key of the readings.
_HOUR = f"""
SELECT s.id, s.cadence_s, h.*
  FROM station s
 CROSS JOIN LATERAL (
   SELECT {_MEANS} FROM (
     SELECT {PASSED} FROM reading r {FLAGS}
      WHERE r.station_id = s.id AND r.observed_at >= $1 AND r.observed_at < $2
   ) AS judged
 ) h
 WHERE s.retired_at IS NULL
"""

People = Mapping[int, list[tuple[str, str]]]
"""By grid: (role, name)."""


async def people(session: AsyncSession, now: datetime) -> People:
    """Chiefs and supervisors on duty, by grid, the longest there first."""
    found: dict[int, list[tuple[str, str]]] = {}
    for grid_id, role, name in await fetch(session, _PEOPLE, [role.value for role in ANSWERING], now):
        found.setdefault(grid_id, []).append((role, name))
    return found


async def hour(
    session: AsyncSession, since: datetime, until: datetime
) -> list[tuple[int, int, dict[str, tuple[float, int]]]]:
    """Of each working station: its id, its cadence in seconds, and by pollutant the mean and count of what passed.

    A pollutant of which nothing passed in [since, until) is not among them.
    """
    rows = await fetch(session, _HOUR, since, until)
    return [(row[0], row[1], _of(row[2:])) for row in rows]


def _of(columns: Any) -> dict[str, tuple[float, int]]:
    found = {}
    for number, pollutant in enumerate(POLLUTANTS):
        mean, count = columns[2 * number], columns[2 * number + 1]
        if mean is not None:
            found[pollutant] = (float(mean), int(count))
    return found
