"""Takes reports from below and carries out what is decided about them, inside the caller's transaction.

A report is held while it is judged, and so judged once; returns facts.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import repository, unit_repository
from dispatch.actor import Actor
from dispatch.categories import OF_PROBLEM
from dispatch.reports import report_repository
from dispatch.reports.decisions import AsOrder, AsTask, Decision, Dismiss, Merge, Refer
from dispatch.reports.lifecycle import CATEGORY_NAMES, check_found, first_state, following
from dispatch.reports.report_repository import ReportRow as ReportRow
from dispatch.service import Wanted, dispatch_by_hand
from dispatch.tasks import service as tasks
from dispatch.tasks import task_repository
from dispatch.tasks.service import TaskRow
from models.clock import BEIJING
from models.enums import (
    EventKind,
    OrderState,
    ProblemCategory,
    ProblemOrigin,
    ReportAct,
    ReportState,
    Role,
)
from models.errors import Invalid, NotFound
from models.facts import Fact, OrderDispatched, Told
from models.ids import GridId, OrderId, ReportId

COLLECTING = frozenset({Role.SUPERVISOR, Role.CHIEF})
"""Who of a township can hand its villages' reports onward."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A problem as the person on the spot tells it."""

    grid_id: GridId
    origin: ProblemOrigin
    category: ProblemCategory
    text: str
    lon: float
    lat: float
    accuracy_m: float | None = None
    place: str | None = None
    source_id: int | None = None
    found_at: datetime | None = None
    evidence: tuple[uuid.UUID, ...] = ()
    visit_id: int | None = None
    """The check-in of a patrol that it comes with."""


@dataclass(frozen=True, slots=True)
class Triaged:
    """What a decision has made, beside facts: an order or a task whose clock is to be started, or a further step."""

    report: ReportRow
    facts: list[Fact]
    order: OrderDispatched | None = None
    task: TaskRow | None = None


async def hold(session: AsyncSession, report_id: int) -> ReportRow:
    """The report, held until the transaction ends; raises NotFound."""
    report = await report_repository.lock(session, ReportId(report_id))
    if report is None:
        raise NotFound(f"no report {report_id}")
    return report


async def hold_both(session: AsyncSession, report_id: int, other: int) -> tuple[ReportRow, ReportRow]:
    """Two reports, held in the order of their ids; raises NotFound."""
    held = {id_: await hold(session, id_) for id_ in sorted({report_id, other})}
    return held[report_id], held[other]


async def of_visit(session: AsyncSession, visit_id: int) -> ReportId | None:
    """The report that came with a check-in of a patrol, if one did."""
    return await report_repository.of_visit(session, visit_id)


async def order_grid(session: AsyncSession, order_id: OrderId) -> GridId:
    """The grid of an order; raises NotFound."""
    found = await report_repository.order_state(session, order_id)
    if found is None:
        raise NotFound(f"no order {order_id}")
    return found[0]


async def file(
    session: AsyncSession, draft: Draft, *, by: Actor, now: datetime
) -> tuple[ReportRow, list[Fact]]:
    """A new report, numbered; it waits at the township, or at the county or park."""
    line = await task_repository.line(session, draft.grid_id)
    found_at = draft.found_at or now
    check_found(found_at, now)
    above = line[1] if len(line) > 1 else line[0]
    duties = await repository.duties(session, [above.id], now)
    state = first_state(line[0].level, any(duty.role in COLLECTING for duty in duties))
    county = next(place for place in line if place.level == 2)
    at = above if state is ReportState.COLLECTED else county
    year = now.astimezone(BEIJING).year
    number = await report_repository.next_number(session, year, county.id)
    numbered = f"UP-{year}-{county.code}-{number:06d}"
    made = await report_repository.add(
        session, number=numbered, grid_id=draft.grid_id, at_grid_id=at.id, state=state.value,
        origin=draft.origin.value, category=draft.category.value, text=draft.text, place=draft.place,
        lon=draft.lon, lat=draft.lat, accuracy_m=draft.accuracy_m, source_id=draft.source_id,
        visit_id=draft.visit_id, found_at=found_at, filed_at=now, person_id=by.id,
    )  # fmt: skip
    await _evidence(session, draft.evidence, made, by)
    report = ReportRow(made, numbered, draft.grid_id, line[0].code, at.id, at.code, state, 1)
    said: dict[str, Any] = {
        "category": draft.category.value, "text": draft.text, "evidence": len(set(draft.evidence))
    }  # fmt: skip
    if draft.visit_id is not None:
        said["visit"] = draft.visit_id
    return report, [told(EventKind.REPORT_FILED, report, now, by, **said)]


