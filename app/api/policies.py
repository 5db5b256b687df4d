"""SLA policies: versions, drafts, what-if runs, activation, and moving open orders."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.answers import API, answer, etag
from app.api.described import Cursor, Limit, problems
from app.api.policy_requests import ApplyIn, PolicyDraftEdit, PolicyDraftIn, WhatIfIn
from app.api.policy_shapes import ApplyShape, PolicyDetail, PolicyShape, WhatIfShape
from app.api.rights import demand_prefecture, grid_in_scope
from app.api.route import ONCE, SIGN_IN, ActRoute, IfMatch, Session, Shared, Whoever
from app.api.rule_requests import ActivateIn, Version
from app.api.shapes import Page
from app.auth.scope import Caller
from app.context import Context
from app.flows import policies as flow
from app.idempotency import Answer
from app.views import policies
from models.enums import PolicyState, Role


class PolicyRoute(ActRoute):
    """The ETag of a policy is its revision: the version is its name."""

    def repeat(self, request: Request, first: Answer) -> Response:
        response = super().repeat(request, first)
        if "body" in first.body:
            response.headers["ETag"] = etag(first.body["revision"])
        return response


router = APIRouter(prefix="/sla/policies", tags=["sla"], route_class=PolicyRoute, dependencies=SIGN_IN)
_ACT = problems(400, 403, 404, 409, 412, 413)


def _shown(document: dict[str, Any], status: int = 200) -> Response:
    headers = {"ETag": etag(document["revision"])}
    if status == 201:
        headers["Location"] = f"{API}/sla/policies/{document['version']}"
    return answer(document, status, headers)


@router.get("", summary="SLA policies", response_model=Page[PolicyShape], responses=problems())
async def list_policies(
    session: Session,
    state: Annotated[PolicyState | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Every version without its body, newest first."""
    return answer(await policies.list_policies(session, state=state, cursor=cursor, limit=limit))


@router.post(
    "", summary="A new draft", status_code=201, response_model=PolicyDetail, responses=_ACT, dependencies=ONCE
)
async def make_draft(body: PolicyDraftIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By an administrator of the prefecture: a whole body, or a merge patch over another version.

    What cannot be is 422 `invalid`, whose `detail` names the place of the first fault.
    """
    demand_prefecture(caller, context, Role.ADMINISTRATOR)
    version = await flow.draft(
        context.pipeline, session, body=body.body, patch=body.patch, parent=body.parent, note=body.note,
        caller=caller, now=context.clock.now(),
    )  # fmt: skip
    return _shown(await policies.policy_document(session, version), 201)


@router.get("/{version}", summary="One SLA policy", response_model=PolicyDetail, responses=problems(404))
async def get_policy(version: Version, session: Session) -> Response:
    """With its body; its ETag is for If-Match of the next edit."""
    return _shown(await policies.policy_document(session, version))


@router.put("/{version}", summary="Edit a draft", response_model=PolicyDetail, responses=_ACT)
async def edit_draft(
    version: Version,
    body: PolicyDraftEdit,
    session: Session,
    caller: Whoever,
    context: Shared,
    revision: IfMatch,
) -> Response:
    """By an administrator; another body, or a merge patch over the draft itself, or another note."""
    demand_prefecture(caller, context, Role.ADMINISTRATOR)
    await flow.edit(
        context.pipeline, session, version, body=body.body, patch=body.patch, note=body.note, revision=revision,
        now=context.clock.now(),
    )  # fmt: skip
    return _shown(await policies.policy_document(session, version))


async def try_policy(
    session: AsyncSession, version: int, body: WhatIfIn, *, caller: Caller, context: Context
) -> dict[str, Any]:
    """A what-if run by an administrator of the prefecture, kept with its result."""
    demand_prefecture(caller, context, Role.ADMINISTRATOR)
    grid_id = None if body.grid is None else grid_in_scope(body.grid, caller, context).id
    return await flow.what_if(
        context.pipeline, session, version, since=body.since, until=body.until, grid_id=grid_id, caller=caller,
        now=context.clock.now(),
    )  # fmt: skip


@router.post(
    "/{version}/what-if",
    summary="Run a policy over past orders",
    status_code=201,
    response_model=WhatIfShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def what_if(
    version: Version, body: WhatIfIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By an administrator: which clocks would have been met or breached, beside what was; at most 100,000 of them.

    The acts are taken as they happened. A draft becomes `tried`, and its body stands from here on.
    """
    return answer(await try_policy(session, version, body, caller=caller, context=context), 201)


async def activate_policy(
    session: AsyncSession, version: int, body: ActivateIn, *, caller: Caller, context: Context
) -> None:
    """Put in force by an administrator of the prefecture."""
    demand_prefecture(caller, context, Role.ADMINISTRATOR)
    await flow.activate(
        context.pipeline, session, version, caller=caller, now=context.clock.now(), reason=body.reason
    )


@router.post(
    "/{version}/activate",
    summary="Put a policy in force",
    response_model=PolicyDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def activate(
    version: Version, session: Session, caller: Whoever, context: Shared, body: ActivateIn | None = None
) -> Response:
    """By an administrator; only a tried one. The one in force is retired in the same moment.

    Orders dispatched from then on go by it; clocks that run, and later clocks of orders that are out, do not.
    """
    await activate_policy(session, version, body or ActivateIn(), caller=caller, context=context)
    return _shown(await policies.policy_document(session, version))


@router.post(
    "/{version}/retire",
    summary="Put a draft away",
    response_model=PolicyDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def retire(version: Version, session: Session, caller: Whoever, context: Shared) -> Response:
    """By an administrator; a draft or tried one. The active one is retired by another's activation."""
    demand_prefecture(caller, context, Role.ADMINISTRATOR)
    await flow.retire(context.pipeline, session, version, caller=caller, now=context.clock.now())
    return _shown(await policies.policy_document(session, version))


@router.post(
    "/{version}/apply",
    summary="Move open orders under the active policy",
    status_code=201,
    response_model=ApplyShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def apply(
    version: Version, body: ApplyIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By an administrator, with a reason, and a dry run first. Running, unbreached clocks are due anew.

    `original_due_at` stays; a clock whose new deadline has passed is left and named; no breach is touched.
    """
    demand_prefecture(caller, context, Role.ADMINISTRATOR)
    grid_id = None if body.grid is None else grid_in_scope(body.grid, caller, context).id
    done = await flow.apply(
        context.pipeline, session, version, grid_id=grid_id, states=body.states or (), reason=body.reason,
        dry_run=body.dry_run, caller=caller, clock=context.clock,
    )  # fmt: skip
    return answer(done, 201)
