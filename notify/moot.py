"""Whether a notice still says something when its time to go out has come. Pure."""

from dataclasses import dataclass

from models.enums import ClockState, NoticeClass, OrderState


@dataclass(frozen=True, slots=True)
class Present:
    """How what a notice speaks of stands now; None for what it does not speak of, or what is gone."""

    order: OrderState | None = None
    grid_id: int | None = None
    clock: ClockState | None = None
    stopped: bool = False


def is_moot(
    about: NoticeClass, waited: bool, grid_id: int | None, present: Present, *, handed: bool = False
) -> bool:
    """`waited`: it was to go out only if nobody answered. `grid_id` held the order when it was written;
    `handed`: to whoever reads it by a transfer or by its category, in whichever state the order was.

    A breach and an escalation are facts: only a withdrawn order makes them moot, or the answer one waited for.

    An order that was acknowledged or handed to another grid needs no more dispatch notice; a warning needs a
    running clock; a request, a task and a report from below are over with the clock they are under.
    """
    if about is NoticeClass.DECIDED:
        # An approval may be what ended the order.
        return False
    if present.order is OrderState.VOID:
        return True
    if waited and present.stopped:
        return True
    match about:
        case NoticeClass.DISPATCHED:
            moved = None not in (present.grid_id, grid_id) and present.grid_id != grid_id
            if handed:
                return moved or present.order is OrderState.CLOSED
            return moved or present.order not in (None, OrderState.DISPATCHED)
        case NoticeClass.RETURNED:
            return present.order not in (None, OrderState.RETURNED)
        case NoticeClass.REPORTED:
            return present.order not in (None, OrderState.REPORTED)
        case NoticeClass.WARNING:
            return present.stopped or present.clock not in (None, ClockState.RUNNING)
        case NoticeClass.REQUEST | NoticeClass.TASK | NoticeClass.UPWARD:
            return present.stopped
        case _:
            return False
