"""The register of acts: its list with filters, one act with its steps and forms, and what is entered by hand."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.act_reading import Written, paper_file, reader_of
from app.api.act_shapes import ActIn
from app.api.papers import press_of
from app.api.requests import SmallId
from app.api.rights import demand_prefecture, subtree_filter
from app.auth.callers import context_of
from app.auth.permissions import ACT_PREPARERS, ACT_SIGNERS, CORRECTORS, OBJECTORS
from app.auth.scope import Caller
from app.console.act_forms import FIELD, body_of, do_act
from app.console.act_steps import May, open_to, take
from app.console.filters import Whoever, near_grids
from app.console.forms import typed
from app.console.ladders import holds, listed
from app.console.once import new_token
from app.console.page_route import PageRoute
from app.console.pages import page, words_of
from app.console.texts import N_
from app.flows import acts as flow
from app.papers.official import Document, Grid, Heading
from app.views.acts import Chosen, act_document, hands_of, list_acts, paper_of
from models.clock import BEIJING
from models.enums import ActBy, ActGround, ActKind, ActState, ActStep

router = APIRouter(prefix="/supervision/acts", route_class=PageRoute, include_in_schema=False)
HERE = "/supervision/acts"
ROWS = 50
DONE = {
    ActStep.PROPOSE: N_("The act is entered and waits for a chief of the prefecture."),
    ActStep.DECLINE: N_("The act is declined."),
    ActStep.SIGN: N_("The act is signed and stands in the register."),
    ActStep.DRAFT: N_("The document is drafted."),
    ActStep.ISSUE: N_("The document is issued."),
    ActStep.HOLD: N_("It is on record when it was delivered or held."),
    ActStep.OBJECT: N_("What you say is on record with the act."),
    ActStep.ANSWER: N_("The answer is on record with the act."),
    ActStep.REPORT: N_("The report of correction is handed in."),
    ActStep.ACCEPT_REPORT: N_("The report of correction is accepted."),
    ActStep.RETURN_REPORT: N_("The report of correction is sent back."),
    ActStep.COMPLETE: N_("The act is completed."),
    ActStep.WITHDRAW: N_("The act is withdrawn."),
}


def _chosen(request: Request, caller: Caller) -> tuple[Chosen, dict[str, str]]:
    """The filters in the address; an unknown word filters nothing."""
    asked = {
        name: request.query_params.get(name, "")[:64] for name in ("state", "kind", "grid", "year", "overdue")
    }
    year = (
        int(asked["year"])
        if asked["year"].isascii() and asked["year"].isdigit() and len(asked["year"]) == 4
        else None
    )
    return (
        Chosen(
            ActState(asked["state"]) if asked["state"] in set(ActState) else None,
            ActKind(asked["kind"]) if asked["kind"] in set(ActKind) else None,
            subtree_filter(asked["grid"] or None, caller, context_of(request)),
            year if year is not None and 2014 <= year <= 2200 else None,
            asked["overdue"] == "1",
        ),
        {name: value for name, value in asked.items() if value},
    )  # fmt: skip


@router.get("")
async def register(
    request: Request, caller: Whoever, cursor: Annotated[str | None, Query(max_length=100)] = None
) -> Response:
    """The register, the newest first, and the form for what is entered by hand."""
    return await _register(request, caller, cursor=cursor)


@router.get("/register.xlsx")
async def register_file(request: Request, caller: Whoever) -> Response:
    """The same as a workbook in the reader's language."""
    context = context_of(request)
    chosen, asked = _chosen(request, caller)
    return await press_of(request).acts(
        caller, words_of(request), reader=reader_of(caller, context), chosen=chosen, grid=asked.get("grid")
    )


