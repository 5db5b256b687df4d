"""The console: pages for officers and supervisors, outside the described API."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app.api.requests import LINE, Id
from app.auth.callers import context_of
from app.board.only import Only
from app.console import (
    act_register,
    admin,
    air,
    air_records,
    answering,
    assessment,
    audit,
    board_map,
    consultation,
    desk,
    exposure_batches,
    exposures,
    importing,
    integrity,
    keys,
    ladders,
    list_files,
    muting,
    noting,
    ordering,
    outbox,
    paper_desk,
    papers,
    patrol_plans,
    patrols,
    people,
    policies,
    problem_samples,
    problems,
    public_reports,
    quarantine,
    readings,
    registry,
    report_rules,
    reports,
    rewards,
    rules,
    signing,
    silences,
    sources,
    staffing,
    stations,
    supervision,
    sweeps,
    targets,
    tasks,
    unrouted,
    watch,
    yearly,
)
from app.console.acts import act_by_form
from app.console.asking import Asking
from app.console.below import reports_waiting, work_below
from app.console.board import BREACHES, ROWS, board, counters, shows
from app.console.board_map import MAP_WORDS
from app.console.filters import Chosen, Whoever, near_grids
from app.console.forms import Act
from app.console.handing import Handing
from app.console.muting import ALARM_NAMES, ALARM_WORDS, LONGEST_REASON, MINUTES
from app.console.names import named
from app.console.noting import may_note, noted_in_words, with_notes
from app.console.once import new_token
from app.console.order_chart import MARKS
from app.console.order_names import CLOCK
from app.console.order_page import order_page
from app.console.page_route import PageRoute
from app.console.pages import FRESH, assets, page, words_of
from app.console.reasons import retold
from app.context import Context
from app.views.order_chart import order_chart
from app.views.orders import order_document
from models.enums import EventKind, OrderState, Role
from models.errors import NotFound

router = APIRouter(route_class=PageRoute, include_in_schema=False)
for part in (
    board_map,
    desk,
    muting,
    noting,
    papers,
    supervision,
    readings,
    list_files,
    # Before the pages of cases: "batches" is no case.
    exposure_batches,
    exposures,
    ladders,
    act_register,
    assessment,
    answering,
    yearly,
    # Before the pages of months, whose paths it shares.
    air_records,
    air,
    targets,
    integrity,
    consultation,
    problem_samples,
    problems,
    paper_desk,
    sources,
    sweeps,
    patrol_plans,
    patrols,
    public_reports,
    report_rules,
    rewards,
    signing,
    stations,
    tasks,
    reports,
    keys,
    admin,
    people,
    # Before the pages of grids, whose codes could be anything.
    importing,
    registry,
    staffing,
    silences,
    rules,
    policies,
    outbox,
    quarantine,
    audit,
    watch,
    # Before the pages of orders, below: "new" is no order.
    ordering,
    unrouted,
):
    router.include_router(part.router)

_FOR_EVER = "public, max-age=31536000, immutable"


@router.get("/")
async def duty_board(request: Request, caller: Whoever, chosen: Chosen, wall: bool = False) -> Response:
    """Counters, the open orders with the most urgent on top, and the newest breaches; `wall` is large."""
    context = context_of(request)
    # Before the rows are read: what is committed in between comes again on the stream, and nothing is missed.
    head = await context.feed.head()
    now = context.clock.now()
    words = words_of(request)
    async with context.sessions() as session:
        found = await board(session, caller.scope, chosen, now)
        orders = await with_notes(session, await retold(session, found.orders, words))
        presence = await desk.board_line(session, caller, context, now)
        below = await work_below(session, caller, context)
        judging = await reports_waiting(session, caller, context)
    return page(
        request,
        "board.html",
        caller=caller,
        now=now,
        head=head,
        board=found,
        orders=orders,
        chosen=chosen,
        wall=wall,
        desk=presence,
        below=below,
        judging=judging,
        states=list(OrderState),
        onlies=list(Only),
        grids=near_grids(caller, context),
        clocks={kind.value: words.say(name) for kind, name in CLOCK.items()},
        kinds=[kind.value for kind in EventKind],
        map_words={name: words.say(text) for name, text in MAP_WORDS.items()},
        alarm_words={name: words.say(text) for name, text in ALARM_WORDS.items()},
        alarms={name: words.say(text) for name, text in ALARM_NAMES.items()},
        mute_minutes=MINUTES,
        longest_reason=LONGEST_REASON,
        may_order=caller.has(Role.DUTY_OFFICER),
        may_note=may_note(caller),
        longest_note=LINE,
        noted=noted_in_words(words, request.query_params.get("done", "")),
        once=new_token(),
        once_noting=new_token(),
        back=f"/?{urlencode(asked)}"
        if (asked := chosen.address + ([("wall", "1")] if wall else []))
        else "/",
        rows=ROWS,
        breaches=BREACHES,
    )


@router.get("/board/counters")
async def board_counters(request: Request, caller: Whoever, chosen: Chosen) -> Response:
    """The counters alone, with the server's instant; the one whose rows are shown is marked."""
    context = context_of(request)
    now = context.clock.now()
    async with context.sessions() as session:
        found = await counters(session, caller.scope, now)
        judging = await reports_waiting(session, caller, context)
    return page(
        request, "counters.html", caller=caller, now=now, counters=found, chosen=chosen, judging=judging,
        may_order=caller.has(Role.DUTY_OFFICER),
    )  # fmt: skip


