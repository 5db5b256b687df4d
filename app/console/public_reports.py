"""Reports of the public at the desk: what waits, one report with its acts, and who sent it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.errors import STATUS
from app.api.public_report_shapes import (
    AcceptIn,
    AnswerIn,
    IdentityIn,
    LinkIn,
    MergeIn,
    ReferIn,
    RejectIn,
    RewardIn,
    TakeOverIn,
)
from app.api.public_reports import picture, referred_to, repeated_document
from app.api.reporters import keys_of, opened
from app.api.requests import Id
from app.api.rights import demand, subtree_filter
from app.auth.callers import context_of, storable
from app.auth.scope import Caller
from app.console.administering import refusal
from app.console.filters import Whoever, near_grids
from app.console.forms import checked_by, only, typed
from app.console.once import do_once, new_token
from app.console.page_route import PageRoute, see
from app.console.pages import page, words_of
from app.console.public_report_names import REFUSED
from app.console.texts import N_, Texts
from app.context import Context
from app.database import transaction
from app.flows import problems, reported_problems
from app.flows import public_reports as flow
from app.views import public_reports as views
from models.enums import PublicReportAct, PublicReportState, RewardState, Role
from models.errors import DomainError, Forbidden, Invalid, NotFound
from supervision.public_reports import reports, steps
from supervision.public_reports.lifecycle import acts
from supervision.public_reports.policy import amount_of
from supervision.public_reports.routing import Spot

router = APIRouter(prefix="/supervision", route_class=PageRoute, include_in_schema=False)
ROWS = 50
FIELD = {
    "note": N_("Note"),
    "reason": N_("Reason"),
    "report": N_("Number of the other report"),
    "grid": N_("County or park"),
    "text": N_("Answer"),
    "solved": N_("Whether the problem is solved"),
    "problem": N_("Number of the problem"),
    "title": N_("Title"),
    "amount": N_("Amount in yuan"),
    "ground": N_("Ground of the reward"),
}
DONE = {
    "accept": N_("The report is accepted."),
    "merge": N_("The report is handled with the other one."),
    "refer": N_("The report is referred."),
    "reject": N_("The report is answered as not accepted."),
    "answer": N_("The answer stands on the reporter's page."),
    "link": N_("The report is linked to the problem."),
    "problem": N_("The report is taken over as a problem; it follows the problem from now on."),
    "reward": N_("The reward is proposed; another person has to approve it."),
}
TABS: dict[str, tuple[PublicReportState, ...]] = {
    "waiting": (PublicReportState.RECEIVED,),
    "accepted": (PublicReportState.ACCEPTED,),
    "closed": (PublicReportState.ANSWERED, PublicReportState.REJECTED, PublicReportState.MERGED),
    "all": (),
}
TAB_NAMES = {
    "waiting": N_("To be judged"),
    "accepted": N_("Being handled"),
    "closed": N_("Closed"),
    "all": N_("All"),
}
READERS = (*flow.HANDLERS, Role.IDENTITY_KEEPER, Role.ADMINISTRATOR, Role.VIEWER)
Tab = Literal["waiting", "accepted", "closed", "all"]
Step = Literal["accept", "merge", "refer", "reject", "answer", "link", "problem", "reward"]
_Work = Callable[[AsyncSession], Awaitable[dict[str, Any]]]


@router.get("/public-reports")
async def waiting(
    request: Request,
    caller: Whoever,
    tab: Tab = "waiting",
    grid: Annotated[str, Query(max_length=64)] = "",
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """Reports of the reader's grids, and the problems that several people reported and nobody solved."""
    context = context_of(request)
    demand(caller, *READERS)
    async with context.sessions() as session:
        found = await views.list_public_reports(
            session, scope=caller.scope, states=TABS[tab], grid_ids=subtree_filter(grid or None, caller, context),
            cursor=cursor, limit=ROWS,
        )  # fmt: skip
        again = await repeated_document(session, context.clock.now(), caller, context)
    return page(
        request, "public_reports.html", caller=caller, reports=found["items"], next_cursor=found["next_cursor"],
        tab=tab, tabs=TAB_NAMES, grid=grid, grids=near_grids(caller, context), repeated=again,
        grid_names={one.code: one.name for one in context.directory.grids},
    )  # fmt: skip


