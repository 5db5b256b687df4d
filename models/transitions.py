"""The one table of a life: which act leads from which state to which. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from models.errors import ForbiddenTransition

State = TypeVar("State", bound=StrEnum)
Act = TypeVar("Act", bound=str)


def following(allowed: Mapping[State, Mapping[Act, State]], state: State, act: Act, *, what: str) -> State:
    """The state an act leads to; raises ForbiddenTransition, naming what could be done instead.

    `what` says whose life it is, with its article, such as `an order`.
    """
    after = allowed[state].get(act)
    if after is None:
        possible = ", ".join(sorted(str(one) for one in allowed[state])) or "nothing"
        raise ForbiddenTransition(
            f"{what} that is {state.value} does not take {act!s}; possible: {possible}",
            state=state.value,
            act=str(act),
        )
    return after
