"""Who answers in a county and what is missing, as the API and the pages show it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Scope
from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.duty import StaffList
from models.enums import ChiefPost, ListKind, Role
from models.errors import NotFound
from supervision.duties import duties
from supervision.duties.duties import Looked
from supervision.duties.facts import County, ListFact, Service
from supervision.duties.gaps import Gap


async def list_counties(session: AsyncSession, *, scope: Scope, now: datetime) -> dict[str, Any]:
    """Every county and park in the scope, with what stands of items 1 to 3."""
    ids = None if scope.grid_ids is None else sorted(scope.grid_ids)
    return {"items": [_summary(one) for one in await duties.look(session, ids, now=now)]}


async def list_gaps(session: AsyncSession, *, scope: Scope, now: datetime) -> list[dict[str, Any]]:
    """Every gap of the counties and parks in the scope, with the `county` it is of."""
    ids = None if scope.grid_ids is None else sorted(scope.grid_ids)
    found = []
    for looked in await duties.look(session, ids, now=now):
        names = {grid.code: grid.name for grid in looked.county.grids}
        county = looked.county.grids[0].name
        found += [_gap(gap, names) | {"county": county} for gap in looked.gaps]
    return found


async def county_document(session: AsyncSession, grid_id: int, *, now: datetime) -> dict[str, Any]:
    """One county or park: its heads, sub-chiefs with their towns, staff by grid, gaps, office and newest lists."""
    found = await duties.look(session, [grid_id], now=now)
    if not found:
        raise NotFound("no such county or park")
    looked = found[0]
    facts = looked.county
    names = {grid.code: grid.name for grid in facts.grids}
    office = looked.office
    return _summary(looked) | {
        "office": None
        if office is None
        else {
            "name": office.name,
            "head": office.head,
            "document": office.document,
            "entered_at": instant(office.entered_at),
        },
        "sub_chiefs": [
            {"name": one.name, "covers": [{"code": code, "name": names[code]} for code in sorted(one.covers)]}
            for one in facts.serving(facts.code, Role.SUB_CHIEF)
        ],
        "grids": [_grid(facts, grid.code) for grid in facts.grids],
        "gaps": [_gap(gap, names) for gap in looked.gaps],
        "interests": len({person for person, _ in facts.interests}),
    }


def _summary(looked: Looked) -> dict[str, Any]:
    facts = looked.county
    head = facts.grids[0]
    return {
        "grid": head.code,
        "name": head.name,
        "kind": head.kind,
        "items": [{"item": item, "standing": found.value} for item, found in looked.standing.items()],
        "gap_count": len(looked.gaps),
        "filed": _newest(looked.filed, facts.filed),
        "published": _newest(looked.published, facts.published),
        **_heads(facts.serving(facts.code, Role.CHIEF)),
    }


def _heads(chiefs: Sequence[Service]) -> dict[str, list[str]]:
    def of(post: str | None) -> list[str]:
        return [one.name for one in chiefs if one.post == post]

    return {
        "party": of(ChiefPost.PARTY),
        "government": of(ChiefPost.GOVERNMENT),
        "without_post": of(None),
    }


def _grid(facts: County, code: str) -> dict[str, Any]:
    grid = next(one for one in facts.grids if one.code == code)
    staff = facts.serving(code, Role.SUPERVISOR)
    return {
        "code": code,
        "name": grid.name,
        "level": grid.level,
        "kind": grid.kind,
        **_heads(facts.serving(code, Role.CHIEF)),
        "sub_chiefs": [one.name for one in facts.serving(code, Role.SUB_CHIEF)],
        "covered_by": [
            one.name
            for one in facts.services
            if one.role == Role.SUB_CHIEF and one.grid == grid.parent and code in one.covers
        ],
        "supervisors": len(staff),
        "full_time": sum(one.full_time is True for one in staff),
        "part_time": sum(one.full_time is False for one in staff),
    }


def _gap(gap: Gap, names: dict[str, str]) -> dict[str, Any]:
    return {
        "code": gap.code.value,
        "grid": gap.grid,
        "grid_name": names[gap.grid],
        "article": gap.article,
        "item": gap.item,
        "unclear": gap.unclear,
        "values": {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in gap.values.items()
            if key != "name"
        },
    }


def _newest(row: StaffList | None, fact: ListFact | None) -> dict[str, Any] | None:
    if row is None or fact is None:
        return None
    since = [day for day in (fact.chiefs_changed_on, fact.others_changed_on) if day is not None]
    return {
        "id": row.id,
        "as_of": row.as_of.isoformat(),
        "place": row.place,
        "contact": row.contact,
        "document": row.document,
        "entered_at": instant(row.entered_at),
        "noted_at": instant(row.noted_at),
        "differs_since": min(since).isoformat() if since else None,
    }


async def list_lists(
    session: AsyncSession, grid_id: int, *, cursor: str | None = None, limit: int = 100
) -> dict[str, Any]:
    """The lists of a county that were filed and published, the newest first, without their lines."""
    before = decode_cursor(cursor, top=INTEGER_MAX)
    rows = await duties.lists_of(session, grid_id, before=before, limit=limit + 1)
    return page([_listed(*row) for row in rows], limit)


async def list_document(session: AsyncSession, list_id: int, *, scope: Scope) -> dict[str, Any]:
    """One list with its lines; raises NotFound outside the scope."""
    row = await duties.list_of(session, list_id)
    if row is None or not scope.sees(row[0].grid_id):
        raise NotFound(f"no list {list_id}")
    return _listed(*row) | {"lines": row[0].body}


def _listed(row: StaffList, grid: str, entered_by: str, noted_by: str | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "grid": grid,
        "kind": ListKind(row.kind).value,
        "as_of": row.as_of.isoformat(),
        "place": row.place,
        "contact": row.contact,
        "document": row.document,
        "line_count": len(row.body),
        "sha256": row.digest.hex(),
        "entered_by": entered_by,
        "entered_at": instant(row.entered_at),
        "noted_by": noted_by,
        "noted_at": instant(row.noted_at),
    }