@router.post("/new")
async def enter(request: Request, caller: Whoever) -> Response:
    """An act by hand, for a chief of the prefecture to sign."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=1, max_fields=20))
    demand_prefecture(caller, context, *ACT_PREPARERS)

    async def work(session: AsyncSession) -> dict[str, Any]:
        body = body_of(ActIn, fields, words)
        act = await flow.propose(
            context.pipeline, session, grid=body.grid, kind=body.kind, doer=body.by, in_public=body.in_public,
            ground=body.ground, facts=body.facts, document=body.document, period=(body.period_from, body.period_to),
            caller=caller, clock=context.clock,
        )  # fmt: skip
        return {"act": act}

    async def again(message: str, status: int) -> Response:
        return await _register(request, caller, fields=fields, message=message, status=status)

    return await do_act(
        request, caller, fields, work, then=lambda said: f"{HERE}/{said['act']}?done=propose", again=again
    )


@router.get("/{act}")
async def one_act(request: Request, act: SmallId, caller: Whoever, done: str = "") -> Response:
    """The act with everything it rests on, its steps, and the forms the caller may use now."""
    return await _act(request, caller, act, done=DONE[ActStep(done)] if done in set(ActStep) else None)


@router.get("/{act}/paper.{ending}")
async def paper(request: Request, act: SmallId, ending: Written, caller: Whoever) -> Response:
    """The document as a file."""
    context = context_of(request)
    async with context.sessions() as session:
        return await paper_file(session, act, ending, caller, context)


@router.post("/{act}/{step}")
async def step_by_form(request: Request, act: SmallId, step: ActStep, caller: Whoever) -> Response:
    """What a form on the act's page asks for."""
    context = context_of(request)
    fields = typed(await request.form(max_files=1, max_fields=20))

    async def work(session: AsyncSession) -> dict[str, Any]:
        await take(request, session, caller, act, step, fields)
        return {"act": act}

    async def again(message: str, status: int) -> Response:
        return await _act(request, caller, act, fields=fields, message=message, status=status, tried=step)

    # What the reader may not see is not there, whatever else is wrong with the form.
    async with context.sessions() as session:
        await act_document(session, act, reader_of(caller, context), now=context.clock.now())
    return await do_act(
        request, caller, fields, work, then=lambda _: f"{HERE}/{act}?done={step.value}", again=again
    )


async def _register(
    request: Request,
    caller: Caller,
    *,
    cursor: str | None = None,
    fields: Mapping[str, str] = {},
    message: str = "",
    status: int = 200,
) -> Response:
    context = context_of(request)
    reader = reader_of(caller, context)
    chosen, asked = _chosen(request, caller)
    now = context.clock.now()
    async with context.sessions() as session:
        found = await list_acts(session, reader, chosen, now=now, cursor=cursor, limit=ROWS)
        late = await list_acts(session, reader, Chosen(overdue=True), now=now, limit=ROWS)
    grids = [grid for grid in near_grids(caller, context) if grid.level == 2]
    year = now.astimezone(BEIJING).year
    return page(
        request, "act_register.html", status, caller=caller, now=now, acts=found["items"],
        next_cursor=found["next_cursor"], late=len(late["items"]), most_late=ROWS, asked=asked, fields=fields,
        message=message, grids=grids, kinds=list(ActKind), states=list(ActState), doers=list(ActBy),
        grounds=list(ActGround), years=[str(year - back) for back in range(5)], prepares=reader.prepares,
        token=new_token(), today=now.astimezone(BEIJING).date().isoformat(), ladder_page=listed("/supervision/ladders"),
    )  # fmt: skip


async def _act(
    request: Request,
    caller: Caller,
    act: int,
    *,
    done: str | None = None,
    fields: Mapping[str, str] = {},
    message: str = "",
    status: int = 200,
    tried: str = "",
) -> Response:
    context = context_of(request)
    reader = reader_of(caller, context)
    now = context.clock.now()
    document: Document | None = None
    async with context.sessions() as session:
        found = await act_document(session, act, reader, now=now)
        if found["paper"] is not None:
            document, _, _ = await paper_of(session, act, reader)
        entered, wrote = await hands_of(session, act)
    unit = context.directory.grid_by_code(found["grid"])
    here = {role for role, grid in caller.duties if unit is not None and grid == unit.id}
    may = May(
        prepares=reader.prepares,
        signs=holds(caller, context, ACT_SIGNERS),
        objects=not here.isdisjoint(OBJECTORS),
        corrects=not here.isdisjoint(CORRECTORS),
    )
    steps = open_to(found, may)
    own = {ActStep.SIGN} if entered == caller.id else set()
    own |= {ActStep.ISSUE} if wrote == caller.id else set()
    return page(
        request, "act.html", status, caller=caller, now=now, act=found, paper=document,
        blocks=[] if document is None else [(_block(one), one) for one in document.blocks],
        steps=[step for step in steps if step not in own], own=any(step in own for step in steps),
        fields=fields, message=message, done=done, tried=tried, token=new_token(), said_names=FIELD | SAID,
        today=now.astimezone(BEIJING).date().isoformat(),
        names={grid.code: grid.name for grid in context.directory.grids if grid.level == 2},
        air_page=listed("/supervision/air"), problem_page=listed("/supervision/problems"),
    )  # fmt: skip


SAID = {"why": N_("Reason"), "paper": N_("Document"), "sha256": N_("SHA-256 of the draft")}
"""What a step says beside the fields of forms."""


def _block(block: object) -> str:
    return "heading" if isinstance(block, Heading) else "table" if isinstance(block, Grid) else "text"
