"""Sources as they are read: lists, the file of one, sweeps and key lists, within the caller's scope."""

import json
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from airquality.period import BEIJING
from app.auth.scope import Scope
from app.registry.directory import Directory, GridInfo
from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.enums import KeyListState, SourceKind, SourceState
from models.errors import NotFound
from models.order import Evidence
from models.registry import Grid, Person, Source
from models.source import KeySourceList, SourceDocument, SourceSweep, SourceVersion, SweepEntry
from supervision.sources import sweeps
from supervision.sources.sweep import Coverage, last_of_quarter, name_of_quarter, quarter_of, standing

VERSIONS = 50
DOCUMENTS = 200
SOON_DAYS = 60
"""So long before its end a permit or document is said to run out."""


def _source(row: Source, grid: str, grid_name: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "code": row.code,
        "name": row.name,
        "grid": grid,
        "grid_name": grid_name,
        "lon": row.lon,
        "lat": row.lat,
        "category": row.category,
        "kind": row.kind,
        "state": row.state,
        "pollutants": list(row.pollutants or ()),
        "legal_name": row.legal_name,
        "credit_code": row.credit_code,
        "contact": row.contact,
        "phone": row.phone,
        "permit": row.permit,
        "permit_until": None if row.permit_until is None else row.permit_until.isoformat(),
        "emissions": dict(row.emissions or {}),
        "version": row.version,
    }


def _chosen(
    scope: Scope,
    grid_ids: Collection[int] | None,
    kind: SourceKind | None,
    state: SourceState | None,
    text: str | None,
) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [scope.where(Source.grid_id)]
    if grid_ids is not None:
        wanted.append(Source.grid_id.in_(sorted(grid_ids)))
    if kind is not None:
        wanted.append(Source.kind == kind.value)
    if state is not None:
        wanted.append(Source.state == state.value)
    if text:
        wanted.append(
            or_(*(column.icontains(text, autoescape=True) for column in (Source.code, Source.name, Source.legal_name)))
        )  # fmt: skip
    return wanted


