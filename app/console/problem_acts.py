"""Problems by the forms of pages: which acts are somebody's now, what a form means, what refusals say."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from app.api.problem_asked import draft_of, finding_of
from app.api.problem_requests import (
    ProblemCheckIn,
    ProblemClearIn,
    ProblemCorrectIn,
    ProblemFindingIn,
    ProblemIn,
    ProblemJudgeIn,
    ProblemMergeIn,
    ProblemPushIn,
    ProblemReturnIn,
    ProblemWithdrawIn,
)
from app.auth.permissions import permit_role
from app.auth.scope import Caller
from app.console.attached import place
from app.console.forms import beijing_instant, checked_by, location_of
from app.console.texts import N_, Texts
from app.context import Context
from app.evidence import Received
from app.flows import problems as flow
from app.flows.problems import Deed
from app.views.paging import instant
from app.views.problems import id_of_number
from models.clock import BEIJING
from models.enums import ProblemAct, ProblemState
from models.errors import DomainError, Forbidden, Invalid, NotFound
from supervision.problems.checks import week_of
from supervision.problems.lifecycle import ALLOWED

Form = Literal["push", "correct", "clear", "return", "merge", "withdraw", "judge", "check", "find"]
NAMES = {
    "grid": N_("Grid"),
    "category": N_("What kind of problem"),
    "title": N_("Title"),
    "text": N_("What is to be said"),
    "place": N_("Place in words"),
    "location": N_("Position"),
    "source": N_("Registered source"),
    "kind": N_("Found by"),
    "ref": N_("Document, number or address"),
    "found_at": N_("When it was found"),
    "note": N_("Note"),
    "due_on": N_("Due day"),
    "into": N_("Number of the problem"),
    "missed": N_("Decide whether its grid missed it"),
    "size": N_("How many"),
    "from": N_("From"),
    "until": N_("Until"),
    "outcome": N_("Outcome"),
    "finding": N_("What was found"),
}
"""What the fields are called in a fault."""
_NO_SUCH = N_("Another problem of the same grid is wanted, which is neither merged nor withdrawn.")
_FIELD = {
    "grid": N_("A problem belongs to a county or park, or to a town or village of one."),
    "found_at": N_("When it was found: within the last year, and not in the future."),
    "due_on": N_("The due day: today or later, at most a year away; a check is made once it is over."),
    "into": _NO_SUCH,
    "problem": N_("It was found after that problem was cleared: please enter it as a new one."),
    "week": N_("It was checked in this week already."),
    "evidence": N_("A file could not be attached; please choose the files again."),
    "until": N_("The period has to be over, and to end after it begins."),
    "from": N_("Nothing was cleared in this period."),
}
_REFUSED = {
    "forbidden_transition": N_(
        "Somebody has handled this problem meanwhile; please look at its newest state."
    ),
    "forbidden": N_("Your duties do not allow this step with this problem."),
    "not_found": N_("There is no such problem or grid, or it lies outside your grids."),
    "overlap": N_("A sample of this time was drawn already."),
}


def acts_for(problem: Mapping[str, Any], caller: Caller, context: Context) -> list[Form]:
    """The acts that the problem's state takes and that are the reader's, by the rules of the acts themselves."""
    state = ProblemState(problem["state"])
    led = ALLOWED[state]
    found: list[Form] = []
    if ProblemAct.CORRECT in led and may_correct(problem, caller, context):
        found.append("correct")
    if may(caller, context, *flow.DECIDE):
        wanted: list[tuple[Form, ProblemAct]] = [
            ("push", ProblemAct.PUSH),
            ("clear", ProblemAct.CLEAR),
            ("return", ProblemAct.RETURN),
        ]
        found += [form for form, act in wanted if act in led]
        week = week_of(context.clock.now()).isoformat()
        if problem["overdue"] and week not in {one["week"] for one in problem["checked"]}:
            found.append("check")
        if state not in (ProblemState.MERGED, ProblemState.VOID):
            found.append("judge")
        if ProblemAct.WITHDRAW in led:
            found.append("withdraw")
    if may(caller, context, *flow.PREPARE):
        if state not in (ProblemState.MERGED, ProblemState.VOID):
            found.append("find")
        if ProblemAct.MERGE in led:
            found.append("merge")
    return found


def may(caller: Caller, context: Context, *roles: Any) -> bool:
    """Whether the caller has one of the roles in the prefecture."""
    try:
        flow.permit_prefecture(caller, roles, context)
    except Forbidden:
        return False
    return True


def may_correct(problem: Mapping[str, Any], caller: Caller, context: Context) -> bool:
    """Whether the caller supervises the problem's grid."""
    grid = context.directory.grid_by_code(problem["grid"])
    try:
        permit_role(caller, flow.CORRECT, 0 if grid is None else grid.id, context.directory, act="correcting")
    except Forbidden:
        return False
    return True


