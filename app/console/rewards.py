"""The ledger of rewards for public reports: proposed, approved by another person, paid."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.errors import STATUS
from app.api.public_report_shapes import (
    DeclineIn,
    PayIn,
)
from app.api.requests import Id
from app.api.rights import demand
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.administering import refusal
from app.console.filters import Whoever
from app.console.forms import checked_by, only, typed
from app.console.once import do_once, new_token
from app.console.page_route import PageRoute, see
from app.console.pages import page, words_of
from app.console.public_report_names import REFUSED
from app.console.texts import N_
from app.flows import public_reports as flow
from app.views import public_reports as views
from models.clock import BEIJING
from models.enums import RewardState
from models.errors import DomainError, Forbidden, NotFound

router = APIRouter(prefix="/supervision", route_class=PageRoute, include_in_schema=False)
ROWS = 50
FIELD = {
    "reason": N_("Reason"),
    "document": N_("Document of the payment"),
    "paid_on": N_("Paid on"),
}
DONE = {
    "approve": N_("The reward is approved; another person records its payment."),
    "decline": N_("The reward is declined."),
    "pay": N_("The payment is recorded."),
}
RewardStep = Literal["approve", "decline", "pay"]


@router.get("/rewards")
async def ledger(
    request: Request,
    caller: Whoever,
    state: Literal[""] | RewardState = "",
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The ledger of rewards of the reader's grids, with the steps that the reader may take."""
    return await _ledger(request, caller, state=state, cursor=cursor, done=DONE.get(done, ""))


@router.post("/rewards/{reward_id:int}/{step}")
async def reward_step(request: Request, reward_id: Id, step: RewardStep, caller: Whoever) -> Response:
    """Approves, declines or records the payment, once."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=0, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        if step == "pay":
            paid = checked_by(PayIn, only(fields, "document", "paid_on"), words, FIELD)
            await flow.pay_reward(
                context.pipeline, session, reward_id, document=paid.document, paid_on=paid.paid_on, caller=caller,
                clock=context.clock,
            )  # fmt: skip
        else:
            why = None
            if step == "decline":
                why = checked_by(DeclineIn, only(fields, "reason"), words, FIELD).reason
            await flow.decide_reward(
                context.pipeline, session, reward_id, approve=step == "approve", why=why, caller=caller,
                clock=context.clock,
            )  # fmt: skip
        return {"id": reward_id}

    try:
        await do_once(request, caller, fields, work)
    except (Forbidden, NotFound):
        raise
    except DomainError as error:
        message = _reward_refusal(request, error)
        return await _ledger(request, caller, message=message, status=STATUS.get(error.code, 400))
    return see(f"/supervision/rewards?done={step}")


def _reward_refusal(request: Request, error: DomainError) -> str:
    if error.code == "second_person_needed":
        return words_of(request).say("Another person has to take this step than the one before it.")
    return refusal(request, error, REFUSED)


async def _ledger(
    request: Request,
    caller: Caller,
    *,
    state: Literal[""] | RewardState = "",
    cursor: str | None = None,
    done: str = "",
    message: str = "",
    status: int = 200,
) -> Response:
    context = context_of(request)
    demand(caller, *flow.READERS_OF_REWARDS)
    async with context.sessions() as session:
        found = await views.list_rewards(
            session, scope=caller.scope, states=() if state == "" else (state,), cursor=cursor, limit=ROWS
        )
    directory, prefecture = context.directory, context.directory.prefecture

    def steps(one: dict[str, Any]) -> list[str]:
        grid = None if one["grid"] is None else directory.grid_by_code(one["grid"])
        where = None if grid is None else int(grid.id)
        if one["state"] == RewardState.PROPOSED.value and one["proposed_by"] != caller.name:
            return (
                ["approve", "decline"]
                if flow.may(caller, flow.APPROVERS, where, directory, prefecture)
                else []
            )
        if one["state"] == RewardState.APPROVED.value and one["decided_by"] != caller.name:
            return ["pay"] if flow.may(caller, flow.PAYERS, where, directory, prefecture) else []
        return []

    today: date = context.clock.now().astimezone(BEIJING).date()
    return page(
        request, "rewards.html", status, caller=caller, rewards=[one | {"steps": steps(one)} for one in found["items"]],
        next_cursor=found["next_cursor"], state=state, states=list(RewardState), done=done, message=message,
        token=new_token(), today=today.isoformat(),
    )  # fmt: skip
