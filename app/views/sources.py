"""Sources as they are read: lists, the file of one, sweeps and key lists, within the caller's scope."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from airquality.period import BEIJING
from app.auth.scope import Scope
from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.enums import SourceKind, SourceState
from models.errors import NotFound
from models.order import Evidence
from models.registry import Grid, Person, Source
from models.source import SourceDocument, SourceVersion

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
