"""What a dispatch has to say beside itself: into a gap of the roster, or to a unit that has to keep out. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from models.enums import EventKind, Role
from models.facts import OrderAttached, OrderDispatched, OrderTold, OrderUnrouted, Recipient


def beside(orders: Iterable[OrderDispatched | OrderAttached | OrderUnrouted]) -> list[OrderTold]:
    told = []
    for order in orders:
        if not isinstance(order, OrderDispatched):
            continue
        bare = OrderTold(
            EventKind.DUTY_GAP, order.order_id, order.number, order.grid_id, order.grid_code, order.at
        )
        told += beside_address(bare, order.roster_gap, order.conflicted, order.recipients)
    return told


def beside_address(
    bare: OrderTold, gap: str | None, conflicted: bool, recipients: Sequence[Recipient]
) -> list[OrderTold]:
    """The same of an order that goes to somebody; `bare` says which order and when."""
    told = []
    if gap is not None:
        detail: dict[str, object] = {
            "role": Role.SUPERVISOR.value,
            "gap": gap,
            "recipients": [{"username": r.username, "name": r.name, "role": r.role} for r in recipients],
        }
        told.append(replace(bare, kind=EventKind.DUTY_GAP, detail=detail))
    if conflicted:
        detail = {"reason": "whole_unit_in_conflict"}
        told.append(replace(bare, kind=EventKind.ORDER_CONFLICTED, detail=detail))
    return told
