"""Integrity cases in the console: what speaks for interference, decided by one person and confirmed by another (R4)."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.integrity import cases as domain
from app.api.integrity_shapes import CaseDecision
from app.api.requests import SmallId
from app.api.rights import demand, demand_prefecture, may_prefecture
from app.auth.callers import context_of
from app.auth.permissions import AIR_READERS
from app.auth.scope import Caller
from app.console.administering import checked, do_or_again
from app.console.air_drawing import two_lines
from app.console.filters import Whoever
from app.console.forms import typed
from app.console.once import new_token
from app.console.page_route import PageRoute
from app.console.pages import page, words_of
from app.console.texts import N_
from app.views import integrity as views
from models.enums import POLLUTANTS, CaseState, Role, SignKind
from models.errors import NotFound

router = APIRouter(prefix="/supervision/integrity", route_class=PageRoute, include_in_schema=False)
ROWS = 50
DECIDERS = (Role.DUTY_OFFICER, Role.CHIEF)
STATE = {
    CaseState.OPEN: N_("To be decided"),
    CaseState.CONFIRMED: N_("Interference confirmed"),
    CaseState.DISMISSED: N_("No interference"),
}
SIGN = {
    SignKind.MOVED: N_("The station was moved"),
    SignKind.MUFFLED: N_("The inlet was covered or filtered"),
    SignKind.CUT: N_("Power or network is cut in a pattern"),
    SignKind.CHANGED: N_("The instrument's character changed"),
}
DONE = {
    "decided": N_("The case is decided."),
    "seconded": N_("The case is confirmed by two people: its days are void."),
}
REFUSED = {"reason": N_("Say why it is decided so."), "decision": N_("Choose how the case is decided.")}


@router.get("")
async def list_cases(
    request: Request,
    caller: Whoever,
    state: CaseState | None = None,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """The newest first; counties see none."""
    demand(caller, *AIR_READERS)
    context = context_of(request)
    async with context.sessions() as session:
        found = await views.list_cases(
            session, scope=caller.scope, directory=context.directory, state=state, cursor=cursor, limit=ROWS
        )
    return page(
        request, "integrity_cases.html", caller=caller, now=context.clock.now(), cases=found["items"],
        next_cursor=found["next_cursor"], state=state, states=STATE, signs=SIGN,
    )  # fmt: skip


@router.get("/{case_id}")
async def one_case(request: Request, case_id: SmallId, caller: Whoever, done: str = "") -> Response:
    """A case with the evidence of every sign, and what may be done with it."""
    return await _shown(request, case_id, caller, done=DONE.get(done))


async def _shown(
    request: Request,
    case_id: int,
    caller: Caller,
    *,
    done: str | None = None,
    message: str = "",
    fields: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    demand(caller, *AIR_READERS)
    context = context_of(request)
    async with context.sessions() as session:
        case = await views.case_document(session, case_id, caller.scope, directory=context.directory)
        row = await domain.find(session, case_id)
        decider = await views.decider_of(session, case_id)
    charts = {}
    for sign in case["signs"]:
        series = sign["evidence"]["series"]
        name = next((one for one in POLLUTANTS if one in series), None)
        if name is not None:
            drawn = two_lines(series[name], series.get(f"{name}_neighbours", []))
            if drawn is not None:
                charts[sign["id"]] = {"pollutant": name, "lines": drawn, "at": series.get("at", [])}
    may_decide = may_prefecture(caller, context, *DECIDERS)
    return page(
        request, "integrity_case.html", status, caller=caller, now=context.clock.now(), case=case, charts=charts,
        states=STATE, signs=SIGN, may_decide=may_decide and row.state is CaseState.OPEN,
        may_second=may_decide and row.state is CaseState.CONFIRMED and case["seconded_at"] is None
        and decider != caller.id, done=done, message=message, fields=fields or {}, token=new_token(),
    )  # fmt: skip


@router.post("/{case_id}/decide")
async def decide(request: Request, case_id: SmallId, caller: Whoever) -> Response:
    """Once and for good, with a reason."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=1, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        found = await _seen(session, case_id, caller)
        demand_prefecture(caller, context, *DECIDERS)
        said = {"decision": fields.get("decision"), "reason": fields.get("reason")}
        body = checked(CaseDecision, said, words)
        await context.pipeline.decide_case(
            session, found, CaseState(body.decision), reason=body.reason, caller=caller, clock=context.clock
        )
        return {"id": case_id}

    return await _do(request, case_id, caller, fields, work, "decided")


@router.post("/{case_id}/second")
async def second(request: Request, case_id: SmallId, caller: Whoever) -> Response:
    """By another person than the one who confirmed it."""
    context = context_of(request)
    fields = typed(await request.form(max_files=1, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        found = await _seen(session, case_id, caller)
        demand_prefecture(caller, context, *DECIDERS)
        await context.pipeline.second_case(session, found, caller=caller, clock=context.clock)
        return {"id": case_id}

    return await _do(request, case_id, caller, fields, work, "seconded")


async def _seen(session: AsyncSession, case_id: int, caller: Caller) -> domain.Case:
    found = await domain.find(session, case_id)
    if not caller.scope.sees(found.grid_id):
        raise NotFound(f"no integrity case {case_id}")
    return found


async def _do(
    request: Request, case_id: int, caller: Caller, fields: dict[str, str], work: Any, said: str
) -> Response:
    async def again(message: str, status: int) -> Response:
        return await _shown(request, case_id, caller, message=message, fields=fields, status=status)

    return await do_or_again(
        request, caller, fields, work, again=again, own=REFUSED,
        then=lambda _: f"/supervision/integrity/{case_id}?done={said}",
    )  # fmt: skip
