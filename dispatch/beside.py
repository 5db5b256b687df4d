"""What a dispatch has to say beside itself: into a gap of the roster, or to a unit that has to keep out. Pure."""

from collections.abc import Iterable

from models.enums import EventKind, Role
from models.facts import OrderAttached, OrderDispatched, OrderTold, OrderUnrouted


def beside(orders: Iterable[OrderDispatched | OrderAttached | OrderUnrouted]) -> list[OrderTold]:
    told = []
    for order in orders:
        if not isinstance(order, OrderDispatched):
            continue
        if order.roster_gap is not None:
            detail: dict[str, object] = {
                "role": Role.SUPERVISOR.value,
                "gap": order.roster_gap,
                "recipients": [
                    {"username": r.username, "name": r.name, "role": r.role} for r in order.recipients
                ],
            }
            told.append(_told(EventKind.DUTY_GAP, order, detail))
        if order.conflicted:
            told.append(_told(EventKind.ORDER_CONFLICTED, order, {"reason": "whole_unit_in_conflict"}))
    return told


def _told(kind: EventKind, order: OrderDispatched, detail: dict[str, object]) -> OrderTold:
    return OrderTold(
        kind, order.order_id, order.number, order.grid_id, order.grid_code, order.at, detail=detail
    )
