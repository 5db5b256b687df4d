"""The pages of the problem list 问题清单: the board by grid and state, one problem with its acts, one to enter."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app import evidence
from app.api.errors import STATUS
from app.api.requests import MAX_EVIDENCE, Id
from app.api.rights import subtree_filter
from app.auth.callers import context_of, storable
from app.auth.scope import Caller
from app.console.administering import for_field
from app.console.attached import do_once_with
from app.console.filters import Whoever, known_grids, near_grids, nested
from app.console.forms import typed, uploads
from app.console.once import do_once, new_token
from app.console.page_route import Message, PageRoute, message_of, see
from app.console.pages import page, words_of
from app.console.problem_acts import (
    Form,
    acts_for,
    carry_out,
    enter,
    in_words,
    may,
    suggested_day,
)
from app.console.texts import N_
from app.evidence import Received
from app.flows import problems as flow
from app.views import problems as views
from models.enums import FindingKind, ProblemCategory, ProblemState
from models.errors import DomainError, NotFound

router = APIRouter(prefix="/supervision/problems", route_class=PageRoute, include_in_schema=False)
HOME = "/supervision/problems"
ROWS = 50
DUE_DAYS = 7
"""Until when a problem is due, unless whoever pushes it says otherwise."""
BY_HAND = tuple(kind for kind in FindingKind if kind not in (FindingKind.ORDER, FindingKind.UP_REPORT))
"""Orders and reports are taken from the list of candidates, with their place and words."""
RECORD_PATHS = {
    FindingKind.ORDER.value: "/orders/",
    FindingKind.UP_REPORT.value: "/reports/",
    FindingKind.COMPLAINT.value: "/supervision/public-reports/",
}
_DONE: dict[str, str] = {
    "entered": N_("The problem is on the list."),
    "taken": N_("It is on the list."),
    "push": N_("The problem is pushed; those who answer for the grid have been told."),
    "correct": N_("Sent; the prefecture looks at it."),
    "clear": N_("The problem is cleared."),
    "return": N_("The problem is given back; those who answer for the grid have been told."),
    "merge": N_("The problem is merged."),
    "withdraw": N_("The problem is withdrawn."),
    "judge": N_("The decision is recorded; the grid sees it."),
    "check": N_("The check is recorded."),
    "find": N_("The finding is recorded."),
}


MISSED: dict[str, bool | None] = {"": None, "yes": True, "no": False}


def states_of(state: str) -> tuple[ProblemState, ...]:
    """What is listed: without a state what is open, with `all` everything."""
    if state == "":
        return tuple(one for one in ProblemState if not one.final)
    return () if state == "all" else (ProblemState(state),)


@router.get("")
async def problems_page(
    request: Request,
    caller: Whoever,
    state: Annotated[Literal["", "all"] | ProblemState, Query()] = "",
    grid: Annotated[str, Query(max_length=64)] = "",
    category: Annotated[Literal[""] | ProblemCategory, Query()] = "",
    missed: Annotated[Literal["", "yes", "no"], Query()] = "",
    overdue: bool = False,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """The figures of each grid, and the problems under the filters of the address; without one, what is open."""
    context = context_of(request)
    now = context.clock.now()
    async with context.sessions() as session:
        figures = await views.figures_by_grid(session, context.directory, caller.scope, since=None, now=now)
        found = await views.list_problems(
            session, scope=caller.scope, now=now, states=states_of(state),
            category=ProblemCategory(category) if category else None,
            grid_ids=subtree_filter(grid or None, caller, context), overdue=overdue or None,
            missed=MISSED[missed], cursor=cursor, limit=ROWS,
        )  # fmt: skip
    filters = [("state", state), ("grid", grid), ("category", category), ("missed", missed)]
    filters.append(("overdue", "1" if overdue else ""))
    return page(
        request, "problems.html", caller=caller, figures=figures, problems=found["items"],
        next_cursor=found["next_cursor"], filters=[one for one in filters if one[1]],
        states=list(ProblemState), categories=list(ProblemCategory),
        grids=[one for one in near_grids(caller, context) if one.level == 2],
        state=state, grid=grid, category=category, missed=missed, overdue=overdue,
        prepares=may(caller, context, *flow.PREPARE), office=caller.scope.grid_ids is None,
    )  # fmt: skip


@router.get("/new")
async def new_problem(request: Request, caller: Whoever) -> Response:
    """The form to enter a problem, for those of the prefecture who may."""
    return await _form(request, caller)


@router.post("/new")
async def enter_problem(request: Request, caller: Whoever) -> Response:
    """Enters the problem, once, and leads to its page; a refusal gives the form again, with what was typed."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=0, max_fields=30))

    async def work(session: AsyncSession) -> dict[str, Any]:
        return {"problem": await enter(session, caller, context, fields, words)}

    try:
        said = await do_once(request, caller, fields, work)
    except DomainError as error:
        text, status = told(request, in_words(words, error))
        return await _form(request, caller, fields=fields, message=text, status=status)
    return see(f"{HOME}/{said['problem']}?done=entered")


