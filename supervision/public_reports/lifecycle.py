"""Which act leads from which state of a public report to which; the one table of it. Pure."""

from models.enums import PublicReportAct, PublicReportState
from models.errors import ForbiddenTransition

_S, _A = PublicReportState, PublicReportAct
ALLOWED: dict[PublicReportState, dict[PublicReportAct, PublicReportState]] = {
    _S.RECEIVED: {
        _A.ACCEPT: _S.ACCEPTED,
        _A.MERGE: _S.MERGED,
        _A.REFER: _S.RECEIVED,
        _A.REJECT: _S.REJECTED,
        _A.LINK: _S.RECEIVED,
    },
    _S.ACCEPTED: {
        _A.MERGE: _S.MERGED,
        _A.REFER: _S.RECEIVED,
        _A.ANSWER: _S.ANSWERED,
        _A.LINK: _S.ACCEPTED,
    },
    # An answer that left the problem unsolved may be followed by one that says it is solved.
    _S.ANSWERED: {_A.ANSWER: _S.ANSWERED, _A.LINK: _S.ANSWERED},
    _S.REJECTED: {},
    _S.MERGED: {},
}


def after(state: PublicReportState, act: PublicReportAct, *, solved: bool | None) -> PublicReportState:
    """The state that the act leads to; raises ForbiddenTransition where it leads nowhere."""
    if act not in acts(state, solved=solved):
        raise ForbiddenTransition("the report does not take this step", state=state.value, act=act.value)
    return ALLOWED[state][act]


def acts(state: PublicReportState, *, solved: bool | None) -> frozenset[PublicReportAct]:
    """What may be done with a report of this state; `solved` is what its answer says, None before one."""
    found = frozenset(ALLOWED[state])
    return found - {_A.ANSWER} if solved else found