@router.get("/orders/{order_id}")
async def one_order(request: Request, order_id: Id, caller: Whoever) -> Response:
    """The order with everything said about it, and the forms the caller may use now."""
    async with context_of(request).sessions() as session:
        return await order_page(request, session, caller, order_id)


@router.get("/orders/{order_id}/chart")
async def chart_of_order(request: Request, order_id: Id, caller: Whoever) -> Response:
    """What the order's station and its neighbours measured around the event; 204 where no station raised it."""
    context = context_of(request)
    async with context.sessions() as session:
        found = await order_chart(session, order_id, caller.scope, now=context.clock.now())
    if found is None:
        return Response(status_code=204)
    words = words_of(request)
    found["name"] = named(words, "pollutant", found["pollutant"])
    for mark in found["marks"]:
        what = mark["what"]
        mark["name"] = words.say(MARKS[what])
    return JSONResponse(found, headers={"Cache-Control": FRESH})


@router.get("/orders/{order_id}/row")
async def order_row(
    request: Request, order_id: Id, caller: Whoever, chosen: Chosen, wall: bool = False
) -> Response:
    """The order's row on the board; 204 when it does not belong on the board so filtered."""
    context: Context = context_of(request)
    async with context.sessions() as session:
        if not await shows(session, caller.scope, chosen, order_id, now=context.clock.now()):
            return Response(status_code=204)
        order = await order_document(session, order_id, caller.scope)
        (order,) = await with_notes(session, await retold(session, [order], words_of(request)))
    return page(request, "row.html", caller=caller, order=order, may_note=may_note(caller), wall=wall)


@router.post("/orders/{order_id}/{act}")
async def act_on_order(
    request: Request, order_id: Id, act: Act | Asking | Handing, caller: Whoever
) -> Response:
    """What a form on the order's page asks for."""
    return await act_by_form(request, caller, order_id, act)


@router.get("/static/{digest}/{name}")
async def static_file(digest: str, name: str) -> Response:
    """A file of the pages. Under the digest of its content it may be kept for ever."""
    asset = assets().get(name)
    if asset is None:
        raise NotFound("no such file")
    kept = _FOR_EVER if digest == asset.digest else "no-cache"
    return Response(asset.content, headers={"Cache-Control": kept}, media_type=asset.media_type)
