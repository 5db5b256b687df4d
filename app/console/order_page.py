"""One order's page: facts, clocks, what was said, the timeline, and the forms its reader may use now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app import evidence
from app.api.packs import WHO as PACKERS
from app.api.requests import MAX_EVIDENCE
from app.api.rights import demand_in
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.allowed import acts_allowed
from app.console.asking import Open, extendable, open_to
from app.console.board import handled
from app.console.checked import beside_lines, idle_lines
from app.console.handing import below_order
from app.console.once import new_token
from app.console.order_chart import CHART_WORDS
from app.console.order_names import DONE
from app.console.order_place import drawn_place
from app.console.pages import page, words_of
from app.console.reasons import retold
from app.console.turn import turns
from app.context import Context
from app.views.alerts import alert_document
from app.views.order_detail import order_detail, timeline
from app.views.order_place import order_place
from app.views.requests import filed_by
from app.views.tasks import doers
from dispatch.review import reviews
from dispatch.review.policy import Item
from models.enums import (
    CauseCode,
    ChecklistAnswer,
    EventKind,
    FalseAlarm,
    JointMode,
    JointRole,
    OrderAct,
    OrderState,
    ReportClaim,
    RequestKind,
    ReturnReason,
    Severity,
    TransferPolicy,
    TransferReason,
)
from models.errors import Forbidden, NotFound
from models.ids import OrderId
from sla import holding

EVENTS = 1000
"""Of the timeline; more than any order collects."""
_FORM_OF = {
    OrderAct.ACKNOWLEDGE: "acknowledge",
    OrderAct.FEEDBACK: "feedback",
    OrderAct.REPORT: "report",
    OrderAct.ACCEPT: "review",
    OrderAct.RETURN: "review",
    OrderAct.VOID: "void",
}


async def order_page(
    request: Request,
    session: AsyncSession,
    caller: Caller,
    order_id: int,
    *,
    status: int = 200,
    message: str | None = None,
    fields: Mapping[str, str] | None = None,
    tried: str = "",
) -> Response:
    """The page as the order stands now; `message`, `fields` and `tried` tell of an act that was refused.

    Raises NotFound outside the caller's scope.
    """
    context = context_of(request)
    head = await context.feed.head()
    now = context.clock.now()
    order = await order_detail(session, order_id, caller.scope, now=now)
    (order,) = await retold(session, [order], words_of(request))
    events = await timeline(session, order_id, caller.scope, limit=EVENTS)
    forms = _forms(order, caller, context)
    place = await order_place(session, order_id, caller.scope)
    worked = await handled(session, order_id, caller.id)
    own_work = "review" in forms and worked
    # Alone nobody withdraws an order that is late: that takes a request, and another person's word.
    late = await holding.has_breach(session, OrderId(order_id), now=now)
    asks = open_to(
        order, caller, context, filed=await filed_by(session, order_id, caller.id), handled=worked, late=late
    )
    offered, takeable = below_order(order, caller, context, now)
    doing = await doers(session, {task["grid"] for task in order["tasks"]}, now)
    done = DONE.get(request.query_params.get("done", ""))
    return page(
        request,
        "order.html",
        status,
        caller=caller,
        order=order,
        address=_address(request, order_id),
        now=now,
        alert=await _alert(session, order, caller),
        events=events["items"],
        opened_as=_opened_as(order, events["items"]),
        graver=_graver(order),
        forms=[form for form in forms if not (form == "review" and own_work)],
        own_work=own_work,
        by_two="void" in forms and late,
        asks=asks,
        **_choices(order, asks, context, now),
        below=offered,
        takeable=takeable,
        chart_words={name: words_of(request).say(text) for name, text in CHART_WORDS.items()},
        place=place,
        **drawn_place(place, words_of(request)),
        may_pack=_may_pack(order, caller, context),
        seen=[one["grid"] for one in _linked(order) if _sees(caller, context, one["grid"])],
        # One for each form: sent twice, it acts once.
        once=defaultdict(new_token),
        fields=fields or {},
        tried=tried,
        message=message,
        turns=turns(order, doing),
        holders={one["id"]: one["grid_name"] for one in order["holders"]},
        grid_names={grid.code: grid.name for grid in context.directory.grids if grid.level <= 2},
        done=words_of(request).say(done) if done and message is None else None,
        head=head,
        kinds=[kind.value for kind in EventKind],
        false_alarms=[reason.value for reason in FalseAlarm],
        items=await _items(session, order) if "review" in forms else (),
        beside=beside_lines(words_of(request), order) if "review" in forms else {},
        idle=idle_lines(order),
        return_reasons=[reason.value for reason in ReturnReason],
        answers=[answer.value for answer in ChecklistAnswer],
        causes=[code.value for code in CauseCode],
        claims=[claim.value for claim in ReportClaim],
        max_mb=context.settings.max_upload_mb,
        max_files=MAX_EVIDENCE,
        shown_types=evidence.SHOWN,
    )


def _opened_as(order: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> str | None:
    """The severity the order went out with, where it is another by now."""
    first = next(
        (one["data"].get("severity") for one in events if one["kind"] == EventKind.ORDER_DISPATCHED), None
    )
    return None if first == order["severity"] else first


def _graver(order: Mapping[str, Any]) -> str | None:
    """The severity of its gravest alert, where that rose when the order was not raised any more."""
    gravest = max(
        (Severity(one["severity"]) for one in order["alerts"]), key=lambda one: one.rank, default=None
    )
    return gravest.value if gravest is not None and gravest.rank > Severity(order["severity"]).rank else None


def _address(request: Request, order_id: int) -> str:
    """Where the page is found again by whoever holds it printed."""
    base = context_of(request).settings.public_url or str(request.base_url)
    return f"{base.rstrip('/')}/orders/{order_id}"


def _may_pack(order: dict[str, Any], caller: Caller, context: Context) -> bool:
    grid = context.directory.grid_by_code(order["grid"])
    if grid is None:
        return False
    try:
        demand_in(caller, context, grid.id, *PACKERS)
    except Forbidden:
        return False
    return True


def _forms(order: dict[str, Any], caller: Caller, context: Context) -> list[str]:
    """The forms that lead somewhere in this state and that the caller's duties allow, each once."""
    return list(dict.fromkeys(_FORM_OF[act] for act in acts_allowed(order, caller, context)))


