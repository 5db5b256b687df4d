"""The SQL of public reports, their identities, the ledger and the policy."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.enums import FindingKind, PublicReportState, RewardState
from models.problem import Problem, ProblemFinding
from models.public_report import (
    PublicReport,
    PublicReportCounter,
    PublicReportPolicyRow,
    ReporterIdentity,
    ReportReward,
)

_LOCK = 0x7075_626C  # any number: one list of policies, one lock
_Head = aliased(PublicReport)
_Whole = aliased(Problem)


async def lock(session: AsyncSession, report_id: int) -> PublicReport | None:
    """The report, held until the transaction ends."""
    return await session.get(PublicReport, report_id, with_for_update=True, populate_existing=True)


async def find(session: AsyncSession, report_id: int) -> PublicReport:
    """A report that is there."""
    return (await session.execute(select(PublicReport).where(PublicReport.id == report_id))).scalar_one()


async def lock_tracked(session: AsyncSession, tracking: bytes) -> PublicReport | None:
    statement = select(PublicReport).where(PublicReport.tracking == tracking).with_for_update()
    return await session.scalar(statement.execution_options(populate_existing=True))


async def tracked(session: AsyncSession, tracking: bytes) -> PublicReport | None:
    return await session.scalar(select(PublicReport).where(PublicReport.tracking == tracking))


async def next_number(session: AsyncSession, year: int) -> str:
    """Without a gap: the row of the counter is held until the transaction ends."""
    row = insert(PublicReportCounter).values(year=year, last=1)
    last = await session.scalar(
        row.on_conflict_do_update(
            index_elements=["year"], set_={"last": PublicReportCounter.last + 1}
        ).returning(PublicReportCounter.last)
    )
    return f"PR-{year}-{last:06d}"


async def merged_into(session: AsyncSession, report_id: int) -> Sequence[PublicReport]:
    """The reports that are the same as this one, held."""
    statement = (
        select(PublicReport)
        .where(PublicReport.same_as == report_id)
        .order_by(PublicReport.id)
        .with_for_update()
    )
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def problem_of(session: AsyncSession, number: str) -> Problem | None:
    """The problem of this number, or the one that it was merged into."""
    found = await session.scalar(select(Problem).where(Problem.number == number))
    for _ in range(100):
        if found is None or found.merged_into is None:
            return found
        found = await session.get(Problem, found.merged_into)
    return None


async def add_finding(
    session: AsyncSession, report: PublicReport, problem_id: int, *, by: int, now: datetime
) -> int:
    """The report as a finding of the problem, once; gives the problem whose finding it is."""
    values = {
        "problem_id": problem_id,
        "kind": FindingKind.COMPLAINT.value,
        "ref": report.number,
        "found_at": report.received_at,
        "entered_by": by,
        "entered_at": now,
    }
    await session.execute(
        insert(ProblemFinding).values(values).on_conflict_do_nothing(index_elements=["kind", "ref"])
    )
    statement = select(ProblemFinding.problem_id).where(
        ProblemFinding.kind == values["kind"], ProblemFinding.ref == report.number
    )
    return (await session.execute(statement)).scalar_one()


async def told_again(session: AsyncSession, until: datetime) -> Sequence[Any]:
    """Reports that had come by then, of what was not solved by then, with what says whether it is.

    That is the problem they are linked to, else the answer of the report itself or of the one it was merged into.
    """
    problem_id = func.coalesce(_Whole.id, Problem.id)
    ended_at = func.coalesce(_Whole.ended_at, Problem.ended_at)
    solved = func.coalesce(_Head.solved, PublicReport.solved)
    answered_at = func.coalesce(_Head.answered_at, PublicReport.answered_at)
    over = or_(ended_at <= until, and_(problem_id.is_(None), solved, answered_at <= until))
    statement = (
        select(
            PublicReport.number,
            PublicReport.received_at,
            PublicReport.mark,
            PublicReport.state,
            func.coalesce(_Head.number, PublicReport.number).label("head"),
            func.coalesce(_Head.grid_id, PublicReport.grid_id).label("grid_id"),
            func.coalesce(_Head.state, PublicReport.state).label("head_state"),
            solved.label("solved"),
            answered_at.label("answered_at"),
            problem_id.label("problem_id"),
            func.coalesce(_Whole.number, Problem.number).label("problem"),
            func.coalesce(_Whole.grid_id, Problem.grid_id).label("problem_grid"),
            ended_at.label("ended_at"),
        )
        .outerjoin(_Head, _Head.id == PublicReport.same_as)
        .outerjoin(Problem, Problem.id == PublicReport.problem_id)
        .outerjoin(_Whole, _Whole.id == Problem.merged_into)
        .where(PublicReport.received_at <= until, over.is_not(True))
        .order_by(PublicReport.id)
    )
    return (await session.execute(statement)).all()


async def erasable(session: AsyncSession, before: datetime, limit: int) -> Sequence[PublicReport]:
    """Reports that ended before, with an identity or a mark, no reward under way and no open problem; held."""
    rewarded = exists().where(
        ReportReward.report_id == PublicReport.id,
        ReportReward.state.in_([RewardState.PROPOSED.value, RewardState.APPROVED.value]),
    )
    waiting = exists().where(Problem.id == PublicReport.problem_id, Problem.ended_at.is_(None))
    head_open = exists().where(
        _Head.id == PublicReport.same_as, or_(_Head.closed_at.is_(None), _Head.closed_at > before)
    )
    known = exists().where(ReporterIdentity.report_id == PublicReport.id)
    statement = (
        select(PublicReport)
        .where(
            PublicReport.closed_at <= before,
            or_(known, PublicReport.mark.is_not(None)),
            ~rewarded,
            ~waiting,
            ~head_open,
        )
        .order_by(PublicReport.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def erase(session: AsyncSession, report_ids: Sequence[int]) -> None:
    """Who sent these reports is not known to anybody any more."""
    await session.execute(delete(ReporterIdentity).where(ReporterIdentity.report_id.in_(report_ids)))
    await session.execute(update(PublicReport).where(PublicReport.id.in_(report_ids)).values(mark=None))


async def lock_reward(session: AsyncSession, reward_id: int) -> ReportReward | None:
    return await session.get(ReportReward, reward_id, with_for_update=True, populate_existing=True)


async def live_reward(session: AsyncSession, report_id: int) -> ReportReward | None:
    """The one that is not declined; called while the report is held."""
    return await session.scalar(
        select(ReportReward).where(
            ReportReward.report_id == report_id, ReportReward.state != RewardState.DECLINED.value
        )
    )


async def newest_policy(session: AsyncSession) -> PublicReportPolicyRow | None:
    statement = select(PublicReportPolicyRow).order_by(PublicReportPolicyRow.version.desc()).limit(1)
    return await session.scalar(statement)


async def hold_policies(session: AsyncSession) -> None:
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


OPEN = (PublicReportState.RECEIVED.value, PublicReportState.ACCEPTED.value)


async def open_of(
    session: AsyncSession, category: str, since: datetime, limit: int
) -> Sequence[PublicReport]:
    """Open reports of a category, the newest first."""
    statement = (
        select(PublicReport)
        .where(
            PublicReport.state.in_(OPEN),
            PublicReport.category == category,
            PublicReport.received_at >= since,
        )
        .order_by(PublicReport.id.desc())
        .limit(limit)
    )
    return (await session.scalars(statement)).all()
