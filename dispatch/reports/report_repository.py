"""All SQL of reports from below."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.enums import OrderState, ProblemCategory, ReportAct, ReportState
from models.ids import GridId, OrderId, PersonId, ReportId
from models.order import Evidence, WorkOrder
from models.registry import Grid
from models.up_report import UpReport, UpReportCounter, UpReportStep

_At = aliased(Grid)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report as read or locked for an act."""

    id: ReportId
    number: str
    grid_id: GridId
    """Who reports."""
    grid_code: str
    at_grid_id: GridId
    """Where it waits."""
    at_grid_code: str
    state: ReportState
    step: int
    duplicate_of: ReportId | None = None


_REPORT = (
    select(UpReport, Grid.code, _At.code)
    .join(Grid, Grid.id == UpReport.grid_id)
    .join(_At, _At.id == UpReport.at_grid_id)
    .execution_options(populate_existing=True)
)
# Not against keys: evidence and tasks that refer to the report may be written meanwhile.
_LOCKED = _REPORT.with_for_update(of=UpReport, key_share=True)


def _row(row: Any) -> ReportRow:
    r: UpReport = row[0]
    return ReportRow(
        ReportId(r.id), r.number, GridId(r.grid_id), row[1], GridId(r.at_grid_id), row[2], ReportState(r.state),
        r.step, None if r.duplicate_of is None else ReportId(r.duplicate_of),
    )  # fmt: skip


async def find(session: AsyncSession, report_id: ReportId) -> ReportRow | None:
    """The report as it stands, not held."""
    row = (await session.execute(_REPORT.where(UpReport.id == report_id))).first()
    return None if row is None else _row(row)


async def lock(session: AsyncSession, report_id: ReportId) -> ReportRow | None:
    """The report, held until the transaction ends: it is judged once."""
    row = (await session.execute(_LOCKED.where(UpReport.id == report_id))).first()
    return None if row is None else _row(row)


async def next_number(session: AsyncSession, year: int, grid_id: GridId) -> int:
    """Reserves the next number of a level-2 grid and year."""
    statement = pg_insert(UpReportCounter).values(year=year, grid_id=grid_id, last=1)
    statement = statement.on_conflict_do_update(
        index_elements=["year", "grid_id"], set_={"last": UpReportCounter.last + 1}
    )
    last = (await session.execute(statement.returning(UpReportCounter.last))).scalar_one()
    return int(last)


async def add(session: AsyncSession, **values: Any) -> ReportId:
    made = (await session.execute(insert(UpReport).values(**values).returning(UpReport.id))).scalar_one()
    return ReportId(made)


async def save(session: AsyncSession, report_id: ReportId, **changed: Any) -> None:
    await session.execute(update(UpReport).where(UpReport.id == report_id).values(**changed))


async def add_step(
    session: AsyncSession, report: ReportRow, act: ReportAct, reason: str | None, by: PersonId, now: datetime
) -> None:
    await session.execute(
        insert(UpReportStep).values(
            report_id=report.id, step=report.step, grid_id=report.at_grid_id, act=act.value, reason=reason,
            person_id=by, acted_at=now,
        )
    )  # fmt: skip


async def take_evidence(
    session: AsyncSession, ids: Sequence[uuid.UUID], *, report_id: ReportId, person_id: PersonId
) -> int:
    """Ties uploads of this person to the report for good; gives how many could be."""
    taken = await session.execute(
        update(Evidence)
        .where(
            Evidence.id.in_(ids),
            Evidence.order_id.is_(None),
            Evidence.report_id.is_(None),
            Evidence.uploaded_by == person_id,
        )
        .values(report_id=report_id, used_for="up_report")
        .returning(Evidence.id)
    )
    return len(taken.all())


async def of_visit(session: AsyncSession, visit_id: int) -> ReportId | None:
    """The report that came with a check-in."""
    found = await session.scalar(select(UpReport.id).where(UpReport.visit_id == visit_id))
    return None if found is None else ReportId(found)


async def words(session: AsyncSession, report_id: ReportId) -> tuple[ProblemCategory, str]:
    """What a report says: its category and its text."""
    row = (
        await session.execute(select(UpReport.category, UpReport.text).where(UpReport.id == report_id))
    ).one()
    return ProblemCategory(row[0]), row[1]


async def order_state(session: AsyncSession, order_id: OrderId) -> tuple[GridId, str, OrderState] | None:
    """Grid, number and state of an order; not held."""
    row = (
        await session.execute(
            select(WorkOrder.grid_id, WorkOrder.number, WorkOrder.state).where(WorkOrder.id == order_id)
        )
    ).first()
    return None if row is None else (GridId(row[0]), row[1], OrderState(row[2]))


async def set_origin(session: AsyncSession, order_id: OrderId, report_id: ReportId) -> None:
    """Says of a new order which report it came of."""
    await session.execute(
        update(WorkOrder).where(WorkOrder.id == order_id).values(origin_report_id=report_id)
    )
