"""Papers of the office as API and pages show them, each to whom it concerns."""

from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.paper_rights import kinds_read, of_prefecture
from app.auth.scope import Caller
from app.papers.official import from_json
from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.enums import PaperKind, PaperState
from models.errors import NotFound
from models.issued import IssuedPaper
from models.registry import Grid, Person

_Writer, _Editor, _Issuer = aliased(Person), aliased(Person), aliased(Person)
_PAPER = (
    select(
        IssuedPaper,
        Grid.code.label("grid"),
        Grid.name.label("grid_name"),
        _Writer.name.label("writer"),
        _Editor.name.label("editor"),
        _Issuer.name.label("issuer"),
    )
    .outerjoin(Grid, Grid.id == IssuedPaper.grid_id)
    # Nobody wrote a draft of the service.
    .outerjoin(_Writer, _Writer.id == IssuedPaper.drafted_by)
    .outerjoin(_Editor, _Editor.id == IssuedPaper.edited_by)
    .outerjoin(_Issuer, _Issuer.id == IssuedPaper.issued_by)
)
_OUT = (PaperState.ISSUED.value, PaperState.SUPERSEDED.value)


def readable(caller: Caller) -> ColumnElement[bool]:
    """The one condition on papers a caller may read."""
    if of_prefecture(caller):
        return true()
    everybody, own = kinds_read(caller)
    of_all = IssuedPaper.kind.in_(sorted(kind.value for kind in everybody)) if everybody else false()
    of_own = (
        and_(
            IssuedPaper.kind.in_(sorted(kind.value for kind in own)), caller.scope.where(IssuedPaper.grid_id)
        )
        if own
        else false()
    )
    return and_(IssuedPaper.state.in_(_OUT), or_(of_all, of_own))


def _shown(row: Any) -> dict[str, Any]:
    paper: IssuedPaper = row.IssuedPaper
    return {
        "id": paper.id,
        "kind": paper.kind,
        "title": from_json(paper.snapshot).title,
        "number": paper.number,
        "grid": row.grid,
        "grid_name": row.grid_name,
        "subject": paper.subject,
        "from": paper.period_from.isoformat(),
        "to": paper.period_to.isoformat(),
        "state": paper.state,
        "digest": paper.digest.hex(),
        "drafted_by": row.writer,
        "drafted_at": instant(paper.drafted_at),
        "edited_by": row.editor,
        "edited_at": instant(paper.edited_at),
        "issued_by": row.issuer,
        "issued_at": instant(paper.issued_at),
        "withdrawn_at": instant(paper.ended_at),
        "withdrawn_why": paper.ended_why,
    }


async def list_papers(
    session: AsyncSession,
    caller: Caller,
    *,
    kind: PaperKind | None = None,
    state: PaperState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """The newest drafted first, without what they say."""
    query = _PAPER.where(readable(caller)).order_by(IssuedPaper.id.desc()).limit(limit + 1)
    if kind is not None:
        query = query.where(IssuedPaper.kind == kind.value)
    if state is not None:
        query = query.where(IssuedPaper.state == state.value)
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        query = query.where(IssuedPaper.id < last)
    return page([_shown(row) for row in await session.execute(query)], limit)


async def paper_row(
    session: AsyncSession, paper_id: int, caller: Caller
) -> tuple[IssuedPaper, dict[str, Any]]:
    """A paper with what is told of it; raises NotFound for one the caller may not read."""
    row = (await session.execute(_PAPER.where(IssuedPaper.id == paper_id, readable(caller)))).one_or_none()
    if row is None:
        raise NotFound(f"no paper {paper_id}")
    return row.IssuedPaper, _shown(row)


async def around(session: AsyncSession, paper: IssuedPaper) -> tuple[IssuedPaper | None, IssuedPaper | None]:
    """The paper on the same subject that an issued one took the place of, and the one that took its own."""
    if paper.issued_at is None:
        return None, None
    same = select(IssuedPaper).where(
        IssuedPaper.kind == paper.kind,
        IssuedPaper.grid_id.is_not_distinct_from(paper.grid_id),
        IssuedPaper.subject.is_not_distinct_from(paper.subject),
        IssuedPaper.period_from == paper.period_from,
        IssuedPaper.state.in_(_OUT),
    )
    place, own = tuple_(IssuedPaper.issued_at, IssuedPaper.id), (paper.issued_at, paper.id)
    last = same.where(place < own).order_by(IssuedPaper.issued_at.desc(), IssuedPaper.id.desc()).limit(1)
    following = same.where(place > own).order_by(IssuedPaper.issued_at, IssuedPaper.id).limit(1)
    return (await session.scalars(last)).first(), (await session.scalars(following)).first()
