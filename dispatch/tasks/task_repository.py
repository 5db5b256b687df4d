"""All SQL of tasks handed down."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.tasks.lifecycle import Place
from models.bulk import fetch
from models.enums import TaskState
from models.ids import GridId, OrderId, PersonId, ReportId, TaskId
from models.order import Evidence, WorkOrder
from models.registry import Grid
from models.task import Task
from models.up_report import UpReport

UNFINISHED = (TaskState.HANDED.value, TaskState.TAKEN.value)
_LINE = """
WITH RECURSIVE line AS (
    SELECT id, code, level, parent_id FROM grid WHERE id = $1
    UNION ALL SELECT g.id, g.code, g.level, g.parent_id FROM grid g JOIN line ON g.id = line.parent_id
)
SELECT id, code, level FROM line ORDER BY level DESC
"""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as read or locked for an act; `number` is that of its order, or of its report from below."""

    id: TaskId
    order_id: OrderId | None
    report_id: ReportId | None
    number: str
    parent_task_id: TaskId | None
    grid_id: GridId
    grid_code: str
    from_grid_id: GridId
    state: TaskState
    due_at: datetime


_TASK: Select[*tuple[Any, ...]] = (
    select(Task, Grid.code, func.coalesce(WorkOrder.number, UpReport.number))
    .join(Grid, Grid.id == Task.grid_id)
    .outerjoin(WorkOrder, WorkOrder.id == Task.order_id)
    .outerjoin(UpReport, UpReport.id == Task.report_id)
    .execution_options(populate_existing=True)
)
# Not against keys: evidence that refers to the task may be written meanwhile.
_LOCKED = _TASK.with_for_update(of=Task, key_share=True)


def _row(row: Any) -> TaskRow:
    t: Task = row[0]
    return TaskRow(
        TaskId(t.id),
        None if t.order_id is None else OrderId(t.order_id),
        None if t.report_id is None else ReportId(t.report_id),
        row[2],
        None if t.parent_task_id is None else TaskId(t.parent_task_id),
        GridId(t.grid_id), row[1], GridId(t.from_grid_id), TaskState(t.state), t.due_at,
    )  # fmt: skip


async def line(session: AsyncSession, grid_id: GridId) -> list[Place]:
    """The grid and everything above it, nearest first."""
    return [Place(GridId(r[0]), r[1], r[2]) for r in await fetch(session, _LINE, grid_id)]


async def find(session: AsyncSession, task_id: TaskId) -> TaskRow | None:
    """The task, without a lock: what never changes of it can be relied upon."""
    row = (await session.execute(_TASK.where(Task.id == task_id))).first()
    return None if row is None else _row(row)


async def lock(session: AsyncSession, task_id: TaskId) -> TaskRow:
    """The task, held until the transaction ends. Its order is held before it."""
    return _row((await session.execute(_LOCKED.where(Task.id == task_id))).one())


async def unfinished(
    session: AsyncSession, *, order_id: OrderId | None = None, parent: TaskId | None = None
) -> list[TaskRow]:
    """What is neither done nor taken back of an order, or of a township's task; held, in the order of the ids."""
    statement = _LOCKED.where(Task.state.in_(UNFINISHED)).order_by(Task.id)
    if order_id is not None:
        statement = statement.where(Task.order_id == order_id)
    if parent is not None:
        statement = statement.where(Task.parent_task_id == parent)
    return [_row(row) for row in await session.execute(statement)]


async def unfinished_ids(session: AsyncSession, order_id: OrderId) -> list[TaskId]:
    """The tasks of an order that are neither done nor taken back."""
    rows = await session.scalars(
        select(Task.id).where(Task.order_id == order_id, Task.state.in_(UNFINISHED)).order_by(Task.id)
    )
    return [TaskId(id_) for id_ in rows]


async def add(session: AsyncSession, **values: Any) -> TaskId:
    made = (await session.execute(insert(Task).values(**values).returning(Task.id))).scalar_one()
    return TaskId(made)


async def save(session: AsyncSession, task_id: TaskId, **changed: Any) -> None:
    await session.execute(update(Task).where(Task.id == task_id).values(**changed))


async def take_evidence(
    session: AsyncSession, ids: Sequence[uuid.UUID], *, task: TaskRow, person_id: PersonId, round_: int | None
) -> int:
    """Ties uploads of this person to the task, and to its order or report, for good; gives how many could be."""
    taken = await session.execute(
        update(Evidence)
        .where(
            Evidence.id.in_(ids),
            Evidence.order_id.is_(None),
            Evidence.report_id.is_(None),
            Evidence.uploaded_by == person_id,
        )
        .values(
            order_id=task.order_id, report_id=task.report_id, task_id=task.id, used_for="task", round=round_
        )
        .returning(Evidence.id)
    )
    return len(taken.all())