async def list_sources(
    session: AsyncSession,
    *,
    scope: Scope,
    grid_ids: Collection[int] | None = None,
    kind: SourceKind | None = None,
    state: SourceState | None = None,
    text: str | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of sources in the order they were registered in."""
    statement = (
        select(Source, Grid.code, Grid.name)
        .join(Grid, Grid.id == Source.grid_id)
        .where(
            *_chosen(scope, grid_ids, kind, state, text),
            Source.id > (decode_cursor(cursor, top=INTEGER_MAX) or 0),
        )
        .order_by(Source.id)
        .limit(limit + 1)
    )
    rows = [_source(*row) for row in await session.execute(statement)]
    return page(rows, limit)


async def counts(session: AsyncSession, *, scope: Scope, grid_ids: Collection[int] | None) -> dict[str, int]:
    """How many sources work, by kind."""
    statement = (
        select(Source.kind, func.count().label("number"))
        .where(*_chosen(scope, grid_ids, None, SourceState.ACTIVE, None))
        .group_by(Source.kind)
    )
    return {row.kind: row.number for row in await session.execute(statement)}


async def source_document(session: AsyncSession, code: str, *, scope: Scope, now: datetime) -> dict[str, Any]:
    """The whole file of a source with its documents and versions; raises NotFound outside the scope."""
    row = (
        await session.execute(
            select(Source, Grid.code, Grid.name)
            .join(Grid, Grid.id == Source.grid_id)
            .where(Source.code == code, scope.where(Source.grid_id))
        )
    ).first()
    if row is None:
        raise NotFound(f"no source {code}")
    found = _source(*row)
    today = now.astimezone(BEIJING).date()
    found["permit_stands"] = _validity(row[0].permit_until, today)
    found["documents"] = await _documents(session, found["id"], today)
    found["versions"] = await _versions(session, found["id"])
    return found


def _validity(until: date | None, today: date) -> str:
    """open, valid, soon or over."""
    if until is None:
        return "open"
    if until < today:
        return "over"
    return "soon" if (until - today).days <= SOON_DAYS else "valid"


async def _documents(session: AsyncSession, source_id: int, today: date) -> list[dict[str, Any]]:
    added, withdrew = aliased(Person), aliased(Person)
    statement = (
        select(
            SourceDocument, added.name, withdrew.name, Evidence.filename, Evidence.media_type, Evidence.size
        )
        .join(added, added.id == SourceDocument.added_by)
        .outerjoin(withdrew, withdrew.id == SourceDocument.withdrawn_by)
        .outerjoin(Evidence, Evidence.id == SourceDocument.evidence_id)
        .where(SourceDocument.source_id == source_id)
        .order_by(SourceDocument.withdrawn_at.isnot(None), SourceDocument.kind, SourceDocument.dated.desc())
        .limit(DOCUMENTS)
    )
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "number": row.number,
            "dated": row.dated.isoformat(),
            "valid_until": None if row.valid_until is None else row.valid_until.isoformat(),
            "stands": _validity(row.valid_until, today),
            "evidence": None
            if row.evidence_id is None
            else {"id": str(row.evidence_id), "filename": filename, "media_type": media_type, "size": size},
            "added_by": by,
            "added_at": instant(row.added_at),
            "withdrawn_at": instant(row.withdrawn_at),
            "withdrawn_by": gone_by,
            "withdrawn_why": row.withdrawn_why,
        }
        for row, by, gone_by, filename, media_type, size in await session.execute(statement)
    ]


async def _versions(session: AsyncSession, source_id: int) -> list[dict[str, Any]]:
    """The newest first, each with what it changed of the one before."""
    statement = (
        select(SourceVersion, Person.name)
        .outerjoin(Person, Person.id == SourceVersion.changed_by)
        .where(SourceVersion.source_id == source_id)
        .order_by(SourceVersion.version.desc())
        .limit(VERSIONS + 1)
    )
    rows = (await session.execute(statement)).all()
    found = []
    for place, (row, name) in enumerate(rows[:VERSIONS]):
        before = rows[place + 1][0].body if place + 1 < len(rows) else {}
        found.append(
            {
                "version": row.version,
                "changed_at": instant(row.changed_at),
                "changed_by": name,
                "why": row.why,
                "state": row.body["state"],
                "fields": sorted(key for key in row.body if before and row.body[key] != before.get(key)),
            }
        )
    return found


async def sweep_board(
    session: AsyncSession,
    *,
    units: Sequence[GridInfo],
    quarter: date,
    now: datetime,
) -> list[dict[str, Any]]:
    """How each of these counties and parks stands with a quarter's sweep, begun or not."""
    rows = await session.scalars(
        select(SourceSweep).where(
            SourceSweep.quarter == quarter, SourceSweep.grid_id.in_([unit.id for unit in units])
        )
    )
    begun = {row.grid_id: row for row in rows}
    return [await _stands(session, unit, begun.get(unit.id), quarter, now) for unit in units]


async def _stands(
    session: AsyncSession, unit: GridInfo, row: SourceSweep | None, quarter: date, now: datetime
) -> dict[str, Any]:
    today = now.astimezone(BEIJING).date()
    due = last_of_quarter(quarter) if row is None else row.due_on
    finished = None if row is None or row.finished_at is None else row.finished_at.astimezone(BEIJING).date()
    met = Coverage((), (), (), ()) if row is None else await sweeps.met_by(session, row)
    return {
        "id": None if row is None else row.id,
        "grid": unit.code,
        "grid_name": unit.name,
        "quarter": name_of_quarter(quarter),
        "due_on": due.isoformat(),
        "standing": standing(due_on=due, begun=row is not None, finished_on=finished, today=today).value,
        "seen": len(met.seen),
        "new": len(met.new),
        "gone": len(met.gone),
        "missing": len(met.missing),
        "finished_at": None if row is None else instant(row.finished_at),
        "note": None if row is None else row.note,
    }


async def sweep_document(
    session: AsyncSession, sweep_id: int, *, scope: Scope, directory: Directory, now: datetime
) -> dict[str, Any]:
    """A sweep with what was found of each source the caller sees, and those that nobody has met."""
    row = await session.get(SourceSweep, sweep_id)
    unit = None if row is None else directory.grid(row.grid_id)
    below = frozenset() if row is None else directory.subtree(row.grid_id)
    if row is None or unit is None or (scope.grid_ids is not None and not scope.grid_ids & below):
        raise NotFound(f"no sweep {sweep_id}")
    found = await _stands(session, unit, row, row.quarter, now)
    met = await sweeps.met_by(session, row)
    entries = (
        select(SweepEntry, Source.code, Source.name, Person.name)
        .ext(distinct_on(SweepEntry.source_id))
        .join(Source, Source.id == SweepEntry.source_id)
        .join(Person, Person.id == SweepEntry.found_by)
        .where(SweepEntry.sweep_id == sweep_id, scope.where(Source.grid_id))
        .order_by(SweepEntry.source_id, SweepEntry.id.desc())
    )
    found["entries"] = sorted(
        (
            {
                "source": code, "name": name, "found": entry.found, "note": entry.note, "by": by,
                "at": instant(entry.found_at),
            }
            for entry, code, name, by in await session.execute(entries)
        ),
        key=lambda one: one["source"],
    )  # fmt: skip
    missing = (
        select(Source.code, Source.name, Source.kind, Grid.code, Grid.name)
        .join(Grid, Grid.id == Source.grid_id)
        .where(Source.code.in_(met.missing), scope.where(Source.grid_id))
        .order_by(Grid.code, Source.code)
    )
    found["missing_sources"] = [
        {"source": code, "name": name, "kind": kind, "grid": grid, "grid_name": grid_name}
        for code, name, kind, grid, grid_name in await session.execute(missing)
    ]
    return found


async def list_key_lists(
    session: AsyncSession,
    *,
    scope: Scope,
    grid_ids: Collection[int] | None,
    year: int | None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """The lists of the counties the caller sees, the newest of each first; what is on them is in the document."""
    signed, proposed = aliased(Person), aliased(Person)
    statement = (
        select(KeySourceList, Grid.code, Grid.name, proposed.name, signed.name)
        .join(Grid, Grid.id == KeySourceList.grid_id)
        .join(proposed, proposed.id == KeySourceList.proposed_by)
        .outerjoin(signed, signed.id == KeySourceList.signed_by)
        .where(scope.where(KeySourceList.grid_id))
        .order_by(KeySourceList.year.desc(), Grid.code, KeySourceList.version.desc())
        .limit(limit)
    )
    if grid_ids is not None:
        statement = statement.where(KeySourceList.grid_id.in_(sorted(grid_ids)))
    if year is not None:
        statement = statement.where(KeySourceList.year == year)
    return [_key_list(*row) for row in await session.execute(statement)]


async def drew_up(session: AsyncSession, list_id: int) -> int | None:
    """The person who drew a list up."""
    return await session.scalar(select(KeySourceList.proposed_by).where(KeySourceList.id == list_id))


async def key_list_document(session: AsyncSession, list_id: int, *, scope: Scope) -> dict[str, Any]:
    """One list with its criteria and every entry's reasons; raises NotFound outside the scope."""
    signed, proposed = aliased(Person), aliased(Person)
    statement = (
        select(KeySourceList, Grid.code, Grid.name, proposed.name, signed.name)
        .join(Grid, Grid.id == KeySourceList.grid_id)
        .join(proposed, proposed.id == KeySourceList.proposed_by)
        .outerjoin(signed, signed.id == KeySourceList.signed_by)
        .where(KeySourceList.id == list_id, scope.where(KeySourceList.grid_id))
    )
    row = (await session.execute(statement)).first()
    if row is None:
        raise NotFound(f"no list {list_id}")
    body = json.loads(row[0].body)
    return _key_list(*row) | {
        "criteria": body["criteria"],
        "known": len(body["sources"]),
        "named": body["entries"],
        "left_out": body["left_out"],
    }


async def key_codes(session: AsyncSession, grid_ids: Collection[int], year: int) -> set[str]:
    """The codes of the sources on the lists in force of these grids."""
    statement = select(KeySourceList.body).where(
        KeySourceList.grid_id.in_(sorted(grid_ids)),
        KeySourceList.year == year,
        KeySourceList.state == KeyListState.SIGNED.value,
    )
    return {one["code"] for body in await session.scalars(statement) for one in json.loads(body)["entries"]}


def _key_list(
    row: KeySourceList, grid: str, grid_name: str, proposed_by: str, signed_by: str | None
) -> dict[str, Any]:
    return {
        "id": row.id,
        "grid": grid,
        "grid_name": grid_name,
        "year": row.year,
        "version": row.version,
        "state": row.state,
        "entries": len(json.loads(row.body)["entries"]),
        "sha256": row.digest.hex(),
        "why": row.why,
        "proposed_by": proposed_by,
        "proposed_at": instant(row.proposed_at),
        "signed_by": signed_by,
        "signed_at": instant(row.signed_at),
    }


def this_quarter(now: datetime) -> date:
    return quarter_of(now.astimezone(BEIJING).date())
