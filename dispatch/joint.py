"""Joint and cross-county handling: a parent with its lead, one child for each further grid (annex 1 art. 18).

Works in the caller's transaction on an order that the caller holds; returns facts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import joint_repository, repository
from dispatch.joint_repository import Part, Subject
from dispatch.repository import OrderRow
from dispatch.routing import NoRoute, route
from dispatch.service import Wanted, dispatch_by_hand
from models.enums import EventKind, JointRole, OrderState
from models.errors import ForbiddenTransition, Invalid, Unfinished
from models.facts import OrderDispatched, OrderTold
from models.ids import GridId, OrderId, PersonId

MOST = 20
"""Grids beside the lead."""
OPENED_IN = frozenset(
    {OrderState.DISPATCHED, OrderState.ACKNOWLEDGED, OrderState.ON_SITE, OrderState.RETURNED}
)
DONE = frozenset({OrderState.REPORTED, OrderState.CLOSED, OrderState.VOID})


@dataclass(frozen=True, slots=True)
class Opened:
    """What was made: the parent, every fact, and the orders whose clocks have to be started."""

    parent_id: OrderId
    facts: list[OrderDispatched | OrderTold]
    dispatched: list[OrderDispatched]


async def open_joint(
    session: AsyncSession,
    order: OrderRow,
    *,
    lead: GridId,
    others: Sequence[GridId],
    reason: str,
    decided_by: PersonId,
    policy_version: int,
    now: datetime,
) -> Opened:
    """Makes a held order a joint one, with a child for each of `others`; raises before anything is written.

    Led by its own grid, the order becomes the parent; a parent takes further grids the same way. Led by another
    one, a parent is dispatched there, and the order becomes a child of it and gives it its alerts.
    """
    about = await joint_repository.subject(session, order.id)
    further = await _check(session, order, about, lead, others)
    codes = await _answering(session, [*further, lead], now)
    # In the order of the grids: their counters are locked so everywhere.
    made: dict[GridId, OrderDispatched] = {}
    wanted = set(further) if lead == order.grid_id else {*further, lead}
    for grid_id in sorted(wanted):
        want = Wanted(
            grid_id,
            about.station_id,
            about.station,
            None,
            about.severity,
            about.reason,
            decided_by,
            drill=about.drill,
            category=about.category,
        )
        made[grid_id] = await dispatch_by_hand(session, want, policy_version=policy_version, now=now)
    children = [(made[g].order_id, made[g].number, g) for g in further]
    if lead == order.grid_id:
        parent_id, parent_number = order.id, order.number
        await joint_repository.make_children(session, [id_ for id_, _, _ in children], parent_id)
    else:
        parent_id, parent_number = made[lead].order_id, made[lead].number
        children.insert(0, (order.id, order.number, order.grid_id))
        # First they let the alert go, then the parent takes it: an alert has one order.
        await joint_repository.make_children(session, [id_ for id_, _, _ in children], parent_id)
        if about.alert_id is not None:
            await joint_repository.give_alerts(session, to=parent_id, of=order.id, alert_id=about.alert_id)
            made[lead] = replace(made[lead], alert_id=about.alert_id)
    await joint_repository.make_parent(session, parent_id, reason=reason)
    name = await joint_repository.name_of(session, decided_by)
    codes[order.grid_id] = order.grid_code
    said = {
        "parent": parent_number,
        "lead": codes[lead],
        "children": [number for _, number, _ in children],
        "reason": reason,
    }
    told = [
        OrderTold(
            EventKind.ORDER_JOINT, id_, number, grid_id, codes[grid_id], now, decided_by, name,
            {"role": role.value} | said,
        )
        for id_, number, grid_id, role in [
            (parent_id, parent_number, lead, JointRole.PARENT),
            *((*child, JointRole.CHILD) for child in children),
        ]
    ]  # fmt: skip
    dispatched = list(made.values())
    return Opened(parent_id, [*dispatched, *told], dispatched)


async def demand_reported(session: AsyncSession, order: OrderRow, why_not: str | None) -> str | None:
    """Why a parent may be reported though parts of it are not; None where all are, or there are none.

    Raises Unfinished where some are not and the lead does not say why that should not matter.
    """
    open_ = [part for part in await _parts(session, order) if part.state not in DONE]
    if open_ and why_not is None:
        raise Unfinished(
            f"{_numbers(open_)} not reported yet; say why that should not matter in open_children_reason",
            children=[part.number for part in open_],
        )
    return why_not if open_ else None


async def demand_closed(session: AsyncSession, order: OrderRow) -> None:
    """Raises Unfinished while a part is open, unless the report under review was filed over open parts."""
    open_ = [part for part in await _parts(session, order) if not part.state.final]
    if open_ and not await joint_repository.overridden(session, order.id, order.round):
        raise Unfinished(
            f"{_numbers(open_)} open yet: the parts are reviewed before the whole",
            children=[part.number for part in open_],
        )


async def demand_no_open_part(session: AsyncSession, order: OrderRow) -> None:
    """Raises Unfinished while a part is open: a whole is withdrawn with its parts or not at all."""
    open_ = [part for part in await _parts(session, order) if not part.state.final]
    if open_:
        raise Unfinished(
            f"{_numbers(open_)} open yet; withdraw them too, with with_children",
            children=[part.number for part in open_],
        )


async def _parts(session: AsyncSession, order: OrderRow) -> Sequence[Part]:
    """Of a held order; whatever is no parent has none."""
    return await joint_repository.parts(session, order.id) if order.joint_role is JointRole.PARENT else ()


async def open_parts(session: AsyncSession, order_id: OrderId) -> list[OrderRow]:
    """The parts of a held parent that are open, each held, in the order of their ids."""
    found = []
    for part in await joint_repository.parts(session, order_id):
        row = await repository.lock(session, part.id)
        if row is not None and not row.state.final:
            found.append(row)
    return found


async def _check(
    session: AsyncSession, order: OrderRow, about: Subject, lead: GridId, others: Sequence[GridId]
) -> list[GridId]:
    """The grids that get a child of their own, in their order."""
    if order.state not in OPENED_IN:
        raise ForbiddenTransition(
            f"an order that is {order.state.value} is not being worked on: it cannot become a joint one",
            state=order.state.value,
        )
    if about.joint_role is JointRole.CHILD:
        raise ForbiddenTransition("a part of a joint order has no parts of its own")
    if about.joint_role is JointRole.PARENT and lead != order.grid_id:
        raise ForbiddenTransition("the lead of a joint order is settled")
    if len(set(others)) != len(others) or lead in others:
        raise Invalid("a grid is named twice", field="grids")
    further = sorted(set(others) - {order.grid_id})
    if not further and lead == order.grid_id:
        raise Invalid("joint handling takes a grid beside the lead", field="grids")
    if len(further) > MOST:
        raise Invalid(f"joint handling takes at most {MOST} grids beside the lead", field="grids")
    present = {p.grid_id for p in await joint_repository.parts(session, order.id) if not p.state.final}
    if present & set(further):
        raise Invalid("a grid that is named has its part already", field="grids")
    return further


async def _answering(session: AsyncSession, grid_ids: Sequence[GridId], now: datetime) -> dict[GridId, str]:
    """The codes of the grids; raises Invalid, naming those that nobody answers for."""
    known = await repository.grids(session, grid_ids)
    duties = await repository.duties(session, list(known), now)
    silent = [
        code for g, (code, level, _) in known.items() if isinstance(route(g, level, duties, now), NoRoute)
    ]
    if silent or len(known) < len(set(grid_ids)):
        raise Invalid(
            f"nobody answers for {', '.join(sorted(silent)) or 'a grid'}: not a county or park, or no supervisor is"
            " on duty",
            field="grids",
        )
    return {g: code for g, (code, _, _) in known.items()}


def _numbers(parts: Sequence[Part]) -> str:
    return f"{', '.join(part.number for part in parts)} {'is' if len(parts) == 1 else 'are'}"
