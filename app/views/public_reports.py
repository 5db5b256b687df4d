"""Public reports and rewards as those who handle them see them; who reported is in none of it."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.scope import Scope
from app.views.paging import decode_cursor, instant, page
from models.enums import ProblemCategory, PublicReportState, RewardState
from models.errors import NotFound
from models.problem import Problem
from models.public_report import (
    PublicReport,
    PublicReportPhoto,
    PublicReportPolicyRow,
    PublicReportStep,
    ReporterIdentity,
    ReportReward,
)
from models.registry import Grid, Person

_Same = aliased(PublicReport)
_To = aliased(Grid)
_Proposer, _Decider, _Payer = aliased(Person), aliased(Person), aliased(Person)
_REPORT = (
    select(
        PublicReport,
        Grid.code.label("grid"),
        Grid.name.label("grid_name"),
        _Same.number.label("same_as_number"),
        Problem.number.label("problem"),
        Person.name.label("answered_by_name"),
        ReporterIdentity.report_id.is_not(None).label("identity_kept"),
    )
    .outerjoin(Grid, Grid.id == PublicReport.grid_id)
    .outerjoin(_Same, _Same.id == PublicReport.same_as)
    .outerjoin(Problem, Problem.id == PublicReport.problem_id)
    .outerjoin(Person, Person.id == PublicReport.answered_by)
    .outerjoin(ReporterIdentity, ReporterIdentity.report_id == PublicReport.id)
    .execution_options(populate_existing=True)
)
_REWARD = (
    select(
        ReportReward,
        PublicReport.number,
        PublicReport.category,
        Grid.code.label("grid"),
        Grid.name.label("grid_name"),
        _Proposer.name.label("proposer"),
        _Decider.name.label("decider"),
        _Payer.name.label("payer"),
    )
    .join(PublicReport, PublicReport.id == ReportReward.report_id)
    .outerjoin(Grid, Grid.id == PublicReport.grid_id)
    .join(_Proposer, _Proposer.id == ReportReward.proposed_by)
    .outerjoin(_Decider, _Decider.id == ReportReward.decided_by)
    .outerjoin(_Payer, _Payer.id == ReportReward.paid_by)
    .execution_options(populate_existing=True)
)


async def list_public_reports(
    session: AsyncSession,
    *,
    scope: Scope,
    states: Sequence[PublicReportState] = (),
    category: ProblemCategory | None = None,
    grid_ids: Collection[int] | None = None,
    queue: bool = False,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the reports in the scope, the newest first; `queue`: only what no grid was found for."""
    statement = _REPORT.where(scope.where(PublicReport.grid_id))
    if states:
        statement = statement.where(PublicReport.state.in_([state.value for state in states]))
    if category is not None:
        statement = statement.where(PublicReport.category == category.value)
    if grid_ids is not None:
        statement = statement.where(PublicReport.grid_id.in_(sorted(grid_ids)))
    if queue:
        statement = statement.where(PublicReport.grid_id.is_(None))
    last = decode_cursor(cursor)
    if last is not None:
        statement = statement.where(PublicReport.id < last)
    rows = await session.execute(statement.order_by(PublicReport.id.desc()).limit(limit + 1))
    return page([report_values(row) for row in rows], limit)


async def public_report_document(session: AsyncSession, report_id: int, scope: Scope) -> dict[str, Any]:
    """One report with its pictures, its steps and what was merged into it; raises NotFound."""
    statement = _REPORT.where(PublicReport.id == report_id, scope.where(PublicReport.grid_id))
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound(f"no public report {report_id}")
    photos = select(PublicReportPhoto).where(PublicReportPhoto.report_id == report_id)
    steps = (
        select(PublicReportStep, Person.name, Grid.code.label("from_grid"), _To.code.label("to_grid"))
        .join(Person, Person.id == PublicReportStep.by)
        .outerjoin(Grid, Grid.id == PublicReportStep.from_grid_id)
        .outerjoin(_To, _To.id == PublicReportStep.to_grid_id)
        .where(PublicReportStep.report_id == report_id)
        .order_by(PublicReportStep.id)
    )
    same = (
        select(PublicReport.id, PublicReport.number)
        .where(PublicReport.same_as == report_id)
        .order_by(PublicReport.id)
    )
    return report_values(row) | {
        "photos": [
            {"place": one.place, "sha256": one.digest.hex(), "media_type": one.media_type, "size": one.size}
            for one in (await session.scalars(photos.order_by(PublicReportPhoto.place)))
        ],
        "steps": [_step(one) for one in await session.execute(steps)],
        "merged": [{"id": one.id, "number": one.number} for one in await session.execute(same)],
    }


async def readable(session: AsyncSession, ids: Collection[int], scope: Scope) -> set[int]:
    """Those of these reports that lie in the scope."""
    statement = select(PublicReport.id).where(
        PublicReport.id.in_(sorted(ids)), scope.where(PublicReport.grid_id)
    )
    return set(await session.scalars(statement))


async def id_of(session: AsyncSession, number: str, scope: Scope) -> int | None:
    """The id of a report in the scope by its number."""
    statement = select(PublicReport.id).where(
        PublicReport.number == number, scope.where(PublicReport.grid_id)
    )
    return await session.scalar(statement)