@router.get("/public-reports/{report_id:int}")
async def one(
    request: Request, report_id: Id, caller: Whoever, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """One report: what was said where, its steps, and the forms that the reader may use now."""
    return await _shown(request, caller, report_id, done=DONE.get(done, ""))


@router.get("/public-reports/{report_id:int}/photos/{place:int}")
async def photo(request: Request, report_id: Id, place: Id, caller: Whoever) -> Response:
    """A picture as it is shown."""
    context = context_of(request)
    if place > 100:
        raise NotFound("no such picture")
    async with context.sessions() as session:
        return await picture(session, report_id, place, caller, context)


@router.post("/public-reports/{report_id:int}/identity")
async def identity(request: Request, report_id: Id, caller: Whoever) -> Response:
    """Who sent the report, on this answer alone: nothing of it is kept, and each look is an event."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=0, max_fields=10))
    try:
        body = checked_by(IdentityIn, {"reason": fields.get("reason")}, words, FIELD)
        async with transaction(context.sessions) as session:
            found = await opened(
                session, report_id, body.reason, keys=keys_of(request), caller=caller, context=context
            )
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        message = refusal(request, error, REFUSED)
        return await _shown(request, caller, report_id, message=message, status=STATUS.get(error.code, 400))
    return await _shown(request, caller, report_id, reporter=found)


@router.post("/public-reports/{report_id:int}/{step}")
async def take_step(request: Request, report_id: Id, step: Step, caller: Whoever) -> Response:
    """An act of whoever handles the report, once; a refusal gives the page again, with what was typed."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=0, max_fields=20))

    async def work(session: AsyncSession) -> dict[str, Any]:
        if step == "reward":
            said = checked_by(RewardIn, only(fields, "amount", "ground"), words, FIELD)
            await flow.propose_reward(
                context.pipeline, session, report_id, amount_of(said.amount), said.ground, caller=caller,
                clock=context.clock,
            )  # fmt: skip
            return {"there": True}
        if step == "problem":
            taken = checked_by(
                TakeOverIn, only(fields, "title", "text"), words, FIELD | {"text": N_("What was found")}
            )
            await reported_problems.take_over(
                session, report_id, title=taken.title, text=taken.text, caller=caller, context=context
            )
            return {"there": True}
        act = await _act(session, report_id, step, fields, words, caller, context)
        moved = await flow.act(
            context.pipeline, session, report_id, act, caller=caller, clock=context.clock, what=step
        )
        return {"there": caller.scope.sees(moved.grid_id)}

    try:
        said = await do_once(request, caller, fields, work)
    except Forbidden:
        raise
    except DomainError as error:
        message = refusal(request, error, REFUSED)
        return await _shown(
            request, caller, report_id, message=message, fields=fields, status=STATUS.get(error.code, 400)
        )
    return see(
        f"/supervision/public-reports/{report_id}?done={step}"
        if said["there"]
        else "/supervision/public-reports"
    )


async def _act(
    session: AsyncSession,
    report_id: int,
    step: str,
    fields: Mapping[str, str],
    words: Texts,
    caller: Caller,
    context: Context,
) -> flow.Act:
    """What the form of a step stands for; raises Invalid, in words."""
    by = caller.id
    match step:
        case "accept":
            note = checked_by(AcceptIn, only(fields, "note"), words, FIELD).note
            return lambda now: steps.accept(session, report_id, note=note, by=by, now=now)
        case "merge":
            other = await _numbered(session, fields.get("report", ""), caller, words)
            given: dict[str, Any] = {"report": other} | only(fields, "reason")
            said = checked_by(MergeIn, given, words, FIELD)
            return lambda now: steps.merge(session, report_id, said.report, why=said.reason, by=by, now=now)
        case "refer":
            referred = checked_by(ReferIn, only(fields, "grid", "reason"), words, FIELD)
            to = referred_to(referred.grid, context)
            return lambda now: steps.refer(session, report_id, to, why=referred.reason, by=by, now=now)
        case "reject":
            why = checked_by(RejectIn, only(fields, "reason"), words, FIELD).reason
            return lambda now: steps.reject(session, report_id, why=why, by=by, now=now)
        case "answer":
            told = checked_by(AnswerIn, only(fields, "text", "solved"), words, FIELD)
            return lambda now: steps.answer(
                session, report_id, text=told.text, solved=told.solved, by=by, now=now
            )
        case _:
            problem = checked_by(LinkIn, only(fields, "problem"), words, FIELD).problem
            return lambda now: steps.link(session, report_id, problem, by=by, now=now)


async def _numbered(session: AsyncSession, number: str, caller: Caller, words: Texts) -> int:
    """The report of a number that was typed, within the caller's grids; raises Invalid, in words."""
    found = None
    if storable(number):
        found = await views.id_of(session, number.strip().upper(), caller.scope)
    if found is None:
        shown = words.say("There is no report of this number in your grids.")
        raise Invalid("no such report", field="report", shown=shown)
    return found


async def _shown(
    request: Request,
    caller: Caller,
    report_id: int,
    *,
    done: str = "",
    message: str = "",
    fields: Mapping[str, str] = {},
    reporter: Any = None,
    status: int = 200,
) -> Response:
    context = context_of(request)
    directory = context.directory
    async with context.sessions() as session:
        document = await views.public_report_document(session, report_id, caller.scope)
        readable = await views.readable(session, [one["id"] for one in document["merged"]], caller.scope)
        rewards: list[dict[str, Any]] = []
        if caller.has(*flow.READERS_OF_REWARDS):
            found = await views.list_rewards(session, scope=caller.scope, report_id=report_id, limit=20)
            rewards = found["items"]
        policy = await reports.policy_in_force(session)
        own = None if document["grid"] is None else directory.grid_by_code(document["grid"])
        alike = await reports.near(
            session, document["category"], Spot(document["lon"], document["lat"], document["place"]),
            grid_id=None if own is None else int(own.id), policy=policy, now=context.clock.now(),
        )  # fmt: skip
    where = None if own is None else int(own.id)
    handles = flow.may(caller, flow.HANDLERS, where, directory, directory.prefecture)
    keeps = flow.may(caller, flow.KEEPERS, where, directory, directory.prefecture)
    state = PublicReportState(document["state"])
    open_to = acts(state, solved=document["solved"]) if handles else frozenset()
    rewarded = any(one["state"] != RewardState.DECLINED.value for one in rewards)
    rejected = state in (PublicReportState.RECEIVED, PublicReportState.REJECTED)
    return page(
        request, "public_report_one.html", status, caller=caller, report=document, readable=readable, fields=fields,
        message=message, done=done, takes_over=handles and problems.prepares(caller, context),
        open_to=[act.value for act in PublicReportAct if act in open_to], token=new_token(),
        may_reward=handles and not rewarded and not rejected, rewards=rewards, policy=policy,
        may_open=keeps and document["identity_kept"], reporter=reporter,
        alike=[one for one in alike if one.report.id != report_id and _sees(caller, one.report.grid_id)],
        grids=[one for one in directory.grids if one.level <= 2 and one.code != document["grid"]],
    )  # fmt: skip


def _sees(caller: Caller, grid_id: int | None) -> bool:
    """Whether a report of this grid is the caller's to read; without one it waits at the prefecture."""
    return caller.scope.grid_ids is None if grid_id is None else caller.scope.sees(grid_id)
