"""Hands tasks down and moves them along, inside the caller's transaction; returns facts.

The order of a task is held before the task itself, so acts on one order and its tasks never wait in a circle.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import repository
from dispatch.actor import Actor
from dispatch.repository import OrderRow
from dispatch.tasks import task_repository
from dispatch.tasks.lifecycle import LONGEST, check_due, check_order, check_place, following, latest_due
from dispatch.tasks.task_repository import TaskRow as TaskRow
from models.enums import EventKind, TaskAct, TaskState
from models.errors import ForbiddenTransition, Invalid, NotFound, Unfinished
from models.facts import OrderTold, Told
from models.ids import GridId, OrderId, PersonId, ReportId, TaskId

TaskTold = OrderTold | Told
ORDER_ENDED = "工单已结束"
TASK_ENDED = "上级任务已结束"


@dataclass(frozen=True, slots=True)
class Handed:
    """What is to be done where, and by when."""

    grid_id: GridId
    text: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """What an act has ended: facts, and the tasks below it that ended with it, whose clocks become void."""

    facts: list[TaskTold]
    fallen: list[TaskRow]


async def find(session: AsyncSession, task_id: int) -> TaskRow:
    """The task as it stands, not held; raises NotFound."""
    task = await task_repository.find(session, TaskId(task_id))
    if task is None:
        raise NotFound(f"no task {task_id}")
    return task


async def hold(session: AsyncSession, task: TaskRow) -> tuple[TaskRow, OrderRow | None]:
    """The task as it stands now, held until the transaction ends, and its order, held before it."""
    order = None if task.order_id is None else await repository.lock(session, task.order_id)
    return await task_repository.lock(session, task.id), order


async def hand(
    session: AsyncSession,
    order: OrderRow,
    wanted: Handed,
    *,
    dues: Sequence[datetime],
    by: Actor,
    now: datetime,
) -> tuple[TaskRow, TaskTold]:
    """A task of a held order to a grid below it; `dues` are the order's deadlines that run."""
    check_order(order.state)
    to = check_place(await task_repository.line(session, wanted.grid_id), order.grid_id)
    check_due(wanted.due_at, now=now, latest=latest_due(dues, now))
    await repository.add_handler(session, order.id, by.id)
    return await _add(
        session, wanted, by, now, grid_code=to.code, number=order.number, order_id=order.id, from_grid_id=order.grid_id
    )  # fmt: skip


async def hand_further(
    session: AsyncSession,
    parent: TaskRow,
    order: OrderRow | None,
    wanted: Handed,
    *,
    by: Actor,
    now: datetime,
) -> tuple[TaskRow, TaskTold]:
    """A part of a township's held task to one of its villages, due inside it. There is no third level."""
    if parent.state.final:
        raise ForbiddenTransition(f"a task that is {parent.state.value} is handed no further")
    if parent.parent_task_id is not None:
        raise ForbiddenTransition("a task that was handed further goes no deeper")
    to = check_place(await task_repository.line(session, wanted.grid_id), parent.grid_id)
    check_due(wanted.due_at, now=now, latest=latest_due([parent.due_at], now))
    if order is not None:
        await repository.add_handler(session, order.id, by.id)
    return await _add(
        session, wanted, by, now, grid_code=to.code, number=parent.number, order_id=parent.order_id,
        report_id=parent.report_id, parent_task_id=parent.id, from_grid_id=parent.grid_id,
    )  # fmt: skip


async def hand_back(
    session: AsyncSession,
    report_id: ReportId,
    number: str,
    giver: GridId,
    wanted: Handed,
    *,
    by: Actor,
    now: datetime,
) -> tuple[TaskRow, TaskTold]:
    """A report from below comes back as a task, within LONGEST."""
    to = check_place(await task_repository.line(session, wanted.grid_id), giver)
    check_due(wanted.due_at, now=now, latest=now + LONGEST)
    return await _add(
        session, wanted, by, now, grid_code=to.code, number=number, report_id=report_id, from_grid_id=giver
    )


async def take(
    session: AsyncSession, task: TaskRow, order: OrderRow | None, *, by: Actor, now: datetime
) -> TaskTold:
    """Somebody of the grid works on a held task from now on. Its clock runs on."""
    after = following(task.state, TaskAct.TAKE)
    await task_repository.save(session, task.id, state=after.value, taken_at=now, taken_by=by.id)
    if order is not None:
        await repository.add_handler(session, order.id, by.id)
    return told(EventKind.TASK_TAKEN, task, now, by)


