"""What the service knows that may belong on the problem list, and is no finding of a problem yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.geodesy import distance_m
from app.registry.directory import Directory
from app.views.paging import instant
from models.bulk import fetch
from models.enums import CauseCode, FindingKind, ProblemCategory
from supervision.problems.likeness import Found
from supervision.problems.looking import OF_CAUSE, like

BACK = timedelta(days=31)
MOST = 100
# An order speaks for the report it came of: both are findings of one problem.
_ORDERS = """
SELECT * FROM (
  SELECT o.number, o.grid_id, o.dispatched_at, o.closed_at, o.reason, s.name, s.lon, s.lat, f.cause_code, f.cause,
         f.finding, u.number AS report,
         EXISTS (SELECT FROM review r WHERE r.order_id = o.id AND r.decision = 'return') AS returned,
         EXISTS (SELECT FROM spot_check c WHERE c.order_id = o.id AND c.state = 'failed') AS failed,
         EXISTS (SELECT FROM rectification_candidate c WHERE c.order_id = o.id AND c.state = 'upheld') AS upheld
    FROM work_order o
    LEFT JOIN station s ON s.id = o.station_id
    LEFT JOIN up_report u ON u.id = o.origin_report_id
    LEFT JOIN LATERAL (
      SELECT cause_code, cause, finding FROM feedback WHERE order_id = o.id ORDER BY round DESC LIMIT 1
    ) f ON true
   WHERE o.state = 'closed' AND o.closed_at >= $1 AND NOT o.drill AND o.parent_id IS NULL AND o.false_alarm IS NULL
     AND ($2::text IS NULL OR o.number = $2)
     AND NOT EXISTS (SELECT FROM problem_finding p WHERE p.kind = 'order' AND p.ref = o.number)
) known
 WHERE coalesce(cause_code, 'none_found') <> 'none_found' OR returned OR failed OR upheld
 ORDER BY closed_at DESC, number LIMIT $3
"""
_REPORTS = """
SELECT u.number, u.grid_id, u.found_at, u.category, u.text, u.place, u.lon, u.lat, u.source_id
  FROM up_report u LEFT JOIN work_order o ON o.id = u.order_id
 WHERE u.found_at >= $1 AND u.state NOT IN ('merged', 'dismissed') AND (o.id IS NULL OR o.state = 'void')
   AND ($2::text IS NULL OR u.number = $2)
   AND NOT EXISTS (SELECT FROM problem_finding p WHERE p.kind = 'up_report' AND p.ref = u.number)
 ORDER BY u.found_at DESC, u.number LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What may be a problem: its finding, what came of the same thing beside it, and the words of a draft."""

    kind: FindingKind
    ref: str
    also: tuple[tuple[FindingKind, str], ...]
    reasons: tuple[str, ...]
    grid_id: int
    place_grid_id: int | None
    category: ProblemCategory
    title: str
    text: str
    found_at: datetime
    place: str | None
    lon: float | None
    lat: float | None
    source_id: int | None = None


async def known(
    session: AsyncSession, directory: Directory, *, now: datetime, ref: str | None = None, limit: int = MOST
) -> list[Known]:
    """The newest first: closed orders with a cause found, returned or failed since, and reports without an order."""
    since = now - BACK
    orders = [_order(row) for row in await fetch(session, _ORDERS, since, ref, limit)]
    reports = [_report(row, directory) for row in await fetch(session, _REPORTS, since, ref, limit)]
    found = [*orders, *(one for one in reports if one is not None)]
    found.sort(key=lambda one: (one.found_at, one.ref), reverse=True)
    return found[:limit]


async def candidates(
    session: AsyncSession, directory: Directory, *, now: datetime, limit: int
) -> list[dict[str, Any]]:
    """The same as the API shows it, with the problems each may be the same as."""
    return [
        await _document(session, one, directory)
        for one in await known(session, directory, now=now, limit=limit)
    ]


def _order(row: Any) -> Known:
    number, grid_id, dispatched_at, _, reason, name, lon, lat, code, cause, finding, report, *flags = row
    told = ("returned", "spot_check_failed", "upheld")
    reasons = [word for word, said in zip(told, flags, strict=True) if said]
    category = ProblemCategory.OTHER
    if code is not None and code != CauseCode.NONE_FOUND.value:
        reasons.insert(0, "cause_found")
        category = OF_CAUSE.get(CauseCode(code), ProblemCategory.OTHER)
    text = "；".join(part for part in (finding, cause) if part) or reason
    also = () if report is None else ((FindingKind.UP_REPORT, report),)
    return Known(
        FindingKind.ORDER, number, also, tuple(reasons), grid_id, None, category, reason[:200], text, dispatched_at,
        name, lon, lat,
    )  # fmt: skip


def _report(row: Any, directory: Directory) -> Known | None:
    number, grid_id, found_at, category, text, place, lon, lat, source_id = row
    county = directory.level2(grid_id)
    if county is None:
        return None
    return Known(
        FindingKind.UP_REPORT, number, (), ("reported",), county.id, grid_id, ProblemCategory(category), text[:200],
        text, found_at, place, lon, lat, source_id,
    )  # fmt: skip


async def _document(session: AsyncSession, one: Known, directory: Directory) -> dict[str, Any]:
    grid = directory.grid(one.grid_id)
    return {
        "kind": one.kind.value,
        "ref": one.ref,
        "also": [ref for _, ref in one.also],
        "reasons": list(one.reasons),
        "grid": "" if grid is None else grid.code,
        "grid_name": "" if grid is None else grid.name,
        "category": one.category.value,
        "title": one.title,
        "text": one.text,
        "place": one.place,
        "found_at": instant(one.found_at),
        "alike": await alike_documents(
            session,
            Found(
                0, one.grid_id, one.category.value, one.found_at, one.lon, one.lat, one.source_id
            ),
        ),
    }  # fmt: skip


_NAMED = "SELECT id, number, state, title FROM problem WHERE id = ANY($1::bigint[])"


async def alike_documents(session: AsyncSession, one: Found) -> list[dict[str, Any]]:
    """The problems that may be the same, the likeliest first, as the API shows them."""
    found = await like(session, one, distance_m)
    rows: Sequence[Any] = await fetch(session, _NAMED, [alike.key for alike in found]) if found else []
    named = {row[0]: row for row in rows}
    return [
        {
            "id": alike.key,
            "number": named[alike.key][1],
            "state": named[alike.key][2],
            "title": named[alike.key][3],
            "distance_m": None if alike.distance_m is None else round(alike.distance_m),
            "same_source": alike.same_source,
        }
        for alike in found
    ]
