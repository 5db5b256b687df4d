"""How often an order may be handed on, and what a transfer does to the deadlines: pure."""

from models.enums import TransferPolicy
from models.errors import LimitReached, TransferLocked
from models.ids import GridId

MOST = 2


def check(*, transfers: int, locked: bool) -> None:
    """Raises when the order may not be handed on by request any more."""
    if locked:
        raise TransferLocked("the prefecture has decided who holds this order; it is not handed on any more")
    if transfers >= MOST:
        raise LimitReached(
            "the order was handed on twice: the prefecture decides with POST /orders/{id}/assign",
            transfers=transfers,
        )


def check_assign(*, transfers: int, locked: bool) -> None:
    """Raises unless it is the prefecture's turn to say who holds the order, once."""
    if locked:
        raise TransferLocked("the prefecture has decided who holds this order; it is not handed on any more")
    if transfers < MOST:
        raise LimitReached(
            "the prefecture decides after the second transfer; before that the holder files a transfer",
            transfers=transfers,
        )


def policy_for(chosen: TransferPolicy | None, *, misdispatched: bool) -> TransferPolicy:
    """What was chosen; else a receiver of what was dispatched wrongly begins anew, any other goes on."""
    if chosen is not None:
        return chosen
    return TransferPolicy.RESTART_FOR_RECEIVER if misdispatched else TransferPolicy.CONTINUE


def receiver(proposed: GridId, chosen: GridId | None) -> GridId:
    return proposed if chosen is None else chosen
