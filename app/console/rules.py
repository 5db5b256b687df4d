"""The pages of the rule book: versions, one version readable, drafts edited, back-tested and put in force."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app import rules as book
from app.api.backtests import ask_backtest
from app.api.rights import demand
from app.api.rule_requests import BacktestIn, DraftEdit, DraftIn, Version
from app.api.rules import activate_rules
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console import rule_tables as tables
from app.console.admin_names import RULE_STATE
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
from app.views.backtests import backtest_document, list_backtests
from app.views.rules import list_rule_sets, rule_set_differences, rule_set_document
from models.enums import Role, RuleSetState
from models.errors import NotFound

router = APIRouter(prefix="/admin/rules", route_class=PageRoute, include_in_schema=False)
ROWS = 50
BACKTESTS = 10
WEEK = timedelta(days=7)
"""A back-test is offered for the last week."""
DONE = {
    "drafted": N_("The draft is made."),
    "saved": N_("The draft is saved."),
    "asked": N_("The back-test is asked for; an engine computes it."),
    "activated": N_("The rule set is in force."),
    "retired": N_("The draft is put away."),
}
REFUSED = {"until": N_("A back-test spans 1 to 184 days that are past.")}
Work = Callable[[AsyncSession, dict[str, str]], Awaitable[dict[str, Any]]]


@router.get("")
async def versions(
    request: Request,
    caller: Whoever,
    state: RuleSetState | None = None,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """Every version, newest first, with who made it and when it was in force."""
    async with context_of(request).sessions() as session:
        found = await list_rule_sets(session, state=state, cursor=cursor, limit=ROWS)
    return page(
        request, "rules.html", caller=caller, rules=found["items"], next_cursor=found["next_cursor"],
        state=state.value if state else "", states={one.value: name for one, name in RULE_STATE.items()},
    )  # fmt: skip


@router.get("/{version}")
async def version(request: Request, version: Version, caller: Whoever, done: str = "") -> Response:
    """One version, and the forms for what may be done with it now."""
    return await _shown(request, caller, version, done=DONE.get(done, ""))


@router.get("/{version}/backtests/{job_id}")
async def backtest(request: Request, version: Version, job_id: Version, caller: Whoever) -> Response:
    """What a back-test found, beside the rule set it is compared with; its progress until then."""
    async with context_of(request).sessions() as session:
        found = await backtest_document(session, job_id, caller.scope)
    if found["rule_version"] != version:
        raise NotFound(f"no back-test {job_id} of rule set {version}")
    result = found["result"]
    groups = {} if result is None else {
        "by_rule": tables.by(result, "by_rule", "kind"), "by_grid": tables.by(result, "by_grid", "grid"),
        "by_day": tables.by(result, "by_day", "day"),
    }  # fmt: skip
    directory = context_of(request).directory
    return page(
        request, "backtest.html", caller=caller, job=found, result=result, groups=groups,
        whole=[] if result is None else tables.compared(result),
        grid_names={grid.code: grid.name for grid in directory.grids},
    )  # fmt: skip


@router.post("/{version}/draft")
async def draft(request: Request, version: Version, caller: Whoever) -> Response:
    """A new draft that says what this version says."""

    async def work(session: AsyncSession, fields: dict[str, str]) -> dict[str, Any]:
        context, words = context_of(request), words_of(request)
        demand(caller, Role.ADMINISTRATOR)
        body = checked(DraftIn, {"patch": {}, "parent": version, "note": fields.get("note")}, words)
        made = await book.draft(
            session, body=None, patch=body.patch, parent=body.parent, note=body.note, caller=caller,
            directory=context.directory, now=context.clock.now(),
        )  # fmt: skip
        return {"version": made}

    return await _act(request, caller, version, work, "draft", "drafted")


@router.post("/{version}/numbers")
async def edit_numbers(request: Request, version: Version, caller: Whoever) -> Response:
    """The common numbers of a draft, and why there is it."""

    async def work(session: AsyncSession, fields: dict[str, str]) -> dict[str, Any]:
        body = (await rule_set_document(session, version))["body"]
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


@router.post("/{version}/backtests")
async def ask(request: Request, version: Version, caller: Whoever) -> Response:
    """A back-test of the version as it is now."""

    async def work(session: AsyncSession, fields: dict[str, str]) -> dict[str, Any]:
        context, words = context_of(request), words_of(request)
        span = {name: beijing_instant(fields, name, words) for name in ("from", "until")}
        body = checked(BacktestIn, {"grid": fields.get("grid"), **span}, words)
        job = await ask_backtest(session, version, body, caller=caller, context=context)
        return {"version": version, "job": job}

    return await _act(request, caller, version, work, "backtests", "asked")


@router.post("/{version}/activate")
async def activate(request: Request, version: Version, caller: Whoever) -> Response:
    """Puts a back-tested version in force."""

    async def work(session: AsyncSession, fields: dict[str, str]) -> dict[str, Any]:
        body = checked(Activation, {"reason": fields.get("reason")}, words_of(request))
        await activate_rules(session, version, body, caller=caller, context=context_of(request))
        return {"version": version}

    return await _act(request, caller, version, work, "activate", "activated")


@router.post("/{version}/retire")
async def retire(request: Request, version: Version, caller: Whoever) -> Response:
    """Puts a version away that never came into force."""

    async def work(session: AsyncSession, fields: dict[str, str]) -> dict[str, Any]:
        demand(caller, Role.ADMINISTRATOR)
        await book.retire(session, version, caller=caller, now=context_of(request).clock.now())
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
    demand(caller, Role.ADMINISTRATOR)
    edit = checked(DraftEdit, {**content, "note": fields.get("note")}, words_of(request))
    await book.edit(
        session, version, body=edit.body, patch=edit.patch, note=edit.note, revision=revision_of(fields),
        directory=context.directory, now=context.clock.now(),
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
        then=lambda said: f"/admin/rules/{said['version']}?done={done}",
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
    async with context.sessions() as session:
        found = await rule_set_document(session, version)
        active = (await list_rule_sets(session, state=RuleSetState.ACTIVE, limit=1))["items"]
        against = active[0]["version"] if active else version
        before = (await rule_set_document(session, against))["body"]
        differences = (await rule_set_differences(session, against, version))["items"]
        jobs = (await list_backtests(session, scope=caller.scope, version=version, limit=BACKTESTS))["items"]
    body = found["body"]
    return page(
        request, "rule_set.html", status, caller=caller, now=now, rule=found, against=against,
        thresholds={rule: tables.thresholds(body, rule, before) for rule in tables.RULES},
        numbers={rule: tables.numbers(body, rule, before) for rule in tables.RULES},
        rest=tables.rest(body), differences=differences, jobs=jobs, fields=fields, tried=tried, message=message,
        done=done, document=fields.get("document") or shown(body), field=tables.FIELD,
        administers=caller.has(Role.ADMINISTRATOR), token=new_token(), grids=context.directory.grids,
        since=for_field(now - WEEK), until=for_field(now), revision=fields.get("revision") or found["revision"],
        waiting=any(job["state"] in ("queued", "running") for job in jobs),
    )  # fmt: skip
