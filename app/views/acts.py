"""The register of acts as the API shows it: to a unit what was signed against it, to the prefecture all of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.scope import Scope
from app.papers.official import Document, from_json
from app.views.act_basis import months_of, newest_of, renewed
from app.views.ladders import quotes
from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.act import ActStepRow, LadderProposal, SupervisoryAct
from models.clock import BEIJING
from models.enums import ActKind, ActReport, ActState, ActStep, PaperState
from models.errors import NotFound
from models.issued import IssuedPaper
from models.registry import Grid, Person
from supervision.papers.papers import last_hand

_Proposer, _Decider = aliased(Person), aliased(Person)
_OUT = (PaperState.ISSUED.value, PaperState.SUPERSEDED.value)
_STATE = case(
    (
        and_(SupervisoryAct.state == ActState.SIGNED.value, IssuedPaper.state.in_(_OUT)),
        ActState.ISSUED.value,
    ),
    else_=SupervisoryAct.state,
)
# The last that was said is the unit's.
UNANSWERED = (
    select(ActStepRow.step == ActStep.OBJECT.value)
    .where(
        ActStepRow.act_id == SupervisoryAct.id,
        ActStepRow.step.in_([ActStep.OBJECT.value, ActStep.ANSWER.value]),
    )
    .order_by(ActStepRow.id.desc())
    .limit(1)
    .correlate(SupervisoryAct)
    .scalar_subquery()
)
_OWED = [one.value for one in ActReport if one.owed]
_ACT = (
    select(
        SupervisoryAct,
        _STATE.label("shown"),
        Grid.code.label("grid"),
        Grid.name.label("grid_name"),
        _Proposer.name.label("proposer"),
        _Decider.name.label("decider"),
        IssuedPaper.state.label("paper_state"),
        IssuedPaper.number.label("paper_number"),
        IssuedPaper.digest.label("paper_digest"),
        LadderProposal.ladder,
        LadderProposal.month,
        LadderProposal.overtaken_at,
        LadderProposal.basis,
        UNANSWERED.label("unanswered"),
    )
    .join(Grid, Grid.id == SupervisoryAct.grid_id)
    .outerjoin(_Proposer, _Proposer.id == SupervisoryAct.proposed_by)
    .outerjoin(_Decider, _Decider.id == SupervisoryAct.decided_by)
    .outerjoin(IssuedPaper, IssuedPaper.id == SupervisoryAct.paper_id)
    .outerjoin(LadderProposal, LadderProposal.id == SupervisoryAct.proposal_id)
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads. `prepares`: of the prefecture, and sees what nobody has signed yet."""

    scope: Scope
    prepares: bool

    def where(self) -> ColumnElement[bool]:
        seen = self.scope.where(SupervisoryAct.grid_id)
        return seen if self.prepares else and_(seen, SupervisoryAct.number.is_not(None))


@dataclass(frozen=True, slots=True)
class Chosen:
    """Filters of the register; every one that is there must hold."""

    state: ActState | None = None
    kind: ActKind | None = None
    grid_ids: frozenset[int] | None = None
    year: int | None = None
    overdue: bool = False
    not_by: int | None = None
    """Leaves out what this person entered."""


