"""Requests 请示 by the forms of an order's page: what may be asked and decided now, and carrying it out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.asked import asked_of, grid_named
from app.api.request_bodies import AssignIn, DecisionIn, RecheckIn, RequestIn
from app.auth.callers import context_of
from app.auth.permissions import REVIEWERS
from app.auth.request_rights import ABOVE, permit_deciding, permit_filing, permit_in
from app.auth.scope import Caller
from app.console.forms import beijing_instant, checked_by, expected_version, fault_of, only
from app.console.once import do_once
from app.console.pages import words_of
from app.console.texts import N_, Texts
from app.context import Context
from app.flows import holding, joint, requests
from app.views.orders import order_grid
from dispatch.requests.asked import Decision
from dispatch.requests.lifecycle import GROUND, HANDLED
from dispatch.requests.transfer import MOST
from models.enums import HoldReason, JointRole, OrderState, RequestKind, RequestState
from models.errors import Forbidden, Invalid, NotFound
from models.ids import RequestId
from sla.extension import EXTENDABLE

Asking = Literal[
    "ask_extension", "ask_transfer", "ask_joint", "ask_suspension", "ask_recusal", "ask_void",
    "decide", "take_back", "assign", "recheck",
]  # fmt: skip
_ASK = "ask_"
ASKED = {
    "until": N_("Until"),
    "clock_id": N_("Deadline"),
    "grid": N_("Grid"),
    "code": N_("Ground"),
    "mode": N_("Manner"),
    "lead": N_("Lead"),
    "others": N_("Other units"),
    "plan": N_("Plan"),
    "reason": N_("Reason"),
    "comment": N_("Comment"),
    "decision": N_("Decision"),
    "alternate": N_("Who takes over (user name)"),
    "policy": N_("Deadlines of the receiver"),
}
"""What the fields are called in a fault."""
_BODY: TypeAdapter[RequestIn] = TypeAdapter(RequestIn)


@dataclass(frozen=True, slots=True)
class Open:
    """What the reader may ask and decide about an order at this moment."""

    kinds: tuple[RequestKind, ...]
    decidable: frozenset[int]
    """Ids of pending requests."""
    own: frozenset[int]
    """Pending requests that the reader may take back."""
    assign: bool
    recheck: bool


def open_to(
    order: Mapping[str, Any],
    caller: Caller,
    context: Context,
    *,
    filed: frozenset[int],
    handled: bool,
    late: bool,
) -> Open:
    """By the same tables as the acts themselves; a limit that only the database knows refuses later, in words.

    `filed`: requests of the reader; `handled`: the reader handled the order; `late`: it has a breach, so that
    withdrawing it takes two.
    """
    grid = context.directory.grid_by_code(order["grid"])
    above = context.directory.prefecture
    if grid is None or above is None:
        return Open((), frozenset(), frozenset(), assign=False, recheck=False)
    state = OrderState(order["state"])
    pending = [one for one in order["requests"] if one["state"] == RequestState.PENDING]
    waiting = {one["kind"] for one in pending}
    handed_on = sum(one["why"] == HoldReason.TRANSFER for one in order["holders"])
    locked = order["transfer_locked_at"] is not None
    fruitless = {RequestKind.TRANSFER} if locked or handed_on >= MOST else set()
    if not late:
        fruitless.add(RequestKind.VOID)
    if order["suspended_until"] is not None:
        fruitless.add(RequestKind.SUSPENSION)
    if order["joint_role"] == JointRole.CHILD:
        fruitless.add(RequestKind.JOINT)
    kinds = tuple(
        kind
        for kind in RequestKind
        if state in GROUND[kind]
        and kind not in fruitless
        and (kind not in waiting or kind is RequestKind.RECUSAL)
        and _may(permit_filing, caller, kind, holder=grid.id, prefecture=above, tree=context.directory)
    )
    decidable = frozenset(
        one["id"]
        for one in pending
        if not handled
        and one["id"] not in filed
        and _may(
            permit_deciding,
            caller,
            RequestKind(one["kind"]),
            level=above,
            granted=_granted(order, one["clock_id"]),
        )
    )
    own = frozenset(one["id"] for one in pending if one["id"] in filed and one["kind"] != RequestKind.RECUSAL)
    return Open(
        kinds,
        decidable,
        own,
        assign=state in HANDLED
        and not locked
        and handed_on >= MOST
        and _may(permit_in, caller, above, REVIEWERS, what="assigning"),
        recheck=order["suspended_until"] is not None
        and not handled
        and _may(permit_in, caller, above, ABOVE, what="a re-check"),
    )


def _may(permit: Any, *said: Any, **more: Any) -> bool:
    try:
        permit(*said, **more)
    except Forbidden:
        return False
    return True


def _granted(order: Mapping[str, Any], clock_id: int | None) -> int:
    return sum(
        one["kind"] == RequestKind.EXTENSION
        and one["clock_id"] == clock_id
        and one["state"] == RequestState.APPROVED
        for one in order["requests"]
    )


def extendable(order: Mapping[str, Any], now: datetime) -> list[dict[str, Any]]:
    """The clocks whose deadline may still be moved, each with the `latest` it may be moved to."""
    found = []
    for clock in order["clocks"]:
        due, original, began = (
            datetime.fromisoformat(clock[name]) for name in ("due_at", "original_due_at", "started_at")
        )
        if clock["kind"] in EXTENDABLE and clock["stopped_at"] is None and now <= due:
            found.append(clock | {"latest": due + (original - began)})
    return found


async def ask_by_form(
    request: Request, caller: Caller, order_id: int, act: Asking, fields: Mapping[str, str]
) -> str:
    """Does what the form says, once; gives the name of what is said to have been done. Raises what the API raises."""
    context, words = context_of(request), words_of(request)

    async def work(session: AsyncSession) -> dict[str, Any]:
        # An order outside the scope is not there, whatever else is wrong with the form.
        await order_grid(session, order_id, caller.scope)
        return {"done": await _do(session, context, caller, order_id, act, fields, words)}

    return str((await do_once(request, caller, fields, work))["done"])


async def _do(
    session: AsyncSession,
    context: Context,
    caller: Caller,
    order_id: int,
    act: Asking,
    fields: Mapping[str, str],
    words: Texts,
) -> str:
    version = expected_version(fields)
    who: dict[str, Any] = {"caller": caller, "clock": context.clock}
    if act == "decide":
        said = checked_by(DecisionIn, _decision(fields), words, ASKED)
        if said.decision == "reject" and said.comment is None:
            raise Invalid(
                "a rejection wants a comment", shown=words.say("To reject a request, say why in the comment.")
            )
        await requests.decide(
            context.pipeline, session, _request(fields), _decided(said, context),
            expected_version=version, open_joint=joint.carry_out, **who,
        )  # fmt: skip
        return "approved" if said.decision == "approve" else "rejected"
    if act == "take_back":
        await requests.withdraw(context.pipeline, session, _request(fields), **who)
        return "taken_back"
    if act == "assign":
        to = checked_by(AssignIn, only(fields, "grid", "reason", "policy", "misdispatched"), words, ASKED)
        await holding.assign(
            context.pipeline, session, order_id, grid_named(to.grid, context).id, reason=to.reason,
            policy=to.policy, misdispatched=to.misdispatched, expected_version=version, **who,
        )  # fmt: skip
        return "assigned"
    if act == "recheck":
        looked = checked_by(RecheckIn, only(fields, "comment"), words, ASKED)
        await holding.recheck(
            context.pipeline, session, order_id, comment=looked.comment, expected_version=version, **who
        )
        return "rechecked"
    body = _asked(act.removeprefix(_ASK), fields, words)
    await requests.file(
        context.pipeline, session, order_id, asked_of(body, context), expected_version=version, **who
    )
    return "asked"


def _decided(said: DecisionIn, context: Context) -> Decision:
    return Decision(
        approve=said.decision == "approve",
        comment=said.comment,
        grid_id=None if said.grid is None else grid_named(said.grid, context).id,
        policy=said.policy,
        misdispatched=said.misdispatched,
        alternate=said.alternate,
    )


def _decision(fields: Mapping[str, str]) -> dict[str, Any]:
    return only(fields, "decision", "comment", "grid", "policy", "misdispatched", "alternate")


def _asked(kind: str, fields: Mapping[str, str], words: Texts) -> RequestIn:
    """A request as its form says it: times in Beijing time, units as `other_CODE`."""
    said = only(fields, "clock_id", "grid", "code", "mode", "lead", "plan", "reason", "false_alarm")
    if "until" in fields:
        said["until"] = beijing_instant(fields, "until", words, ASKED)
    if kind == RequestKind.JOINT:
        said["others"] = [name.removeprefix("other_") for name in fields if name.startswith("other_")]
    try:
        return _BODY.validate_python(said | {"kind": kind})
    except ValidationError as error:
        raise fault_of(error, words, ASKED) from None


def _request(fields: Mapping[str, str]) -> RequestId:
    text = fields.get("request", "")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise NotFound("no such request")
    return RequestId(int(text))