@router.get("/{problem_id:int}")
async def problem_page(
    request: Request, problem_id: Id, caller: Whoever, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """One problem: what found it, what was done, the weekly checks, and the forms that the reader may use now."""
    return await _shown(request, caller, problem_id, done=done)


@router.post("/{problem_id:int}/{form}")
async def act_on_problem(request: Request, problem_id: Id, form: Form, caller: Whoever) -> Response:
    """What a form on the problem's page asks for, once; a refusal gives the page again, with what was typed."""
    context, words = context_of(request), words_of(request)
    sent = await request.form(max_files=100, max_fields=30)
    fields = typed(sent)
    async with context.sessions() as session:
        # A problem outside the scope is not there, whatever else is wrong with the form.
        await views.problem_document(session, problem_id, caller.scope, now=context.clock.now())

    async def work(session: AsyncSession, received: list[Received]) -> dict[str, Any]:
        await carry_out(session, caller, context, problem_id, form, fields, received, words)
        return {"problem": problem_id}

    try:
        await do_once_with(request, caller, fields, uploads(sent, words), work)
    except DomainError as error:
        text, status = told(request, in_words(words, error))
        return await _shown(
            request, caller, problem_id, message=text, status=status, fields=fields, tried=form
        )
    return see(f"{HOME}/{problem_id}?done={form}")


@router.get("/{number}")
async def by_number(request: Request, number: str, caller: Whoever) -> Response:
    """Leads to the problem of this number, as messages and papers name it."""
    if not storable(number):
        raise NotFound("no such problem")
    async with context_of(request).sessions() as session:
        return see(f"{HOME}/{await views.id_of_number(session, number, caller.scope)}")


def told(request: Request, error: DomainError) -> tuple[Message, int]:
    """What a refusal says to a person, and its status."""
    megabytes = context_of(request).settings.max_upload_mb
    message = message_of(words_of(request), error, megabytes=megabytes)
    message.problem = str(error.extra.get("number") or "")
    return message, STATUS.get(error.code, 400)


async def _form(
    request: Request,
    caller: Caller,
    *,
    fields: Mapping[str, str] | None = None,
    message: str = "",
    status: int = 200,
) -> Response:
    context = context_of(request)
    flow.permit_prefecture(caller, flow.PREPARE, context)
    return page(
        request, "problem_new.html", status, caller=caller, fields=fields or {}, message=message,
        latest=for_field(context.clock.now()), categories=list(ProblemCategory), kinds=BY_HAND,
        grids=nested([one for one in known_grids(caller, context) if one.level > 1]), once={"new": new_token()},
    )  # fmt: skip


async def _shown(
    request: Request,
    caller: Caller,
    problem_id: int,
    *,
    done: str = "",
    message: str = "",
    status: int = 200,
    fields: Mapping[str, str] | None = None,
    tried: str = "",
) -> Response:
    context, words = context_of(request), words_of(request)
    now = context.clock.now()
    async with context.sessions() as session:
        problem = await views.problem_document(session, problem_id, caller.scope, now=now)
        records = await views.records_of(session, problem["found"], caller.scope)
    open_to = acts_for(problem, caller, context)
    return page(
        request, "problem.html", status, caller=caller, problem=problem, open=open_to, message=message,
        records=records, record_paths=RECORD_PATHS,
        done=words.say(_DONE[done]) if done in _DONE and not message else "", fields=fields or {}, tried=tried,
        once=defaultdict(new_token), forms=get_args(Form), kinds=BY_HAND, latest=for_field(now),
        suggested=suggested_day(now, DUE_DAYS).isoformat(), earliest=suggested_day(now, 0).isoformat(),
        max_mb=context.settings.max_upload_mb, max_files=MAX_EVIDENCE, shown_types=evidence.SHOWN,
    )  # fmt: skip
