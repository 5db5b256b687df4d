"""The way of a problem as one table (body §3(五): 交办整改 → 跟踪整改 → 抽查核查 → 动态清零), and its days. Pure."""

from datetime import date, datetime, time, timedelta

from airquality.period import BEIJING
from models import transitions
from models.enums import ProblemAct, ProblemState
from models.errors import ForbiddenTransition, Invalid

ALLOWED: dict[ProblemState, dict[ProblemAct, ProblemState]] = {
    ProblemState.OPEN: {
        ProblemAct.PUSH: ProblemState.PUSHED,
        ProblemAct.MERGE: ProblemState.MERGED,
        ProblemAct.WITHDRAW: ProblemState.VOID,
    },
    ProblemState.PUSHED: {
        ProblemAct.CORRECT: ProblemState.CORRECTED,
        ProblemAct.MERGE: ProblemState.MERGED,
        ProblemAct.WITHDRAW: ProblemState.VOID,
    },
    ProblemState.CORRECTED: {
        ProblemAct.CLEAR: ProblemState.CLEARED,
        ProblemAct.RETURN: ProblemState.PUSHED,
        ProblemAct.MERGE: ProblemState.MERGED,
        ProblemAct.WITHDRAW: ProblemState.VOID,
    },
    ProblemState.CLEARED: {},
    ProblemState.MERGED: {},
    ProblemState.VOID: {},
}
LATEST_FOUND = timedelta(days=366)
"""What was found longer ago is none to be entered now."""
LONGEST_DUE = 366
"""Days until which a problem may be due."""


def following(state: ProblemState, act: ProblemAct) -> ProblemState:
    """The state an act leads to; raises ForbiddenTransition, naming what could be done instead."""
    return transitions.following(ALLOWED, state, act, what="a problem")


def check_found(found_at: datetime, now: datetime) -> None:
    """Raises Invalid for a problem found in the future, or too long ago."""
    if found_at > now:
        raise Invalid("a problem cannot have been found in the future", field="found_at")
    if now - found_at > LATEST_FOUND:
        raise Invalid(f"it was found more than {LATEST_FOUND.days} days ago", field="found_at")


def due_at(day: date, now: datetime) -> datetime:
    """The end of a day of Beijing time, by which a problem has to be corrected; Invalid before today and far away."""
    today = now.astimezone(BEIJING).date()
    if day < today:
        raise Invalid("the due day is over already", field="due_on")
    if day - today > timedelta(days=LONGEST_DUE):
        raise Invalid(f"a due day is at most {LONGEST_DUE} days away", field="due_on")
    return datetime.combine(day + timedelta(days=1), time(), BEIJING)


def check_joins(state: ProblemState, ended_at: datetime | None, found_at: datetime) -> None:
    """Raises unless what was found then can be a further finding of this problem.

    What was found before a problem was cleared is the same problem told late; what is found after it, a new one.
    """
    if state in (ProblemState.MERGED, ProblemState.VOID):
        raise ForbiddenTransition(
            f"nothing is joined to a problem that is {state.value}", state=state.value, act="join"
        )
    if ended_at is not None and found_at > ended_at:
        raise Invalid("it was found after that problem was cleared: it is a new one", field="problem")


def check_judged(state: ProblemState) -> None:
    """Raises ForbiddenTransition where there is no problem of its own that a grid could have missed."""
    if state in (ProblemState.MERGED, ProblemState.VOID):
        raise ForbiddenTransition(
            f"a problem that is {state.value} counts for nobody",
            state=state.value,
            act=ProblemAct.JUDGE.value,
        )