async def list_acts(
    session: AsyncSession,
    reader: Reader,
    chosen: Chosen,
    *,
    now: datetime,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the acts that the reader may see and that match, the newest first."""
    statement = _chosen(_ACT.where(reader.where()), chosen, now)
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(SupervisoryAct.id < last)
    rows = (await session.execute(statement.order_by(SupervisoryAct.id.desc()).limit(limit + 1))).all()
    newest = await newest_of(session, (months_of(row.basis) for row in rows))
    return page([_act(row, now, reader, newest) for row in rows], limit)


async def act_document(session: AsyncSession, act: int, reader: Reader, *, now: datetime) -> dict[str, Any]:
    """One act with its steps and what it rests on; raises NotFound for what the reader may not see as well."""
    statement = _ACT.where(SupervisoryAct.id == act, reader.where())
    row = (await session.execute(statement.execution_options(populate_existing=True))).one_or_none()
    if row is None:
        raise NotFound(f"no act {act}")
    steps = await session.execute(
        select(ActStepRow, Person.name)
        .join(Person, Person.id == ActStepRow.by)
        .where(ActStepRow.act_id == act)
        .order_by(ActStepRow.id)
    )
    hidden = () if reader.prepares else (ActStep.PROPOSE.value, ActStep.DRAFT.value)
    newest = await newest_of(session, [months_of(row.basis)])
    return _act(row, now, reader, newest) | {
        "quotes": quotes(row.SupervisoryAct.article),
        "basis": None if row.basis is None else json.loads(row.basis),
        "steps": [
            {"step": step.step, "at": instant(step.at), "by": name, "said": step.said}
            for step, name in steps
            if step.step not in hidden
        ],
    }


async def hands_of(session: AsyncSession, act: int) -> tuple[int | None, int | None]:
    """Who entered an act by hand, and who wrote its document last."""
    entered = await session.scalar(select(SupervisoryAct.proposed_by).where(SupervisoryAct.id == act))
    statement = select(IssuedPaper).join(SupervisoryAct, SupervisoryAct.paper_id == IssuedPaper.id)
    paper = await session.scalar(statement.where(SupervisoryAct.id == act))
    return entered, None if paper is None else last_hand(paper)


async def paper_of(session: AsyncSession, act: int, reader: Reader) -> tuple[Document, str | None, datetime]:
    """The document of an act, its number and when it was issued or last written; drafts to the prefecture alone.

    Raises NotFound where there is none to be seen.
    """
    statement = (
        select(IssuedPaper)
        .join(SupervisoryAct, SupervisoryAct.paper_id == IssuedPaper.id)
        .where(SupervisoryAct.id == act, reader.where())
    )
    row = (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()
    if row is None or (row.issued_at is None and not reader.prepares):
        raise NotFound(f"act {act} has no document")
    return from_json(row.snapshot), row.number, row.issued_at or row.edited_at or row.drafted_at


def _chosen(statement: Select[*tuple[Any, ...]], chosen: Chosen, now: datetime) -> Select[*tuple[Any, ...]]:
    if chosen.state is not None:
        statement = statement.where(_STATE.in_([chosen.state.value]))
    if chosen.kind is not None:
        statement = statement.where(SupervisoryAct.kind == chosen.kind.value)
    if chosen.grid_ids is not None:
        statement = statement.where(SupervisoryAct.grid_id.in_(sorted(chosen.grid_ids)))
    if chosen.year is not None:
        begin, end = (datetime(chosen.year + n, 1, 1, tzinfo=BEIJING) for n in (0, 1))
        at = or_(
            and_(SupervisoryAct.decided_at >= begin, SupervisoryAct.decided_at < end),
            and_(
                SupervisoryAct.decided_at.is_(None),
                SupervisoryAct.proposed_at >= begin,
                SupervisoryAct.proposed_at < end,
            ),
        )
        statement = statement.where(at)
    if chosen.not_by is not None:
        statement = statement.where(SupervisoryAct.proposed_by.is_distinct_from(chosen.not_by))
    if chosen.overdue:
        statement = statement.where(
            SupervisoryAct.state == ActState.HELD.value,
            or_(
                SupervisoryAct.follow_up_due < _today(now),
                and_(SupervisoryAct.report.in_(_OWED), SupervisoryAct.report_due < _today(now)),
            ),
        )
    return statement


def _act(
    row: Row[*tuple[Any, ...]], now: datetime, reader: Reader, newest: Mapping[str, int]
) -> dict[str, Any]:
    one: SupervisoryAct = row.SupervisoryAct
    out = row.paper_state in _OUT
    paper = None
    if row.paper_state is not None and (out or reader.prepares):
        paper = {"state": row.paper_state, "number": row.paper_number, "sha256": row.paper_digest.hex()}
    return {
        "id": one.id,
        "number": one.number,
        "grid": row.grid,
        "grid_name": row.grid_name,
        "kind": one.kind,
        "by": one.by,
        "in_public": one.in_public,
        "article": one.article,
        "ladder": row.ladder,
        "month": None if row.month is None else f"{row.month:%Y-%m}",
        "proposal": one.proposal_id if reader.prepares else None,
        "overtaken": row.overtaken_at is not None,
        "ground": one.ground,
        "document": one.document,
        "facts": one.facts,
        "period_from": one.period_from.isoformat(),
        "period_to": one.period_to.isoformat(),
        "proposed_by": row.proposer if reader.prepares else None,
        "proposed_at": instant(one.proposed_at),
        "decided_by": row.decider,
        "decided_at": instant(one.decided_at),
        "state": row.shown,
        "follow_up_due": None if one.follow_up_due is None else one.follow_up_due.isoformat(),
        "overdue": one.state == ActState.HELD.value
        and one.follow_up_due is not None
        and one.follow_up_due < _today(now),
        "paper": paper,
        "report": _report(one, now),
        "unanswered": bool(row.unanswered),
        "renewed": renewed(months_of(row.basis), newest),
    }


def _report(one: SupervisoryAct, now: datetime) -> dict[str, Any] | None:
    if one.report is None or one.report_due is None:
        return None
    owed = one.state == ActState.HELD.value and one.report in _OWED
    return {
        "state": one.report,
        "due": one.report_due.isoformat(),
        "overdue": owed and one.report_due < _today(now),
    }


def _today(now: datetime) -> date:
    return now.astimezone(BEIJING).date()