async def photo_of(session: AsyncSession, report_id: int, place: int, scope: Scope) -> PublicReportPhoto:
    """A picture of a report in the scope; raises NotFound."""
    statement = (
        select(PublicReportPhoto)
        .join(PublicReport, PublicReport.id == PublicReportPhoto.report_id)
        .where(
            PublicReportPhoto.report_id == report_id,
            PublicReportPhoto.place == place,
            scope.where(PublicReport.grid_id),
        )
    )
    found = await session.scalar(statement)
    if found is None:
        raise NotFound("no such picture")
    return found


async def list_policies(session: AsyncSession, *, limit: int = 50) -> list[dict[str, Any]]:
    """Versions of the rules, the newest first, with who made each and why."""
    statement = (
        select(PublicReportPolicyRow, Person.name)
        .join(Person, Person.id == PublicReportPolicyRow.made_by)
        .order_by(PublicReportPolicyRow.version.desc())
        .limit(limit)
    )
    return [
        {"version": row.version, "note": row.note, "made_by": name, "made_at": instant(row.made_at)}
        for row, name in await session.execute(statement)
    ]


async def list_rewards(
    session: AsyncSession,
    *,
    scope: Scope,
    states: Sequence[RewardState] = (),
    report_id: int | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the ledger in the scope, the newest first."""
    statement = _REWARD.where(scope.where(PublicReport.grid_id))
    if states:
        statement = statement.where(ReportReward.state.in_([state.value for state in states]))
    if report_id is not None:
        statement = statement.where(ReportReward.report_id == report_id)
    last = decode_cursor(cursor)
    if last is not None:
        statement = statement.where(ReportReward.id < last)
    rows = await session.execute(statement.order_by(ReportReward.id.desc()).limit(limit + 1))
    return page([_reward(row) for row in rows], limit)


async def reward_document(session: AsyncSession, reward_id: int, scope: Scope) -> dict[str, Any]:
    """One reward; raises NotFound."""
    statement = _REWARD.where(ReportReward.id == reward_id, scope.where(PublicReport.grid_id))
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound(f"no reward {reward_id}")
    return _reward(row)


def sent_requests(
    *,
    numbers: Sequence[str] | None,
    categories: Sequence[str] = (),
    states: Sequence[PublicReportState] = (),
    since: Any = None,
    until: Any = None,
) -> Select[*tuple[Any, ...]]:
    """Reports as Open311 lists them, the newest first; `numbers` go before every other filter."""
    statement = _REPORT.add_columns(_Same.answer.label("head_answer"), _Same.state.label("head_state"))
    if numbers is not None:
        return statement.where(PublicReport.number.in_(numbers)).order_by(PublicReport.id.desc())
    if categories:
        statement = statement.where(PublicReport.category.in_(categories))
    if states:
        # What was merged is open for as long as what it was merged into.
        values = [state.value for state in states]
        merged = PublicReport.state == PublicReportState.MERGED.value
        statement = statement.where(
            or_(~merged & PublicReport.state.in_(values), merged & _Same.state.in_(values))
        )
    if since is not None:
        statement = statement.where(PublicReport.received_at >= since)
    if until is not None:
        statement = statement.where(PublicReport.received_at <= until)
    return statement.order_by(PublicReport.id.desc())


def report_values(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    report: PublicReport = row.PublicReport
    return {
        "id": report.id,
        "number": report.number,
        "channel": report.channel,
        "state": report.state,
        "category": report.category,
        "text": report.text,
        "place": report.place,
        "lon": report.lon,
        "lat": report.lat,
        "media_url": report.media_url,
        "grid": row.grid,
        "grid_name": row.grid_name,
        "received_at": instant(report.received_at),
        "due_at": instant(report.due_at),
        "moved_at": instant(report.moved_at),
        "same_as": report.same_as,
        "same_as_number": row.same_as_number,
        "problem": row.problem,
        "answer": report.answer,
        "solved": report.solved,
        "answered_by": row.answered_by_name,
        "answered_at": instant(report.answered_at),
        "closed_at": instant(report.closed_at),
        "rating": report.rating,
        "rating_note": report.rating_note,
        "rated_at": instant(report.rated_at),
        "identity_kept": row.identity_kept,
    }


def _step(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    step: PublicReportStep = row.PublicReportStep
    return {
        "act": step.act,
        "at": instant(step.at),
        "by": row.name,
        "note": step.note,
        "from_grid": row.from_grid,
        "to_grid": row.to_grid,
    }


def _reward(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    reward: ReportReward = row.ReportReward
    return {
        "id": reward.id,
        "report": reward.report_id,
        "number": row.number,
        "category": row.category,
        "grid": row.grid,
        "grid_name": row.grid_name,
        "state": reward.state,
        "amount": str(reward.amount),
        "ground": reward.ground,
        "policy_version": reward.policy_version,
        "proposed_by": row.proposer,
        "proposed_at": instant(reward.proposed_at),
        "decided_by": row.decider,
        "decided_at": instant(reward.decided_at),
        "decided_why": reward.decided_why,
        "paid_by": row.payer,
        "paid_at": instant(reward.paid_at),
        "paid_on": reward.paid_on.isoformat() if reward.paid_on else None,
        "document": reward.document,
    }
