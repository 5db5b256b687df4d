"""What is done with a public report: accepted, referred, rejected, answered, merged, linked, rated; never commits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.enums import PublicReportAct, PublicReportState
from models.errors import AlreadyPending, ForbiddenTransition, Invalid, NotFound
from models.public_report import (
    PublicReport,
    PublicReportStep,
)
from supervision.public_reports import report_repository as repository
from supervision.public_reports.lifecycle import after
from supervision.public_reports.reports import Moved, found_of, tracking_digest

_S, _A = PublicReportState, PublicReportAct


async def accept(session: AsyncSession, report_id: int, *, note: str | None, by: int, now: datetime) -> Moved:
    """The report is being handled 受理."""
    row = await _held(session, report_id, _A.ACCEPT)
    return await _step(session, row, _A.ACCEPT, by=by, now=now, note=note)


async def refer(
    session: AsyncSession, report_id: int, to: int | None, *, why: str, by: int, now: datetime
) -> Moved:
    """To another level-2 grid, or None, the prefecture's queue 转办; it waits there to be accepted."""
    row = await _held(session, report_id, _A.REFER)
    if row.grid_id == to:
        raise Invalid("the report is there already", field="grid")
    if row.problem_id is not None and to is not None:
        raise Invalid("it is linked to a problem of the grid where it is", field="grid")
    before, row.grid_id = row.grid_id, to
    return await _step(session, row, _A.REFER, by=by, now=now, note=why, from_grid=before, to_grid=to)


async def reject(session: AsyncSession, report_id: int, *, why: str, by: int, now: datetime) -> Moved:
    """Ends the report; the reason is what the reporter reads 不予受理."""
    row = await _held(session, report_id, _A.REJECT)
    row.answer, row.answered_by, row.answered_at, row.closed_at = why, by, now, now
    return await _step(session, row, _A.REJECT, by=by, now=now, note=why)


async def answer(
    session: AsyncSession, report_id: int, *, text: str, solved: bool, by: int, now: datetime
) -> Moved:
    """What the reporter is told 答复; one that left the problem unsolved may be followed by a later one."""
    row = await _held(session, report_id, _A.ANSWER)
    row.answer, row.solved, row.answered_by, row.answered_at = text, solved, by, now
    row.closed_at = row.closed_at or now
    return await _step(session, row, _A.ANSWER, by=by, now=now, note=text, solved=solved)


async def merge(
    session: AsyncSession, report_id: int, into: int, *, why: str | None, by: int, now: datetime
) -> Moved:
    """The same problem as another report, whose answer is its own from now on 并案.

    Raises Invalid for itself, for a report that was rejected, and for two that are linked to different problems.
    """
    if into == report_id:
        raise Invalid("a report is not merged into itself", field="report")
    # Two reports are held in the order of their ids.
    for held in sorted((report_id, into)):
        await repository.lock(session, held)
    head = await found_of(session, into)
    if head.same_as is not None:
        if head.same_as == report_id:
            raise Invalid("that report was merged into this one", field="report")
        head = await found_of(session, head.same_as)
    row = await _held(session, report_id, _A.MERGE)
    if head.state == _S.REJECTED.value:
        raise Invalid("that report was rejected", field="report")
    if row.problem_id is not None and head.problem_id is not None and row.problem_id != head.problem_id:
        raise Invalid("the two are linked to different problems", field="report")
    for one in await repository.merged_into(session, row.id):
        one.same_as = head.id
    row.same_as, row.closed_at = head.id, now
    problem_id = head.problem_id or row.problem_id
    moved = await _step(session, row, _A.MERGE, by=by, now=now, note=why, same_as=head.number)
    if problem_id is not None:
        await _link_all(session, head, problem_id, by=by, now=now)
    return moved


async def link(session: AsyncSession, report_id: int, problem: str, *, by: int, now: datetime) -> Moved:
    """The report, and those merged into it, are findings of a problem of the problem list, kind `complaint`.

    Raises NotFound for a number that no problem has, Invalid for a problem of another grid or a second problem.
    """
    row = await _held(session, report_id, _A.LINK)
    found = await repository.problem_of(session, problem)
    if found is None:
        raise NotFound(f"no problem {problem}")
    if row.grid_id is not None and found.grid_id != row.grid_id:
        raise Invalid("the problem is of another grid", field="problem")
    if row.problem_id is not None and row.problem_id != found.id:
        raise Invalid("the report is linked to a problem already", field="problem")
    await _link_all(session, row, found.id, by=by, now=now)
    return await _step(session, row, _A.LINK, by=by, now=now, note=found.number, problem=found.number)


async def rate(session: AsyncSession, tracking: str, stars: int, note: str | None, *, now: datetime) -> Moved:
    """How satisfied the reporter is, said once, after the answer; raises NotFound, Invalid, AlreadyPending."""
    row = await repository.lock_tracked(session, tracking_digest(tracking))
    if row is None:
        raise NotFound("no report has this tracking number")
    if not 1 <= stars <= 5:
        raise Invalid("a rating is 1 to 5", field="rating")
    head = row if row.same_as is None else await found_of(session, row.same_as)
    if head.answer is None:
        raise ForbiddenTransition("the report has no answer yet", state=row.state, act="rate")
    if row.rating is not None:
        raise AlreadyPending("the report has its rating already")
    row.rating, row.rating_note, row.rated_at = stars, note, now
    await session.flush()
    return Moved("rated", row.number, row.id, row.grid_id, None, {"rating": stars})


async def _held(session: AsyncSession, report_id: int, act: PublicReportAct) -> PublicReport:
    row = await repository.lock(session, report_id)
    if row is None:
        raise NotFound(f"no public report {report_id}")
    row_state = after(_S(row.state), act, solved=row.solved)
    row.state = row_state.value
    return row


async def _step(
    session: AsyncSession,
    row: PublicReport,
    act: PublicReportAct,
    *,
    by: int,
    now: datetime,
    note: str | None,
    from_grid: int | None = None,
    to_grid: int | None = None,
    **detail: Any,
) -> Moved:
    row.moved_at = now
    session.add(
        PublicReportStep(
            report_id=row.id,
            act=act.value,
            at=now,
            by=by,
            note=note,
            from_grid_id=from_grid,
            to_grid_id=to_grid,
        )
    )
    await session.flush()
    return Moved(act.value, row.number, row.id, row.grid_id, by, detail)


async def _link_all(
    session: AsyncSession, head: PublicReport, problem_id: int, *, by: int, now: datetime
) -> None:
    same: Sequence[PublicReport] = await repository.merged_into(session, head.id)
    for one in (head, *same):
        if await repository.add_finding(session, one, problem_id, by=by, now=now) != problem_id:
            raise Invalid(f"{one.number} is a finding of another problem already", field="problem")
        one.problem_id = problem_id
    await session.flush()
