"""What the duty board asks of the database: counters, the most urgent orders, the newest breaches.

Instants are aware UTC; "today" is the day in Beijing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Scope
from app.console.shown import SOON, start_of_day
from app.registry.directory import Directory
from app.views.orders import order_documents
from app.views.sla import list_breaches
from models.enums import ClockState, OrderState, RequestState
from models.order import OrderHandler, Unrouted, WorkOrder
from models.request import OrderRequest
from models.sla import SlaBreach, SlaClock

ROWS = 300
"""Orders on one board: a person acts on the most urgent, and the page says when there are more."""
BREACHES = 200
OPEN = tuple(state for state in OrderState if not state.final)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which orders a board shows, beside the caller's scope."""

    state: OrderState | None = None
    """None shows every open one."""
    grid: str = ""
    grid_ids: frozenset[int] | None = None

    @property
    def states(self) -> tuple[OrderState, ...]:
        return OPEN if self.state is None else (self.state,)

    def takes(self, order: dict[str, Any], directory: Directory) -> bool:
        if OrderState(order["state"]) not in self.states:
            return False
        grid = directory.grid_by_code(order["grid"])
        return self.grid_ids is None or (grid is not None and grid.id in self.grid_ids)


@dataclass(frozen=True, slots=True)
class Counters:
    running: int
    soon: int
    breached: int
    today: int
    """Breached today."""
    met: int
    """Answered in time today."""
    unrouted: int
    decisions: int
    """Requests 请示 that wait for a decision."""
    reviews: int
    """Reports that wait for a review."""

    @property
    def on_time(self) -> int | None:
        """Per cent of today's outcomes, answers in time and breaches, rounded down; None while there is none."""
        outcomes = self.met + self.today
        return 100 * self.met // outcomes if outcomes else None


@dataclass(frozen=True, slots=True)
class Board:
    orders: Sequence[dict[str, Any]]
    more: bool
    breaches: Sequence[dict[str, Any]]
    counters: Counters


async def counters(session: AsyncSession, scope: Scope, now: datetime) -> Counters:
    """How the caller's clocks stand at `now`; drills are not counted. One past due counts as breached at once."""
    running = and_(SlaClock.state == ClockState.RUNNING.value, SlaClock.due_at >= now)
    past = or_(SlaClock.state == ClockState.BREACHED.value, SlaClock.due_at < now)
    clocks = select(
        func.count().filter(running),
        func.count().filter(running, SlaClock.due_at <= now + SOON),
        func.count().filter(past),
    ).where(SlaClock.stopped_at.is_(None), scope.where(SlaClock.grid_id), _real(SlaClock.order_id))
    today = select(func.count()).where(
        SlaBreach.breached_at >= start_of_day(now), scope.where(SlaBreach.grid_id), _real(SlaBreach.order_id)
    )
    met = select(func.count()).where(
        SlaClock.state == ClockState.MET.value, SlaClock.stopped_at >= start_of_day(now),
        scope.where(SlaClock.grid_id), _real(SlaClock.order_id),
    )  # fmt: skip
    waiting = select(func.count()).where(Unrouted.resolved_at.is_(None), scope.where(Unrouted.grid_id))
    decisions = select(func.count()).where(
        OrderRequest.state == RequestState.PENDING.value, scope.where(OrderRequest.grid_id)
    )
    reviews = select(func.count()).where(
        WorkOrder.state == OrderState.REPORTED.value, scope.where(WorkOrder.grid_id), ~WorkOrder.drill
    )
    row = (await session.execute(clocks)).one()
    return Counters(
        row[0], row[1], row[2],
        (await session.execute(today)).scalar_one(),
        (await session.execute(met)).scalar_one(),
        (await session.execute(waiting)).scalar_one(),
        (await session.execute(decisions)).scalar_one(),
        (await session.execute(reviews)).scalar_one(),
    )  # fmt: skip


def _real(order_id: SQLColumnExpression[int | None]) -> ColumnElement[bool]:
    """Drills 演练 are shown, and never counted."""
    return ~exists().where(WorkOrder.id == order_id, WorkOrder.drill)


async def most_urgent(session: AsyncSession, scope: Scope, chosen: Filter, most: int) -> list[int]:
    """Ids of the orders with the nearest unanswered deadline first; finished orders newest first."""
    nearest = (
        select(SlaClock.order_id, func.min(SlaClock.due_at).label("due_at"))
        .where(SlaClock.stopped_at.is_(None))
        .group_by(SlaClock.order_id)
        .subquery()
    )
    statement = (
        select(WorkOrder.id)
        .outerjoin(nearest, nearest.c.order_id == WorkOrder.id)
        .where(scope.where(WorkOrder.grid_id), WorkOrder.state.in_([s.value for s in chosen.states]))
        .order_by(nearest.c.due_at.asc().nulls_last(), WorkOrder.id.desc())
        .limit(most)
    )
    if chosen.grid_ids is not None:
        statement = statement.where(WorkOrder.grid_id.in_(sorted(chosen.grid_ids)))
    return list((await session.execute(statement)).scalars())


async def board(session: AsyncSession, scope: Scope, chosen: Filter, now: datetime) -> Board:
    """The board's rows, the most urgent first, with counters and the newest breaches."""
    ids = await most_urgent(session, scope, chosen, ROWS + 1)
    newest = await list_breaches(session, scope=scope, limit=BREACHES)
    return Board(
        orders=await order_documents(session, ids[:ROWS]),
        more=len(ids) > ROWS,
        breaches=newest["items"],
        counters=await counters(session, scope, now),
    )


async def handled(session: AsyncSession, order_id: int, person_id: int) -> bool:
    """Whether the person ever handled the order, and so may not review it."""
    statement = select(OrderHandler.person_id).where(
        OrderHandler.order_id == order_id, OrderHandler.person_id == person_id
    )
    return (await session.execute(statement)).scalar_one_or_none() is not None
