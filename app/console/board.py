"""What the duty board asks of the database: counters, the most urgent orders, the newest breaches.

Instants are aware UTC; "today" is the day in Beijing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller, Scope
from app.board.only import Only
from app.console.shown import SOON, start_of_day
from app.views.board_rows import OPEN, Moment, nearest, only, waiting_for
from app.views.orders import order_documents
from app.views.sla import list_breaches
from models.enums import ClockState, OrderState
from models.order import OrderHandler, Unrouted, WorkOrder
from models.sla import SlaBreach, SlaClock

ROWS = 300
"""Orders on one board: a person acts on the most urgent, and the page says when there are more."""
BREACHES = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """Which orders a board shows, beside the caller's scope."""

    state: OrderState | None = None
    """None shows every open one."""
    grid: str = ""
    grid_ids: frozenset[int] | None = None
    only: Only | None = None
    mine: Caller | None = None
    """The reader, where only what waits for that one is shown."""

    def where(self, scope: Scope, at: Moment) -> list[ColumnElement[bool]]:
        found = [scope.where(WorkOrder.grid_id)]
        if self.state is not None:
            found.append(WorkOrder.state == self.state.value)
        elif self.only is None or not self.only.whatever_state:
            found.append(WorkOrder.state.in_([state.value for state in OPEN]))
        if self.grid_ids is not None:
            found.append(WorkOrder.grid_id.in_(sorted(self.grid_ids)))
        if self.only is not None:
            found.append(only(self.only, at))
        if self.mine is not None:
            found.append(waiting_for(self.mine))
        return found

    @property
    def address(self) -> list[tuple[str, str]]:
        """As it stands in the address of a page."""
        said = (
            ("state", self.state.value if self.state else ""), ("grid", self.grid),
            ("only", self.only.value if self.only else ""), ("mine", "1" if self.mine else ""),
        )  # fmt: skip
        return [(name, value) for name, value in said if value]


@dataclass(frozen=True, slots=True)
class Counters:
    """Orders, each counted by its nearest unanswered deadline, unless something else is said."""

    in_time: int
    soon: int
    """Of those in time, due within a quarter of an hour."""
    overdue: int
    breached_today: int
    met: int
    """Deadlines that were answered in time today."""
    breached: int
    """Deadlines that passed unanswered today."""
    from_below: int
    """Deadlines of problems reported from below, which have no order yet, that have passed."""
    unrouted: int
    asked: int
    """With requests 请示 that wait for a decision."""
    to_review: int
    """With reports that wait for a review."""

    @property
    def judged(self) -> int:
        return self.met + self.breached

    @property
    def on_time(self) -> int | None:
        """Per cent of today's outcomes, answers in time and breaches, rounded down; None while there is none."""
        return 100 * self.met // self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class Board:
    orders: Sequence[dict[str, Any]]
    more: bool
    breaches: Sequence[dict[str, Any]]
    counters: Counters


def moment(now: datetime) -> Moment:
    return Moment(now, SOON, start_of_day(now))


async def counters(session: AsyncSession, scope: Scope, now: datetime) -> Counters:
    """How the caller's orders stand at `now`; drills are not counted. One past due is overdue at once."""
    at = moment(now)
    waiting = (
        select(nearest().label("due"), WorkOrder.state, only(Only.ASKED, at).label("asked"))
        .where(*Filter().where(scope, at), ~WorkOrder.drill)
        .subquery()
    )
    orders = select(
        func.count().filter(waiting.c.due >= now),
        func.count().filter(waiting.c.due.between(now, now + SOON)),
        func.count().filter(waiting.c.due < now),
        func.count().filter(waiting.c.asked),
        func.count().filter(waiting.c.state == OrderState.REPORTED.value),
    )
    late = select(func.count()).where(
        SlaBreach.breached_at >= at.day, scope.where(SlaBreach.grid_id), _real(SlaBreach.order_id)
    )
    breached = (
        select(func.count()).select_from(WorkOrder).where(*Filter(only=Only.BREACHED_TODAY).where(scope, at))
    )
    met = select(func.count()).where(
        SlaClock.state == ClockState.MET.value, SlaClock.stopped_at >= at.day,
        scope.where(SlaClock.grid_id), _real(SlaClock.order_id),
    )  # fmt: skip
    from_below = select(func.count()).where(
        SlaClock.order_id.is_(None), SlaClock.stopped_at.is_(None), scope.where(SlaClock.grid_id),
        or_(SlaClock.state == ClockState.BREACHED.value, SlaClock.due_at < now),
    )  # fmt: skip
    unrouted = select(func.count()).where(Unrouted.resolved_at.is_(None), scope.where(Unrouted.grid_id))
    row = (await session.execute(orders)).one()
    return Counters(
        in_time=row[0],
        soon=row[1],
        overdue=row[2],
        asked=row[3],
        to_review=row[4],
        breached_today=(await session.execute(breached)).scalar_one(),
        breached=(await session.execute(late)).scalar_one(),
        met=(await session.execute(met)).scalar_one(),
        from_below=(await session.execute(from_below)).scalar_one(),
        unrouted=(await session.execute(unrouted)).scalar_one(),
    )


def _real(order_id: SQLColumnExpression[int | None]) -> ColumnElement[bool]:
    """Drills 演练 are shown, and never counted."""
    return ~exists().where(WorkOrder.id == order_id, WorkOrder.drill)


async def most_urgent(
    session: AsyncSession, scope: Scope, chosen: Filter, most: int, *, now: datetime
) -> list[int]:
    """Ids of the orders with the nearest unanswered deadline first; finished ones newest first, drills 演练 last."""
    due = (
        select(SlaClock.order_id, func.min(SlaClock.due_at).label("due_at"))
        .where(SlaClock.stopped_at.is_(None))
        .group_by(SlaClock.order_id)
        .subquery()
    )
    statement = (
        select(WorkOrder.id)
        .outerjoin(due, due.c.order_id == WorkOrder.id)
        .where(*chosen.where(scope, moment(now)))
        .order_by(WorkOrder.drill, due.c.due_at.asc().nulls_last(), WorkOrder.id.desc())
        .limit(most)
    )
    return list((await session.execute(statement)).scalars())


async def shows(session: AsyncSession, scope: Scope, chosen: Filter, order_id: int, *, now: datetime) -> bool:
    """Whether the order belongs on the board so filtered."""
    statement = select(WorkOrder.id).where(WorkOrder.id == order_id, *chosen.where(scope, moment(now)))
    return (await session.execute(statement)).scalar_one_or_none() is not None


async def board(session: AsyncSession, scope: Scope, chosen: Filter, now: datetime) -> Board:
    """The board's rows, the most urgent first, with counters and the newest breaches."""
    ids = await most_urgent(session, scope, chosen, ROWS + 1, now=now)
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
