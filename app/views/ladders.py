"""Proposals of the ladders as the API shows them: to the prefecture alone."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.act import LadderProposal, SupervisoryAct
from models.enums import LadderKind, ProposalState
from models.errors import NotFound
from models.registry import Grid, Person
from supervision.ladders.articles import quoted

State = Literal["open", "signed", "declined", "overtaken"]
_Earlier = aliased(LadderProposal)
_ROW = (
    select(
        LadderProposal,
        Grid.code.label("grid"),
        Grid.name.label("grid_name"),
        Person.name.label("decider"),
        SupervisoryAct.id.label("act"),
        SupervisoryAct.number.label("act_number"),
        SupervisoryAct.state.label("act_state"),
    )
    .join(Grid, Grid.id == LadderProposal.grid_id)
    .outerjoin(Person, Person.id == LadderProposal.decided_by)
    .outerjoin(SupervisoryAct, SupervisoryAct.proposal_id == LadderProposal.id)
)


async def list_proposals(
    session: AsyncSession,
    *,
    state: State | None = None,
    grid_ids: frozenset[int] | None = None,
    ladder: LadderKind | None = None,
    month: date | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the proposals that match every filter, the newest first."""
    statement = _ROW
    if state is not None:
        statement = statement.where(_in(state))
    if grid_ids is not None:
        statement = statement.where(LadderProposal.grid_id.in_(sorted(grid_ids)))
    if ladder is not None:
        statement = statement.where(LadderProposal.ladder == ladder.value)
    if month is not None:
        statement = statement.where(LadderProposal.month == month)
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(LadderProposal.id < last)
    rows = (await session.execute(statement.order_by(LadderProposal.id.desc()).limit(limit + 1))).all()
    return page(await _shown(session, rows), limit)


async def proposal_document(session: AsyncSession, proposal: int) -> dict[str, Any]:
    """One proposal; raises NotFound."""
    statement = _ROW.where(LadderProposal.id == proposal)
    row = (await session.execute(statement.execution_options(populate_existing=True))).one_or_none()
    if row is None:
        raise NotFound(f"no proposal {proposal}")
    (shown,) = await _shown(session, [row])
    return shown


def _in(state: State) -> ColumnElement[bool]:
    if state == "overtaken":
        return LadderProposal.overtaken_at.is_not(None)
    if state == "open":
        return and_(LadderProposal.state == ProposalState.OPEN.value, LadderProposal.overtaken_at.is_(None))
    return LadderProposal.state == state


async def _shown(session: AsyncSession, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[dict[str, Any]]:
    ids = [row.LadderProposal.id for row in rows]
    statement = (
        select(
            _Earlier.overtaken_by, _Earlier.id, SupervisoryAct.id.label("act"), SupervisoryAct.number,
            SupervisoryAct.state,
        )
        .outerjoin(SupervisoryAct, SupervisoryAct.proposal_id == _Earlier.id)
        .where(_Earlier.overtaken_by.in_(ids))
    )  # fmt: skip
    before = {row.overtaken_by: row for row in await session.execute(statement)}
    return [_proposal(row, before.get(row.LadderProposal.id)) for row in rows]


def _proposal(row: Row[*tuple[Any, ...]], before: Any) -> dict[str, Any]:
    one: LadderProposal = row.LadderProposal
    basis: dict[str, Any] = json.loads(one.basis)
    return {
        "id": one.id,
        "grid": row.grid,
        "grid_name": row.grid_name,
        "ladder": one.ladder,
        "month": f"{one.month:%Y-%m}",
        "subject": one.subject,
        "kind": one.kind,
        "by": one.by,
        "in_public": one.in_public,
        "article": one.article,
        "quotes": quotes(one.article),
        "basis": basis,
        "sha256": one.digest.hex(),
        "cautions": basis["cautions"],
        "proposed_at": instant(one.proposed_at),
        "state": one.state,
        "decided_by": row.decider,
        "decided_at": instant(one.decided_at),
        "decided_why": one.decided_why,
        "overtaken_at": instant(one.overtaken_at),
        "overtaken_by": one.overtaken_by,
        "replaces": None if before is None else {"id": before.id, "act": act(before.act, before.number, before.state)},
        "act": act(row.act, row.act_number, row.act_state),
    }  # fmt: skip


def act(id_: int | None, number: str | None, state: str | None) -> dict[str, Any] | None:
    """What leads to an act of the register."""
    return None if id_ is None else {"id": id_, "number": number, "state": state}


def quotes(article: str) -> list[dict[str, str]]:
    """The article word for word, and beside it what says the same differently."""
    return [{"place": one.place, "text": one.text} for one in quoted(article)]
