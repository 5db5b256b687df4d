"""The pages of reports from below 上报: what waits for the reader first, one to file, and one report with its acts."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

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
from app.console.filters import Whoever
from app.console.forms import typed, uploads
from app.console.judging import carry_out, file, in_words, open_to
from app.console.once import new_token
from app.console.order_place import PLACE_WORDS
from app.console.page_route import PageRoute, message_of, see
from app.console.pages import page, words_of
from app.console.texts import N_
from app.context import Context
from app.evidence import Received
from app.flows import reports as flow
from app.registry.directory import GridInfo
from app.views import report_place
from app.views import reports as views
from models.clock import BEIJING
from models.enums import ProblemCategory, ProblemOrigin, ReportAct, ReportState, Severity
from models.errors import DomainError, Forbidden, NotFound

router = APIRouter(prefix="/reports", route_class=PageRoute, include_in_schema=False)
ROWS = 50
WAITING_ROWS = 200
"""Reports that wait for one reader; whoever has more of them works from the top."""
GRIDS = 200
"""Grids to choose from: a county has fewer; of the whole prefecture the counties and parks are offered."""
SOURCES = 300
_Work = Callable[[AsyncSession, list[Received]], Awaitable[dict[str, Any]]]
Next = Literal["", "me", "township", "county", "prefecture", "nobody"]
NEXT: dict[str, tuple[ReportState, ...]] = {
    "township": (ReportState.COLLECTED,),
    "county": (ReportState.FILED,),
    "prefecture": (ReportState.REFERRED,),
    "nobody": tuple(state for state in ReportState if state.final),
}
NEXT_NAMES = {
    "me": N_("me"),
    "township": N_("the township"),
    "county": N_("the county or park"),
    "prefecture": N_("the prefecture"),
    "nobody": N_("nobody: it is decided"),
}
_DONE = {
    "filed": N_("The report is filed; those who have to judge it have been told."),
    ReportAct.FORWARD: N_("The report is passed on."),
    ReportAct.SOLVE: N_("The report is solved."),
    ReportAct.ORDER: N_("The order is given; whoever is on duty there has been told."),
    ReportAct.TASK: N_("The report is handed back as a task."),
    ReportAct.MERGE: N_("The report is merged."),
    ReportAct.DISMISS: N_("The report is dismissed."),
    ReportAct.REFER: N_("The report is referred to the prefecture."),
}


@router.get("")
async def reports_page(
    request: Request,
    caller: Whoever,
    state: Annotated[Literal[""] | ReportState, Query()] = "",
    grid: Annotated[str, Query(max_length=64)] = "",
    next_: Annotated[Next, Query(alias="next")] = "",
    mine: bool = False,
    overdue: bool = False,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """What waits for the reader, the first due on top, then the others, the newest first; all of them filtered."""
    context = context_of(request)
    own = flow.judges_at(caller, context.directory)
    states = tuple(one for one in ReportState if state in ("", one) and one in NEXT.get(next_, (one,)))
    chosen: dict[str, Any] = {
        "scope": caller.scope,
        "states": states,
        "grid_ids": subtree_filter(grid or None, caller, context),
        "person_id": caller.id if mine else None,
        "overdue": overdue or None,
        "now": context.clock.now(),
    }
    waiting: list[dict[str, Any]] = []
    others: dict[str, Any] = {"items": [], "next_cursor": None}
    async with context.sessions() as session:
        if states and own and cursor is None:
            waiting = await views.waiting_reports(session, at_ids=own, limit=WAITING_ROWS + 1, **chosen)
        if states and next_ != "me":
            others = await views.list_reports(
                session, not_waiting_at=own, cursor=cursor, limit=ROWS, **chosen
            )
    filters = [("state", state), ("grid", grid), ("next", next_), ("mine", "1" if mine else "")]
    filters.append(("overdue", "1" if overdue else ""))
    return page(
        request, "reports.html", caller=caller, waiting=waiting[:WAITING_ROWS], others=others["items"],
        more=len(waiting) > WAITING_ROWS, most=WAITING_ROWS, first=cursor is None, judges=bool(own),
        next_cursor=others["next_cursor"], filters=[one for one in filters if one[1]],
        states=list(ReportState), grids=_grids(caller, context), next_names=NEXT_NAMES,
        state=state, grid=grid, next=next_, mine=mine, overdue=overdue,
        may_file=bool(flow.files_for(caller, context.directory)),
    )  # fmt: skip


@router.get("/new")
async def new_report(request: Request, caller: Whoever) -> Response:
    """The form to report a problem upward, for those who may."""
    return await _form(request, caller)


@router.post("/new")
async def file_report(request: Request, caller: Whoever) -> Response:
    """Files the report, once, and leads to its page; a refusal gives the form again, with what was typed."""
    words = words_of(request)
    form = await request.form(max_files=100, max_fields=30)
    fields = typed(form)

    async def work(session: AsyncSession, received: list[Received]) -> dict[str, Any]:
        return {"report": await file(session, caller, context_of(request), fields, received, words)}

    try:
        said = await do_once_with(request, caller, fields, uploads(form, words), work)
    except DomainError as error:
        text, status = _told(request, in_words(words, error))
        return await _form(request, caller, fields=fields, message=text, status=status)
    return see(f"/reports/{said['report']}?done=filed")


@router.get("/{report_id:int}")
async def report_page(
    request: Request, report_id: Id, caller: Whoever, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """One report: what was found where, its way so far, and the forms that the reader may use now."""
    return await _shown(request, caller, report_id, done=done)


@router.get("/{number}")
async def by_number(request: Request, number: str, caller: Whoever) -> Response:
    """Leads to the report of this number, as feeds and notes name it."""
    if not storable(number):
        raise NotFound("no such report")
    async with context_of(request).sessions() as session:
        return see(f"/reports/{await views.id_of_number(session, number, caller.scope)}")


@router.post("/{report_id:int}/{act}")
async def act_on_report(request: Request, report_id: Id, act: ReportAct, caller: Whoever) -> Response:
    """What a form on the report's page asks for, once; a refusal gives the page again, with what was typed."""
    context, words = context_of(request), words_of(request)
    form = await request.form(max_files=100, max_fields=30)
    fields = typed(form)
    async with context.sessions() as session:
        # A report outside the scope is not there, whatever else is wrong with the form.
        await views.report_document(session, report_id, caller.scope)

    async def work(session: AsyncSession, received: list[Received]) -> dict[str, Any]:
        await carry_out(session, caller, context, report_id, act, fields, received, words)
        return {"report": report_id}

    try:
        await do_once_with(request, caller, fields, uploads(form, words), work)
    except DomainError as error:
        text, status = _told(request, in_words(words, error, act))
        return await _shown(
            request, caller, report_id, message=text, status=status, fields=fields, tried=act.value
        )
    return see(f"/reports/{report_id}?done={act.value}")


