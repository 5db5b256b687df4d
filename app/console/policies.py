"""The pages of SLA policies: versions, one version readable, drafts edited, tried over past orders and put in force."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.rulediff import differences
from app.api.policies import activate_policy, try_policy
from app.api.policy_requests import PolicyDraftEdit, PolicyDraftIn, WhatIfIn
from app.api.rights import demand_prefecture
from app.api.rule_requests import Version
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console import policy_tables as tables
from app.console.admin_names import POLICY_STATE
from app.console.administering import (
    Activation,
    beijing_instant,
    checked,
    do_or_again,
    for_field,
    revision_of,
)
from app.console.documents import document_of, shown
from app.console.filters import Whoever
from app.console.forms import typed
from app.console.once import new_token
from app.console.page_route import PageRoute
from app.console.pages import page, words_of
from app.console.texts import N_
from app.context import Context
from app.flows import policies as flow
from app.views.policies import list_policies, list_trials, policy_document
from models.enums import PolicyState, Role
from models.errors import Forbidden

router = APIRouter(prefix="/admin/policies", route_class=PageRoute, include_in_schema=False)
ROWS = 50
TRIALS = 3
"""Of a version, the newest."""
MONTH = timedelta(days=30)
DONE = {
    "drafted": N_("The draft is made."),
    "saved": N_("The draft is saved."),
    "tried": N_("The what-if run is done; its result is below."),
    "activated": N_("The policy is in force."),
    "retired": N_("The draft is put away."),
}
REFUSED = {
    "until": N_("A what-if run spans 184 past days at most, and ends after it begins."),
    "from": N_("Too many clocks for one run: choose fewer days or a grid."),
}
Work = Callable[[AsyncSession, dict[str, str]], Awaitable[dict[str, Any]]]


def administers(caller: Caller, context: Context) -> bool:
    """Whether the caller may change policies: an administrator of the prefecture."""
    try:
        demand_prefecture(caller, context, Role.ADMINISTRATOR)
    except Forbidden:
        return False
    return True


@router.get("")
async def versions(
    request: Request,
    caller: Whoever,
    state: PolicyState | None = None,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """Every version, newest first, with who made it and when it was in force."""
    async with context_of(request).sessions() as session:
        found = await list_policies(session, state=state, cursor=cursor, limit=ROWS)
    return page(
        request, "policies.html", caller=caller, policies=found["items"], next_cursor=found["next_cursor"],
        state=state.value if state else "", states={one.value: name for one, name in POLICY_STATE.items()},
    )  # fmt: skip


@router.get("/{version}")
async def version(request: Request, version: Version, caller: Whoever, done: str = "") -> Response:
    """One version, and the forms for what may be done with it now."""
    return await _shown(request, caller, version, done=DONE.get(done, ""))


@router.post("/{version}/draft")
async def draft(request: Request, version: Version, caller: Whoever) -> Response:
    """A new draft that says what this version says."""

    async def work(session: AsyncSession, fields: dict[str, str]) -> dict[str, Any]:
        context = context_of(request)
        demand_prefecture(caller, context, Role.ADMINISTRATOR)
        said = {"patch": {}, "parent": version, "note": fields.get("note")}
        body = checked(PolicyDraftIn, said, words_of(request))
        made = await flow.draft(
            context.pipeline, session, body=None, patch=body.patch, parent=body.parent, note=body.note,
            caller=caller, now=context.clock.now(),
        )  # fmt: skip
        return {"version": made}

    return await _act(request, caller, version, work, "draft", "drafted")


@router.post("/{version}/numbers")
async def edit_limits(request: Request, version: Version, caller: Whoever) -> Response:
    """The limits of a draft, and why there is it."""

    async def work(session: AsyncSession, fields: dict[str, str]) -> dict[str, Any]:
        body = (await policy_document(session, version))["body"]
        return await _edit(
            request, session, caller, version, fields, {"patch": tables.patch_of(fields, body)}
        )

    return await _act(request, caller, version, work, "numbers", "saved")


@router.post("/{version}/document")
async def edit_document(request: Request, version: Version, caller: Whoever) -> Response:
    """A draft as a whole."""

    async def work(session: AsyncSession, fields: dict[str, str]) -> dict[str, Any]:
        body = document_of(fields.get("document", ""), words_of(request))
        return await _edit(request, session, caller, version, fields, {"body": body})

    return await _act(request, caller, version, work, "document", "saved")


@router.post("/{version}/what-if")
async def what_if(request: Request, version: Version, caller: Whoever) -> Response:
    """What the policy would have made of past orders; a draft stands from here on."""

    async def work(session: AsyncSession, fields: dict[str, str]) -> dict[str, Any]:
        words = words_of(request)
        span = {name: beijing_instant(fields, name, words) for name in ("from", "until")}
        body = checked(WhatIfIn, {"grid": fields.get("grid"), **span}, words)
        await try_policy(session, version, body, caller=caller, context=context_of(request))
        return {"version": version}

    return await _act(request, caller, version, work, "what-if", "tried")


@router.post("/{version}/activate")
async def activate(request: Request, version: Version, caller: Whoever) -> Response:
    """Puts a tried version in force."""

    async def work(session: AsyncSession, fields: dict[str, str]) -> dict[str, Any]:
        body = checked(Activation, {"reason": fields.get("reason")}, words_of(request))
        await activate_policy(session, version, body, caller=caller, context=context_of(request))
        return {"version": version}

    return await _act(request, caller, version, work, "activate", "activated")


@router.post("/{version}/retire")
async def retire(request: Request, version: Version, caller: Whoever) -> Response:
    """Puts a version away that never came into force."""

    async def work(session: AsyncSession, fields: dict[str, str]) -> dict[str, Any]:
        context = context_of(request)
        demand_prefecture(caller, context, Role.ADMINISTRATOR)
        await flow.retire(context.pipeline, session, version, caller=caller, now=context.clock.now())
        return {"version": version}

    return await _act(request, caller, version, work, "retire", "retired")


async def _edit(
    request: Request,
    session: AsyncSession,
    caller: Caller,
    version: int,
    fields: Mapping[str, str],
    content: Mapping[str, Any],
) -> dict[str, Any]:
    context = context_of(request)
    demand_prefecture(caller, context, Role.ADMINISTRATOR)
    edit = checked(PolicyDraftEdit, {**content, "note": fields.get("note")}, words_of(request))
    await flow.edit(
        context.pipeline, session, version, body=edit.body, patch=edit.patch, note=edit.note,
        revision=revision_of(fields), now=context.clock.now(),
    )  # fmt: skip
    return {"version": version}


async def _act(request: Request, caller: Caller, version: int, work: Work, tried: str, done: str) -> Response:
    fields = typed(await request.form(max_files=1, max_fields=80))

    async def again(message: str, status: int) -> Response:
        return await _shown(
            request, caller, version, fields=fields, tried=tried, message=message, status=status
        )

    return await do_or_again(
        request, caller, fields, lambda session: work(session, fields), again=again, own=REFUSED,
        then=lambda said: f"/admin/policies/{said['version']}?done={done}",
    )  # fmt: skip


async def _shown(
    request: Request,
    caller: Caller,
    version: int,
    *,
    fields: Mapping[str, str] = {},
    tried: str = "",
    message: str = "",
    done: str = "",
    status: int = 200,
) -> Response:
    context = context_of(request)
    now = context.clock.now()
    mine = administers(caller, context)
    async with context.sessions() as session:
        found = await policy_document(session, version)
        active = (await list_policies(session, state=PolicyState.ACTIVE, limit=1))["items"]
        against = active[0]["version"] if active else version
        before = (await policy_document(session, against))["body"]
        trials = await list_trials(session, version, limit=TRIALS) if mine else []
    body = found["body"]
    return page(
        request, "policy.html", status, caller=caller, now=now, policy=found, against=against,
        rows=tables.rows(body, before), limits=tables.limits(body, words_of(request)), rest=shown(tables.rest(body)),
        differences=list(differences(before, body)), trials=trials, fields=fields, tried=tried, message=message,
        done=done, document=fields.get("document") or shown(body), field=tables.FIELD, administers=mine,
        token=new_token(), grids=context.directory.grids, since=for_field(now - MONTH), until=for_field(now),
        revision=fields.get("revision") or found["revision"],
        grid_names={grid.code: grid.name for grid in context.directory.grids},
    )  # fmt: skip