async def complete(
    session: AsyncSession,
    task: TaskRow,
    order: OrderRow | None,
    *,
    finding: str,
    evidence: Sequence[uuid.UUID],
    by: Actor,
    now: datetime,
) -> Ended:
    """A held task is done. What was handed further of it and is unfinished is taken back with it."""
    after = following(task.state, TaskAct.COMPLETE)
    unique = sorted(set(evidence))
    round_ = None if order is None else order.round
    if unique:
        taken = await task_repository.take_evidence(
            session, unique, task=task, person_id=by.id, round_=round_
        )
        if taken != len(unique):
            raise Invalid(
                "some evidence is unknown, was uploaded by somebody else, or is used already",
                field="evidence",
            )
    await task_repository.save(
        session, task.id, state=after.value, finding=finding, finished_at=now, finished_by=by.id
    )
    if order is not None:
        await repository.add_handler(session, order.id, by.id)
    done = told(EventKind.TASK_DONE, task, now, by, finding=finding, evidence=len(unique))
    below = await _fall(session, await task_repository.unfinished(session, parent=task.id), TASK_ENDED, now)
    return Ended([done, *below.facts], below.fallen)


async def take_back(session: AsyncSession, task: TaskRow, *, reason: str, by: Actor, now: datetime) -> Ended:
    """A held task is withdrawn, and what was handed further of it."""
    after = following(task.state, TaskAct.TAKE_BACK)
    await task_repository.save(
        session, task.id, state=after.value, reason=reason, finished_at=now, finished_by=by.id
    )
    below = await _fall(session, await task_repository.unfinished(session, parent=task.id), TASK_ENDED, now)
    return Ended(
        [told(EventKind.TASK_TAKEN_BACK, task, now, by, reason=reason), *below.facts], [task, *below.fallen]
    )


async def end_with_order(
    session: AsyncSession, order_id: OrderId, now: datetime, reason: str = ORDER_ENDED
) -> Ended:
    """Nobody works on what is unfinished of a held order any more: it was closed, withdrawn or moved away."""
    return await _fall(session, await task_repository.unfinished(session, order_id=order_id), reason, now)


async def demand_finished(session: AsyncSession, order_id: OrderId, why_not: str | None) -> str | None:
    """Why the order may be reported though tasks of it are unfinished; None where none is.

    Raises Unfinished where some are and nobody says why that should not matter.
    """
    open_ = await task_repository.unfinished_ids(session, order_id)
    if open_ and why_not is None:
        raise Unfinished(
            f"{len(open_)} of its tasks are unfinished; say why in unfinished_tasks_reason, or take them back",
            tasks=open_,
        )
    return why_not if open_ else None


def told(kind: EventKind, task: TaskRow, now: datetime, by: Actor | None, **detail: Any) -> TaskTold:
    """The event of a task, on its order's timeline where it has one; heard by the task's own grid and above."""
    said = {"task": task.id, "due_at": task.due_at.isoformat()}
    if task.parent_task_id is not None:
        said["parent_task"] = task.parent_task_id
    actor, name = (None, None) if by is None else (by.id, by.name)
    if task.order_id is not None:
        return OrderTold(
            kind, task.order_id, task.number, task.grid_id, task.grid_code, now, actor, name, said | detail
        )
    said |= {"report": task.report_id, "number": task.number}
    return Told(kind, task.grid_id, task.grid_code, now, actor, name, said | detail)


async def _add(
    session: AsyncSession,
    wanted: Handed,
    by: Actor,
    now: datetime,
    *,
    grid_code: str,
    number: str,
    from_grid_id: GridId,
    order_id: OrderId | None = None,
    report_id: ReportId | None = None,
    parent_task_id: TaskId | None = None,
) -> tuple[TaskRow, TaskTold]:
    made = await task_repository.add(
        session, order_id=order_id, report_id=report_id, parent_task_id=parent_task_id, grid_id=wanted.grid_id,
        from_grid_id=from_grid_id, state=TaskState.HANDED.value, text=wanted.text, due_at=wanted.due_at,
        handed_at=now, handed_by=PersonId(by.id),
    )  # fmt: skip
    task = TaskRow(
        made, order_id, report_id, number, parent_task_id, wanted.grid_id, grid_code, from_grid_id,
        TaskState.HANDED, wanted.due_at,
    )  # fmt: skip
    return task, told(EventKind.TASK_HANDED, task, now, by, text=wanted.text)


async def _fall(session: AsyncSession, tasks: Sequence[TaskRow], reason: str, now: datetime) -> Ended:
    for task in tasks:
        await task_repository.save(
            session, task.id, state=TaskState.TAKEN_BACK.value, reason=reason, finished_at=now
        )
    facts = [told(EventKind.TASK_TAKEN_BACK, task, now, None, reason=reason) for task in tasks]
    return Ended(facts, list(tasks))