async def enter(
    session: AsyncSession, caller: Caller, context: Context, fields: Mapping[str, str], words: Texts
) -> int:
    """Enters the problem a form says; gives its id."""
    said: dict[str, Any] = only(fields, "grid", "category", "title", "text", "place", "source")
    if (location := location_of(fields, words)) is not None:
        said["location"] = location
    said["finding"] = _finding(fields, words)
    body = checked_by(ProblemIn, said, words, NAMES)
    draft = await draft_of(session, body, caller, context)
    return await flow.open_(session, draft, caller=caller, context=context)


async def carry_out(
    session: AsyncSession,
    caller: Caller,
    context: Context,
    problem_id: int,
    form: Form,
    fields: Mapping[str, str],
    received: Sequence[Received],
    words: Texts,
) -> None:
    """Does with a problem what a form says."""
    text = only(fields, "text")
    deed: Deed
    match form:
        case "merge":
            into = await _into(session, caller, fields, words)
            body = checked_by(ProblemMergeIn, text | {"into": into}, words, NAMES)
            await flow.merge(session, problem_id, body.into, body.text, caller=caller, context=context)
            return
        case "push":
            pushed = checked_by(ProblemPushIn, text | only(fields, "due_on"), words, NAMES)
            deed = flow.pushed(pushed.due_on, pushed.text)
        case "return":
            back = checked_by(ProblemReturnIn, text | only(fields, "due_on"), words, NAMES)
            deed = flow.given_back(back.due_on, back.text)
        case "correct":
            done = checked_by(ProblemCorrectIn, text, words, NAMES).text
            deed = flow.corrected(done, await place(session, received, caller, context))
        case "clear":
            deed = flow.cleared(checked_by(ProblemClearIn, text, words, NAMES).text)
        case "withdraw":
            deed = flow.withdrawn(checked_by(ProblemWithdrawIn, text, words, NAMES).text)
        case "judge":
            judged = checked_by(ProblemJudgeIn, text | only(fields, "missed"), words, NAMES)
            deed = flow.judged(judged.missed, judged.text)
        case "check":
            deed = flow.checked(checked_by(ProblemCheckIn, text, words, NAMES).text)
        case "find":
            found = checked_by(ProblemFindingIn, _finding(fields, words), words, NAMES)
            deed = flow.joined(finding_of(found, context))
    await flow.act(session, problem_id, deed, caller=caller, context=context)


def _finding(fields: Mapping[str, str], words: Texts) -> dict[str, Any]:
    said: dict[str, Any] = only(fields, "kind", "ref", "note")
    if (found_at := beijing_instant(fields, "found_at", words, NAMES)) is not None:
        said["found_at"] = instant(found_at)
    return said


async def _into(session: AsyncSession, caller: Caller, fields: Mapping[str, str], words: Texts) -> int | None:
    """The problem whose number was typed."""
    number = fields.get("into", "").strip()
    if not number:
        return None
    try:
        return await id_of_number(session, number[:64], caller.scope)
    except NotFound:
        raise Invalid("no such problem", field="into", shown=words.say(_NO_SUCH)) from None


def suggested_day(now: Any, days: int) -> date:
    """A day of Beijing time so many days away, as a form offers it."""
    day: date = now.astimezone(BEIJING).date() + timedelta(days=days)
    return day


def in_words(words: Texts, error: DomainError) -> DomainError:
    """The refusal with what is said to a person about a problem."""
    if "shown" in error.extra:
        return error
    if error.extra.get("number"):
        error.extra["shown"] = words.say(
            "This is a finding of problem %(number)s already.", number=str(error.extra["number"])
        )
        return error
    text = _FIELD.get(str(error.extra.get("field"))) or _REFUSED.get(error.code)
    if text is not None:
        error.extra["shown"] = words.say(text)
    return error


def only(fields: Mapping[str, str], *names: str) -> dict[str, Any]:
    """These of the fields, where they were filled in."""
    return {name: fields[name] for name in names if name in fields}
