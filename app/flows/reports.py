"""Reports from below: from the person on the spot to the clocks of those who have to judge them."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.permissions import COORDINATORS, FIELD, GIVERS, permit_role
from app.auth.scope import Caller
from app.flows.going_out import going_out
from app.flows.tasks import actor_of, start_of
from app.pipeline import Pipeline
from app.registry.directory import Directory
from dispatch.reports import service as reports
from dispatch.reports.decisions import Decision, Merge
from dispatch.reports.service import Draft, ReportRow, Triaged
from models.clock import Clock
from models.enums import ClockKind, SubjectAct
from models.errors import Forbidden, NotFound
from models.facts import Fact
from sla import fair
from sla import service as sla
from sla.policy import Policy
from sla.service import Start


async def file(
    pipeline: Pipeline, session: AsyncSession, draft: Draft, *, caller: Caller, clock: Clock
) -> int:
    """Somebody of a township or village reports a problem; gives the report's id."""
    permit_filing(caller, draft.grid_id, pipeline.directory)
    now = clock.now()
    report, facts = await reports.file(session, draft, by=actor_of(caller), now=now)
    await sla.start_for(session, [_waits(report)], policy=await sla.in_force(session), now=now)
    await pipeline.told(session, facts, now=now)
    return report.id


async def forward(
    pipeline: Pipeline,
    session: AsyncSession,
    report_id: int,
    reason: str | None,
    *,
    caller: Caller,
    clock: Clock,
) -> None:
    """A township hands its village's report onward."""
    report = await _held(session, report_id, caller, pipeline.directory)
    now = clock.now()
    done = await reports.forward(session, report, reason=reason, by=actor_of(caller), now=now)
    await _told(pipeline, session, done, clock_of=done.report, now=now)


async def solve(
    pipeline: Pipeline,
    session: AsyncSession,
    report_id: int,
    measures: str,
    evidence: Sequence[uuid.UUID],
    *,
    caller: Caller,
    clock: Clock,
) -> None:
    """A township has dealt with its village's report itself."""
    report = await _held(session, report_id, caller, pipeline.directory)
    now = clock.now()
    done = await reports.solve(
        session, report, measures=measures, evidence=evidence, by=actor_of(caller), now=now
    )
    await _told(pipeline, session, done, clock_of=None, now=now)


async def triage(
    pipeline: Pipeline,
    session: AsyncSession,
    report_id: int,
    decision: Decision,
    *,
    caller: Caller,
    clock: Clock,
) -> None:
    """The county, or the prefecture for what was referred to it, decides about a report."""
    if isinstance(decision, Merge):
        await _see_target(session, report_id, decision, caller)
    report = await _held(session, report_id, caller, pipeline.directory)
    now = clock.now()
    policy = await sla.in_force(session)
    done = await reports.triage(
        session,
        report,
        decision,
        by=actor_of(caller),
        policy_version=policy.version,
        now=now,
    )
    further = done.report if not done.report.state.final else None
    await _told(pipeline, session, done, clock_of=further, now=now, policy=policy)


async def _told(
    pipeline: Pipeline,
    session: AsyncSession,
    done: Triaged,
    *,
    clock_of: ReportRow | None,
    now: datetime,
    policy: Policy | None = None,
) -> None:
    """Stops the clock of the grid where the report waited, starts what comes after, and tells.

    `policy` is the one an order was dispatched under here; without an order, what is in force.
    """
    policy = policy or await sla.in_force(session)
    effects: list[Fact] = [
        *await fair.answered(session, ClockKind.TRIAGE, done.report.id, SubjectAct.TRIAGE, now=now)
    ]
    starts = [] if clock_of is None else [_waits(clock_of)]
    if done.task is not None:
        starts.append(start_of(done.task))
    await sla.start_for(session, starts, policy=policy, now=now)
    beside: list[Fact] = []
    if done.order is not None:
        beside = await going_out(session, [done.order], policy=policy, now=now)
    await pipeline.told(session, [*effects, *done.facts, *beside], now=now)


def _waits(report: ReportRow) -> Start:
    """The clock of the grid where a report waits; each grid on its way has one of its own."""
    return Start(
        ClockKind.TRIAGE, report.at_grid_id, round=report.step, subject_id=report.id, label=report.number
    )


async def _held(session: AsyncSession, report_id: int, caller: Caller, directory: Directory) -> ReportRow:
    """The report, held, if the caller sees it and answers for the grid where it waits."""
    report = await reports.hold(session, report_id)
    if not caller.scope.sees(report.grid_id):
        raise NotFound(f"no report {report_id}")
    permit_judging(caller, report.at_grid_id, directory)
    return report


def permit_judging(caller: Caller, at_grid_id: int, directory: Directory) -> None:
    """Raises Forbidden unless the caller answers for the grid where a report waits."""
    at = directory.grid(at_grid_id)
    wanted = COORDINATORS if at is not None and at.level == 1 else GIVERS
    permit_role(caller, wanted, at_grid_id, directory, act="judging a report")


async def _see_target(session: AsyncSession, report_id: int, decision: Merge, caller: Caller) -> None:
    """Holds what a report is to be merged into, in the order of the ids; raises NotFound outside the scope."""
    if decision.report_id is not None:
        _, other = await reports.hold_both(session, report_id, decision.report_id)
        if not caller.scope.sees(other.grid_id):
            raise NotFound(f"no report {decision.report_id}")
    if decision.order_id is not None and not caller.scope.sees(
        await reports.order_grid(session, decision.order_id)
    ):
        raise NotFound(f"no order {decision.order_id}")


def permit_filing(caller: Caller, grid_id: int, directory: Directory) -> None:
    """Whoever is in the field of a township or village reports for it, or for a village below it."""
    if not caller.scope.sees(grid_id):
        raise NotFound("no such grid")
    if grid_id not in files_for(caller, directory):
        names = " or ".join(role.value for role in FIELD)
        raise Forbidden(f"reporting upward takes the role {names} in this township or village")


def files_for(caller: Caller, directory: Directory) -> frozenset[int]:
    """The townships and villages for which the caller may report."""
    found: set[int] = set()
    for role, own in caller.duties:
        grid = directory.grid(own)
        if role in FIELD and grid is not None and grid.level >= 3:
            found |= directory.subtree(own)
    return frozenset(found)


def judges_at(caller: Caller, directory: Directory) -> frozenset[int]:
    """Of the grids that the caller has a duty in, those where a report waits for the caller."""
    found = set()
    for _, own in caller.duties:
        grid = directory.grid(own)
        # From a village everything goes upward; nothing comes to it.
        if grid is None or grid.level > 3:
            continue
        try:
            permit_judging(caller, own, directory)
        except Forbidden:
            continue
        found.add(own)
    return frozenset(found)
