"""The inbox of the signer: what the ladders propose, with article, figures and warning; signed or declined."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.act_reading import reader_of
from app.api.act_shapes import MONTH, DeclineIn, EvaluateIn, SignProposalIn
from app.api.ladders import first_of
from app.api.requests import SmallId
from app.api.rights import demand_prefecture, subtree_filter
from app.auth.callers import context_of
from app.auth.permissions import ACT_PREPARERS, ACT_SIGNERS
from app.auth.scope import Caller
from app.console.act_forms import body_of, do_act
from app.console.act_names import PROPOSAL_STATE
from app.console.filters import Whoever, near_grids
from app.console.forms import typed
from app.console.once import new_token
from app.console.page_route import PageRoute, see
from app.console.pages import page, words_of
from app.console.supervision_menu import SUPERVISION
from app.console.texts import N_
from app.context import Context
from app.flows import ladders as flow
from app.views.acts import Chosen, list_acts
from app.views.ladders import State, list_proposals
from models.clock import BEIJING
from models.enums import ActState, LadderKind
from models.errors import Forbidden, Invalid

router = APIRouter(prefix="/supervision/ladders", route_class=PageRoute, include_in_schema=False)
HERE = "/supervision/ladders"
ROWS = 20
DONE = {
    "signed": N_("The act is signed and stands in the register."),
    "declined": N_("The proposal is declined."),
    "evaluated": N_("The month is judged; what is new stands below."),
}


def holds(caller: Caller, context: Context, roles: tuple[Any, ...]) -> bool:
    """Whether the caller has one of the roles in the prefecture."""
    try:
        demand_prefecture(caller, context, *roles)
    except Forbidden:
        return False
    return True


def listed(path: str) -> str | None:
    """The path of a page of supervision where there is one, for links into it."""
    return next((entry.path for entry in SUPERVISION if entry.path == path), None)


@router.get("")
async def inbox(
    request: Request,
    caller: Whoever,
    state: State = "open",
    grid: Annotated[str, Query(max_length=64)] = "",
    ladder: Annotated[str, Query(max_length=20)] = "",
    month: Annotated[str, Query(pattern=rf"^$|{MONTH}")] = "",
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    done: str = "",
) -> Response:
    """Proposals of one state, the newest first."""
    chosen = {"state": state, "grid": grid, "ladder": ladder, "month": month}
    return await _shown(request, caller, chosen=chosen, cursor=cursor, done=DONE.get(done))


@router.post("/evaluate")
async def evaluate(request: Request, caller: Whoever) -> Response:
    """Judges a month now, without waiting for the engine."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=1, max_fields=10))
    demand_prefecture(caller, context, *ACT_PREPARERS)

    async def work(session: AsyncSession) -> dict[str, Any]:
        body = body_of(EvaluateIn, fields, words)
        await flow.evaluate(
            context.pipeline, session, first_of(body.month), caller=caller, clock=context.clock
        )
        return {"month": body.month}

    return await do_act(
        request, caller, fields, work, then=lambda said: f"{HERE}?month={said['month']}&done=evaluated",
        again=_again(request, caller),
    )  # fmt: skip


@router.get("/{proposal}")
async def one(proposal: SmallId, caller: Whoever) -> Response:
    """A proposal stands in its list; the links of a refused form lead here."""
    return see(HERE)


@router.post("/{proposal}/sign")
async def sign(request: Request, proposal: SmallId, caller: Whoever) -> Response:
    """Makes an act of it, and goes on to the act."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=1, max_fields=10))
    demand_prefecture(caller, context, *ACT_SIGNERS)

    async def work(session: AsyncSession) -> dict[str, Any]:
        body = body_of(SignProposalIn, fields, words)
        signed = await flow.sign(
            context.pipeline, session, proposal, seen=body.sha256, note=body.note, caller=caller,
            clock=context.clock,
        )  # fmt: skip
        return {"act": signed.id}

    return await do_act(
        request, caller, fields, work, then=lambda said: f"/supervision/acts/{said['act']}?done=sign",
        again=_again(request, caller), earlier=True,
    )  # fmt: skip


@router.post("/{proposal}/decline")
async def decline(request: Request, proposal: SmallId, caller: Whoever) -> Response:
    """Ends it without an act, for a reason."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=1, max_fields=10))
    demand_prefecture(caller, context, *ACT_SIGNERS)

    async def work(session: AsyncSession) -> dict[str, Any]:
        body = body_of(DeclineIn, fields, words)
        await flow.decline(
            context.pipeline, session, proposal, why=body.reason, caller=caller, clock=context.clock
        )
        return {"id": proposal}

    return await do_act(
        request, caller, fields, work, then=lambda _: f"{HERE}?done=declined", again=_again(request, caller)
    )


def _again(request: Request, caller: Caller) -> Any:
    async def again(message: str, status: int) -> Response:
        return await _shown(request, caller, chosen={}, message=message, status=status)

    return again


async def _shown(
    request: Request,
    caller: Caller,
    *,
    chosen: Mapping[str, str],
    cursor: str | None = None,
    message: str = "",
    done: str | None = None,
    status: int = 200,
) -> Response:
    context = context_of(request)
    demand_prefecture(caller, context, *ACT_PREPARERS)
    state: Any = chosen.get("state", "open")
    ladder = chosen.get("ladder", "")
    if ladder and ladder not in set(LadderKind):
        raise Invalid("no such ladder", field="ladder")
    month = chosen.get("month", "")
    async with context.sessions() as session:
        found = await list_proposals(
            session,
            state=state,
            grid_ids=subtree_filter(chosen.get("grid") or None, caller, context),
            ladder=LadderKind(ladder) if ladder else None,
            month=first_of(month) if month else None,
            cursor=cursor,
            limit=ROWS,
        )
        now = context.clock.now()
        by_hand = await _by_hand(session, caller, context, chosen, now) if state == "open" else None
    return page(
        request, "ladders.html", status, by_hand=[] if by_hand is None else by_hand["items"],
        more_by_hand=by_hand is not None and by_hand["next_cursor"] is not None,
        caller=caller, now=now, proposals=found["items"],
        next_cursor=found["next_cursor"], state=state, states=PROPOSAL_STATE, chosen=chosen, message=message, done=done,
        ladders=list(LadderKind), grids=[grid for grid in near_grids(caller, context) if grid.level == 2],
        names={grid.code: grid.name for grid in context.directory.grids if grid.level == 2},
        may_sign=holds(caller, context, ACT_SIGNERS), token=new_token(), months=_months(now),
        air_page=listed("/supervision/air"), problem_page=listed("/supervision/problems"),
    )  # fmt: skip


async def _by_hand(
    session: AsyncSession, caller: Caller, context: Context, chosen: Mapping[str, str], now: datetime
) -> dict[str, Any] | None:
    """Acts that others entered by hand and the caller may sign; they are of no ladder and of no month."""
    if chosen.get("ladder") or chosen.get("month") or not holds(caller, context, ACT_SIGNERS):
        return None
    wanted = Chosen(
        state=ActState.PROPOSED,
        grid_ids=subtree_filter(chosen.get("grid") or None, caller, context),
        not_by=caller.id,
    )
    return await list_acts(session, reader_of(caller, context), wanted, now=now, limit=ROWS)


def _months(now: Any) -> list[str]:
    """This month and the eleven before it, as 2026-11."""
    today = now.astimezone(BEIJING).date()
    whole = today.year * 12 + today.month - 1
    return [f"{(whole - back) // 12}-{(whole - back) % 12 + 1:02d}" for back in range(12)]