async def forward(
    session: AsyncSession, report: ReportRow, *, reason: str | None, by: Actor, now: datetime
) -> Triaged:
    """A township hands a held report of its village onward to the county or park."""
    moved = await _pass(session, report, ReportAct.FORWARD, 2, reason, by, now)
    return Triaged(moved, [told(EventKind.REPORT_FORWARDED, moved, now, by, reason=reason)])


async def solve(
    session: AsyncSession,
    report: ReportRow,
    *,
    measures: str,
    evidence: Sequence[uuid.UUID],
    by: Actor,
    now: datetime,
) -> Triaged:
    """A township has dealt with what its village reported, and says how."""
    after = following(report.state, ReportAct.SOLVE)
    await _evidence(session, evidence, report.id, by)
    done = await _close(session, report, ReportAct.SOLVE, after, measures, by, now)
    said = {"measures": measures, "evidence": len(set(evidence))}
    return Triaged(done, [told(EventKind.REPORT_SOLVED, done, now, by, **said)])


async def triage(
    session: AsyncSession,
    report: ReportRow,
    decision: Decision,
    *,
    by: Actor,
    policy_version: int,
    now: datetime,
) -> Triaged:
    """Carries out what the county or the prefecture decides about a held report."""
    after = following(report.state, decision.act)
    match decision:
        case AsOrder():
            return await _as_order(session, report, decision, after, by, policy_version, now)
        case AsTask():
            done = await _close(session, report, decision.act, after, decision.handed.text, by, now)
            task, handed = await tasks.hand_back(
                session, report.id, report.number, report.at_grid_id, decision.handed, by=by, now=now
            )
            return Triaged(done, [_triaged(done, decision.act, now, by, task=task.id), handed], task=task)
        case Merge():
            into = await _merged_into(session, report, decision)
            done = await _close(session, report, decision.act, after, decision.reason, by, now, **into)
            said = {"reason": decision.reason} | into
            return Triaged(done, [_triaged(done, decision.act, now, by, **said)])
        case Dismiss():
            done = await _close(session, report, decision.act, after, decision.reason, by, now)
            return Triaged(done, [_triaged(done, decision.act, now, by, reason=decision.reason)])
        case Refer():
            moved = await _pass(session, report, decision.act, 1, decision.reason, by, now)
            return Triaged(moved, [told(EventKind.REPORT_REFERRED, moved, now, by, reason=decision.reason)])


def told(kind: EventKind, report: ReportRow, now: datetime, by: Actor, **detail: Any) -> Told:
    """The event of a report, heard by the grid that reports and by all above it."""
    said = {
        "report": report.id, "number": report.number, "state": report.state.value, "at": report.at_grid_code
    }  # fmt: skip
    return Told(kind, report.grid_id, report.grid_code, now, by.id, by.name, said | detail)


def _triaged(report: ReportRow, act: ReportAct, now: datetime, by: Actor, **detail: Any) -> Told:
    return told(EventKind.REPORT_TRIAGED, report, now, by, decision=act.value, **detail)


