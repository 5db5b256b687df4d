"""Who does what to a reward, and that no hand does two of the three acts that follow one another. Pure."""

from models.enums import RewardState
from models.errors import ForbiddenTransition, SecondPersonNeeded

_WANTED = {"approve": RewardState.PROPOSED, "decline": RewardState.PROPOSED, "pay": RewardState.APPROVED}


def demand_step(act: str, state: RewardState, *, by: int, proposed_by: int, decided_by: int | None) -> None:
    """Raises ForbiddenTransition, or SecondPersonNeeded for whoever took the step before.

    Whoever proposed does not approve; whoever approved does not record the payment.
    """
    if state is not _WANTED[act]:
        raise ForbiddenTransition("the reward does not take this step", state=state.value, act=act)
    if act in ("approve", "decline") and by == proposed_by:
        raise SecondPersonNeeded("whoever proposed a reward does not decide it")
    if act == "pay" and by == decided_by:
        raise SecondPersonNeeded("whoever approved a reward does not record its payment")
