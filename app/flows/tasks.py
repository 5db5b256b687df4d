"""Tasks handed down: from the person's act to their clocks and the feed."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.permissions import FIELD, GIVERS, permit_role
from app.auth.scope import Caller
from app.below import void_clocks
from app.flows.held import held, unchanged
from app.pipeline import Pipeline
from app.registry.directory import Directory
from dispatch import recusal
from dispatch.actor import Actor
from dispatch.acts import OrderRow
from dispatch.tasks import service as tasks
from dispatch.tasks.service import Handed, TaskRow
from models.clock import Clock
from models.enums import ClockKind, SubjectAct
from models.errors import Forbidden, NotFound
from models.facts import Fact
from models.ids import PersonId
from sla import fair
from sla import service as sla
from sla.service import Start

# A task lies inside the order's own deadlines for work; acknowledgement and review are no work.
INSIDE = (ClockKind.FEEDBACK, ClockKind.REPORT, ClockKind.REWORK)


@dataclass(frozen=True, slots=True)
class Done:
    """What was found by whoever did a task."""

    finding: str
    evidence: tuple[uuid.UUID, ...] = ()


def actor_of(caller: Caller) -> Actor:
    return Actor(PersonId(caller.id), caller.name)


async def hand(
    pipeline: Pipeline,
    session: AsyncSession,
    order_id: int,
    wanted: Handed,
    *,
    caller: Caller,
    expected_version: int | None,
    clock: Clock,
) -> int:
    """A supervisor or chief hands a task of an order to a grid below; gives the task's id."""
    order = await held(session, order_id, caller)
    permit_role(caller, GIVERS, order.grid_id, pipeline.directory, act="handing a task down")
    unchanged(order, expected_version)
    now = await _now(session, order, caller, clock)
    dues = await sla.dues(session, order.id, INSIDE)
    task, told = await tasks.hand(session, order, wanted, dues=dues, by=actor_of(caller), now=now)
    policy = await sla.policy_of(session, order.policy_version)
    await sla.start_for(session, [start_of(task)], policy=policy, now=now)
    await pipeline.told(session, [told], now=now)
    return task.id


async def hand_further(
    pipeline: Pipeline, session: AsyncSession, task_id: int, wanted: Handed, *, caller: Caller, clock: Clock
) -> int:
    """A township hands a part of its task to one of its villages; gives the new task's id."""
    found = await _seen(session, task_id, caller)
    permit_role(caller, GIVERS, found.grid_id, pipeline.directory, act="handing a task further")
    parent, order = await tasks.hold(session, found)
    now = await _now(session, order, caller, clock)
    task, told = await tasks.hand_further(session, parent, order, wanted, by=actor_of(caller), now=now)
    policy = await (sla.in_force(session) if order is None else sla.policy_of(session, order.policy_version))
    await sla.start_for(session, [start_of(task)], policy=policy, now=now)
    await pipeline.told(session, [told], now=now)
    return task.id


async def take(
    pipeline: Pipeline, session: AsyncSession, task_id: int, *, caller: Caller, clock: Clock
) -> None:
    """Somebody of the task's grid works on it from now on."""
    found = await _seen(session, task_id, caller)
    permit_doing(caller, found.grid_id, pipeline.directory)
    task, order = await tasks.hold(session, found)
    now = await _now(session, order, caller, clock)
    told = await tasks.take(session, task, order, by=actor_of(caller), now=now)
    await pipeline.told(session, [told], now=now)


async def complete(
    pipeline: Pipeline, session: AsyncSession, task_id: int, done: Done, *, caller: Caller, clock: Clock
) -> None:
    """Somebody of the task's grid says what was found; stops its clock."""
    found = await _seen(session, task_id, caller)
    permit_doing(caller, found.grid_id, pipeline.directory)
    task, order = await tasks.hold(session, found)
    now = await _now(session, order, caller, clock)
    ended = await tasks.complete(
        session, task, order, finding=done.finding, evidence=done.evidence, by=actor_of(caller), now=now
    )
    effects: list[Fact] = [
        *await fair.answered(session, ClockKind.TASK, task.id, SubjectAct.COMPLETE, now=now),
        *await void_clocks(session, ended.fallen, now),
    ]
    await pipeline.told(session, [*effects, *ended.facts], now=now)


async def take_back(
    pipeline: Pipeline, session: AsyncSession, task_id: int, reason: str, *, caller: Caller, clock: Clock
) -> None:
    """Whoever answers for the grid that handed a task down withdraws it; its clock becomes void."""
    found = await _seen(session, task_id, caller)
    permit_role(caller, GIVERS, found.from_grid_id, pipeline.directory, act="taking a task back")
    task, order = await tasks.hold(session, found)
    now = await _now(session, order, caller, clock)
    ended = await tasks.take_back(session, task, reason=reason, by=actor_of(caller), now=now)
    effects = await void_clocks(session, ended.fallen, now)
    await pipeline.told(session, [*effects, *ended.facts], now=now)


def start_of(task: TaskRow) -> Start:
    """The clock of a task, with the deadline that was given."""
    label = task.number if task.order_id is None else None
    return Start(
        ClockKind.TASK, task.grid_id, task.order_id, subject_id=task.id, label=label, due_at=task.due_at
    )


async def _now(session: AsyncSession, order: OrderRow | None, caller: Caller, clock: Clock) -> datetime:
    """The time of an act on a held task: of an order's, never before what was recorded of that order.

    Raises for somebody who keeps out of that order.
    """
    now = clock.now()
    if order is None:
        return now
    now = await sla.not_before(session, order.id, now)
    await recusal.demand_neither(session, order.id, PersonId(caller.id), now)
    return now


async def _seen(session: AsyncSession, task_id: int, caller: Caller) -> TaskRow:
    task = await tasks.find(session, task_id)
    if not caller.scope.sees(task.grid_id):
        raise NotFound(f"no task {task_id}")
    return task


def permit_doing(caller: Caller, grid_id: int, directory: Directory) -> None:
    """Raises Forbidden unless the caller does the tasks of this grid.

    Level 2 hands tasks down and takes them back; it does not do them in the name of those below.
    """
    for role, own in caller.duties:
        grid = directory.grid(own)
        if role in FIELD and grid is not None and grid.level >= 3 and grid_id in directory.subtree(own):
            return
    names = " or ".join(role.value for role in FIELD)
    raise Forbidden(f"a task takes the role {names} in its township or village")