def _told(request: Request, error: DomainError) -> tuple[str, int]:
    megabytes = context_of(request).settings.max_upload_mb
    return message_of(words_of(request), error, megabytes=megabytes), STATUS.get(error.code, 400)


async def _form(
    request: Request,
    caller: Caller,
    *,
    fields: Mapping[str, str] | None = None,
    message: str = "",
    status: int = 200,
) -> Response:
    context = context_of(request)
    directory = context.directory
    allowed = flow.files_for(caller, directory)
    if not allowed:
        raise Forbidden("reporting upward takes a duty in the field of a township or village")
    async with context.sessions() as session:
        sources = await report_place.sources_seen(session, caller.scope, SOURCES)
        counties = {county.id for one in allowed if (county := directory.level2(one)) is not None}
        ground = await report_place.ground(session, counties | set(allowed), caller.scope)
    return page(
        request, "report_new.html", status, caller=caller, fields=fields or {}, message=message,
        latest=for_field(context.clock.now()),
        grids=[grid for grid in directory.grids if grid.id in allowed], sources=sources,
        ground=ground, map_words={name: words_of(request).say(PLACE_WORDS[name]) for name in ("in", "out")},
        categories=list(ProblemCategory), origins=list(ProblemOrigin), may_attach=_may_attach(caller),
        once={"new": new_token()}, max_mb=context.settings.max_upload_mb, max_files=MAX_EVIDENCE,
    )  # fmt: skip


async def _shown(
    request: Request,
    caller: Caller,
    report_id: int,
    *,
    done: str = "",
    message: str = "",
    status: int = 200,
    fields: Mapping[str, str] | None = None,
    tried: str = "",
) -> Response:
    context, words = context_of(request), words_of(request)
    async with context.sessions() as session:
        report = await views.report_document(session, report_id, caller.scope)
        around = await report_place.around(session, report["lon"], report["lat"], caller.scope)
        led_to = await report_place.led_to(session, report, caller.scope)
    spot = {"name": report["place"] or report["number"], "lon": report["lon"], "lat": report["lat"]}
    place_words = PLACE_WORDS | {"station": N_("Found here"), "near": N_("Station")}
    grid_names = {grid.code: grid.name for grid in context.directory.grids if grid.level <= 3}
    found_on = datetime.fromisoformat(report["found_at"]).astimezone(BEIJING).date().isoformat()
    return page(
        request, "report.html", status, caller=caller, report=report, open=open_to(report, caller, context),
        found_on=found_on,
        around=around, around_km=round(report_place.AROUND_M / 1000),
        drawn=around | {"station": spot, "wind": None}, led_to=led_to,
        place_words={name: words.say(text) for name, text in place_words.items()}, grid_names=grid_names,
        message=message, done=words.say(_DONE[done]) if done in _DONE and not message else "",
        fields=fields or {}, tried=tried, once=defaultdict(new_token), severities=list(Severity),
        may_attach=_may_attach(caller), max_mb=context.settings.max_upload_mb, max_files=MAX_EVIDENCE,
        shown_types=evidence.SHOWN,
    )  # fmt: skip


def _grids(caller: Caller, context: Context) -> list[GridInfo]:
    """To choose from: all that the reader sees, or of too many the near ones."""
    seen = [grid for grid in context.directory.grids if caller.scope.sees(grid.id)]
    return seen if len(seen) <= GRIDS else [grid for grid in seen if grid.level <= 2]


def _may_attach(caller: Caller) -> bool:
    try:
        evidence.grid_of(caller)
    except Forbidden:
        return False
    return True