async def _items(session: AsyncSession, order: dict[str, Any]) -> Sequence[Item]:
    """The checklist for what the site visit named as the cause."""
    cause = order["feedback"][-1]["cause"] if order["feedback"] else None
    return (await reviews.policy(session)).items(cause)


def _choices(order: dict[str, Any], asks: Open, context: Context, now: datetime) -> dict[str, Any]:
    """What the forms of requests offer to choose from."""
    # Whoever holds an order, or a part of one, is a county or park: a township is handed tasks.
    units = sorted((grid for grid in context.directory.grids if grid.level == 2), key=lambda grid: grid.code)
    parts = {one["grid"] for one in order["children"] if not OrderState(one["state"]).final}
    return {
        "extendable": extendable(order, now) if RequestKind.EXTENSION in asks.kinds else [],
        "units": units,
        # The lead of a joint order is settled, and a grid has one part of it.
        "leads": [g for g in units if order["joint_role"] != JointRole.PARENT or g.code == order["grid"]],
        "partners": [grid for grid in units if grid.code not in parts],
        "transfer_reasons": [reason.value for reason in TransferReason],
        "transfer_policies": [policy.value for policy in TransferPolicy],
        "joint_modes": [mode.value for mode in JointMode],
    }


def _linked(order: dict[str, Any]) -> list[dict[str, Any]]:
    """The other orders of a joint one, and the report that an order came of."""
    return [*(order[name] for name in ("parent", "origin") if order[name]), *order["children"]]


def _sees(caller: Caller, context: Context, code: str) -> bool:
    grid = context.directory.grid_by_code(code)
    return grid is not None and caller.scope.sees(grid.id)


async def _alert(session: AsyncSession, order: dict[str, Any], caller: Caller) -> dict[str, Any] | None:
    """The alert behind the order; none for an order by hand."""
    if order["alert_id"] is None:
        return None
    try:
        return await alert_document(session, order["alert_id"], caller.scope)
    except NotFound:
        # An order routed by hand to this county: its station belongs to a grid the reader does not see.
        return None
