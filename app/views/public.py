"""What the public page is made from: who answers for which grid, the lists of counties, and the newest whole hour.

The three statements are asked once a minute at most, whoever looks (`app/public/shared.py`).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.enums import POLLUTANTS, Role
from models.passed import FLAGS, PASSED

ANSWERING = (Role.CHIEF, Role.SUB_CHIEF, Role.SUPERVISOR)
"""Whose names annex 1 art. 19 has published 公开网格长、网格监督员; sub-chiefs after annex 2 art. 5(一)3."""
_PEOPLE = """
SELECT d.grid_id, d.role, p.name, max(d.post),
       array_remove(array_agg(DISTINCT c.grid_id), NULL)
  FROM duty d JOIN person p ON p.id = d.person_id LEFT JOIN duty_cover c ON c.duty_id = d.id
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

# The county's own word on where else its list can be read, and of which day that is.
_LISTS = """
SELECT DISTINCT ON (grid_id) grid_id, as_of, place, contact FROM staff_list
 WHERE kind = 'published' ORDER BY grid_id, id DESC
"""


class Answering(NamedTuple):
    """Somebody who answers for a grid; `covers` are ids of grids below it."""

    role: str
    name: str
    post: str | None = None
    covers: Sequence[int] = ()


class Published(NamedTuple):
    """The newest list that a county or park published elsewhere."""

    as_of: date
    place: str
    contact: str


People = Mapping[int, list[Answering]]
"""By grid."""


async def people(session: AsyncSession, now: datetime) -> People:
    """Chiefs, sub-chiefs and supervisors on duty, by grid, the longest there first."""
    found: dict[int, list[Answering]] = {}
    for grid_id, *of in await fetch(session, _PEOPLE, [role.value for role in ANSWERING], now):
        found.setdefault(grid_id, []).append(Answering(*of))
    return found


async def published(session: AsyncSession) -> dict[int, Published]:
    """By county or park: the newest list it published elsewhere."""
    return {row[0]: Published(row[1], row[2], row[3]) for row in await fetch(session, _LISTS)}


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
