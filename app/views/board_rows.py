"""Which orders a duty board shows: what a counter counts, and what waits for one reader. Nothing here asks by itself.

A counter and the list behind it share one condition. Drills 演练 are shown where nothing is counted, and never counted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, false, func, or_, select

from app.auth.permissions import FROM_ABOVE, ROLES
from app.auth.request_rights import ABOVE
from app.auth.scope import Caller
from app.board.only import Only
from models.enums import ClockState, OrderState, RequestState, Role
from models.order import OrderHandler, WorkOrder
from models.request import OrderRequest
from models.sla import SlaBreach, SlaClock

OPEN = tuple(state for state in OrderState if not state.final)
_AT_WORK = tuple(state for state in OPEN if state is not OrderState.REPORTED)
_OF_THE_GRID = (Role.SUPERVISOR, Role.CHIEF)
_REVIEWERS = frozenset(role for act in FROM_ABOVE for role in ROLES[act])


@dataclass(frozen=True, slots=True)
class Moment:
    """What "now", "soon" and "today" are."""

    now: datetime
    soon: timedelta
    day: datetime
    """Its first instant in Beijing."""


def nearest() -> ScalarSelect[datetime]:
    """An order's nearest unanswered deadline."""
    return (
        select(func.min(SlaClock.due_at))
        .where(SlaClock.order_id == WorkOrder.id, SlaClock.stopped_at.is_(None))
        .correlate(WorkOrder)
        .scalar_subquery()
    )


def only(which: Only, at: Moment) -> ColumnElement[bool]:
    """Of the orders, those that the counter counts."""
    match which:
        case Only.IN_TIME:
            condition = nearest() >= at.now
        case Only.SOON:
            condition = nearest().between(at.now, at.now + at.soon)
        case Only.OVERDUE:
            condition = nearest() < at.now
        case Only.BREACHED_TODAY:
            condition = _breached_since(at.day)
        case Only.JUDGED_TODAY:
            met = select(SlaClock.order_id).where(
                SlaClock.state == ClockState.MET.value, SlaClock.stopped_at >= at.day
            )
            condition = or_(WorkOrder.id.in_(met), _breached_since(at.day))
        case Only.TO_REVIEW:
            condition = WorkOrder.state == OrderState.REPORTED.value
        case Only.ASKED:
            condition = _asked(OrderRequest.order_id == WorkOrder.id)
    return and_(condition, ~WorkOrder.drill)


def _breached_since(day: datetime) -> ColumnElement[bool]:
    return WorkOrder.id.in_(select(SlaBreach.order_id).where(SlaBreach.breached_at >= day))


def _asked(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(OrderRequest.state == RequestState.PENDING.value, *conditions)


def waiting_for(caller: Caller) -> ColumnElement[bool]:
    """The orders whose next step, review or decision is the reader's: own work is reviewed by somebody else."""
    handled = exists().where(OrderHandler.order_id == WorkOrder.id, OrderHandler.person_id == caller.id)
    own = sorted({grid for role, grid in caller.duties if role in _OF_THE_GRID})
    above = sorted({grid for role, grid in caller.duties if role in ABOVE})
    mine: list[ColumnElement[bool]] = [
        and_(
            WorkOrder.grid_id.in_(own),
            WorkOrder.state.in_([state.value for state in _AT_WORK]),
            WorkOrder.suspended_until.is_(None),
        ),
        and_(
            _asked(
                OrderRequest.order_id == WorkOrder.id,
                OrderRequest.decides_grid_id.in_(above),
                OrderRequest.filed_by != caller.id,
            ),
            ~handled,
        ),
    ]
    reviewed = sorted({grid for role, grid in caller.duties if role in _REVIEWERS})
    if reviewed:
        mine.append(
            and_(WorkOrder.state == OrderState.REPORTED.value, WorkOrder.grid_id.not_in(reviewed), ~handled)
        )
        mine.append(and_(WorkOrder.suspended_until.is_not(None), ~handled))
    return or_(false(), *mine)