async def _as_order(
    session: AsyncSession,
    report: ReportRow,
    decision: AsOrder,
    after: ReportState,
    by: Actor,
    policy_version: int,
    now: datetime,
) -> Triaged:
    county = next(p for p in await task_repository.line(session, report.grid_id) if p.level == 2)
    grid_id = county.id if decision.grid_id is None else decision.grid_id
    if report.state is ReportState.FILED and grid_id != report.at_grid_id:
        raise Invalid(
            "a county gives orders to itself; refer to the prefecture what goes beyond it", field="grid"
        )
    category, text = await report_repository.words(session, report.id)
    reason = decision.reason or f"{CATEGORY_NAMES[category]}：{text}"
    routed = await unit_repository.first_known(session, OF_PROBLEM[category], grid_id, now)
    order = await dispatch_by_hand(
        session, Wanted(grid_id, None, None, None, decision.severity, reason, by.id, category=routed),
        policy_version=policy_version, now=now,
    )  # fmt: skip
    await report_repository.set_origin(session, order.order_id, report.id)
    done = await _close(session, report, decision.act, after, reason, by, now, order_id=order.order_id)
    said = {"order": order.order_id, "order_number": order.number}
    return Triaged(done, [_triaged(done, decision.act, now, by, **said), order], order=order)


async def _merged_into(session: AsyncSession, report: ReportRow, decision: Merge) -> dict[str, int]:
    """What the report is about the same as: the first of a chain of reports, or an order that is not withdrawn."""
    if (decision.report_id is None) == (decision.order_id is None):
        raise Invalid("a merge names a report or an order, and not both", field="decision")
    if decision.order_id is not None:
        found = await report_repository.order_state(session, decision.order_id)
        if found is None:
            raise NotFound(f"no order {decision.order_id}")
        if found[2] is OrderState.VOID:
            raise Invalid("the order was withdrawn: nothing can be merged into it", field="order_id")
        return {"order_id": decision.order_id}
    first = decision.report_id
    while first is not None:
        if first == report.id:
            raise Invalid("a report cannot be merged into itself", field="report_id")
        other = await report_repository.find(session, first)
        if other is None:
            raise NotFound(f"no report {first}")
        if other.duplicate_of is None:
            if other.state is ReportState.DISMISSED:
                raise Invalid("that report was dismissed: nothing can be merged into it", field="report_id")
            return {"duplicate_of": first}
        first = other.duplicate_of
    raise AssertionError  # the loop ends within


async def _pass(
    session: AsyncSession,
    report: ReportRow,
    act: ReportAct,
    level: int,
    reason: str | None,
    by: Actor,
    now: datetime,
) -> ReportRow:
    """The report goes on to the grid of a level above the one where it waits."""
    after = following(report.state, act)
    to = next(p for p in await task_repository.line(session, report.at_grid_id) if p.level == level)
    await report_repository.add_step(session, report, act, reason, by.id, now)
    await report_repository.save(
        session, report.id, state=after.value, at_grid_id=to.id, step=report.step + 1
    )
    return ReportRow(
        report.id, report.number, report.grid_id, report.grid_code, to.id, to.code, after, report.step + 1
    )


async def _close(
    session: AsyncSession,
    report: ReportRow,
    act: ReportAct,
    after: ReportState,
    reason: str | None,
    by: Actor,
    now: datetime,
    **changed: Any,
) -> ReportRow:
    await report_repository.add_step(session, report, act, reason, by.id, now)
    await report_repository.save(session, report.id, state=after.value, decided_at=now, **changed)
    return ReportRow(
        report.id, report.number, report.grid_id, report.grid_code, report.at_grid_id, report.at_grid_code,
        after, report.step,
    )  # fmt: skip


async def _evidence(session: AsyncSession, ids: Sequence[uuid.UUID], report_id: ReportId, by: Actor) -> None:
    unique = sorted(set(ids))
    if unique and await report_repository.take_evidence(
        session, unique, report_id=report_id, person_id=by.id
    ) != len(unique):
        raise Invalid(
            "some evidence is unknown, was uploaded by somebody else, or is used already", field="evidence"
        )
