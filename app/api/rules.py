"""The rule book: versions, drafts, activation, and the heavy-pollution response."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app import rules as book
from app.api.answers import API, answer, etag
from app.api.described import Cursor, GridFilter, Limit, problems
from app.api.requests import Instant
from app.api.rights import demand, demand_prefecture, subtree_filter
from app.api.route import ONCE, SIGN_IN, ActRoute, IfMatch, Session, Shared, Whoever
from app.api.rule_requests import ActivateIn, DraftEdit, DraftIn, ResponseIn, Version
from app.api.rule_shapes import Differences, PrecisionRow, ResponseShape, RuleSetDetail, RuleSetShape
from app.api.shapes import Page
from app.auth.scope import Caller
from app.context import Context
from app.idempotency import Answer
from app.views import precision, rules
from app.views.precision import By
from models.enums import ResponseLevel, Role, RuleSetState


class RuleRoute(ActRoute):
    """The ETag of a rule set is its revision: the version is its name."""

    def repeat(self, request: Request, first: Answer) -> Response:
        response = super().repeat(request, first)
        if "revision" in first.body:
            response.headers["ETag"] = etag(first.body["revision"])
        return response


router = APIRouter(prefix="/rules", tags=["rules"], route_class=RuleRoute, dependencies=SIGN_IN)
_ACT = problems(400, 403, 404, 409, 412, 413)


def _shown(document: dict[str, Any], status: int = 200) -> Response:
    headers = {"ETag": etag(document["revision"])}
    if status == 201:
        headers["Location"] = f"{API}/rules/{document['version']}"
    return answer(document, status, headers)


@router.get("", summary="Rule sets", response_model=Page[RuleSetShape], responses=problems())
async def list_rule_sets(
    session: Session,
    state: Annotated[RuleSetState | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Every version without its body, newest first."""
    return answer(await rules.list_rule_sets(session, state=state, cursor=cursor, limit=limit))


@router.post(
    "",
    summary="A new draft",
    status_code=201,
    response_model=RuleSetDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def make_draft(body: DraftIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By an administrator: a whole body, or a merge patch over another version (the active one by default).

    What cannot be is 422 `invalid`, whose `detail` names the place of the first fault.
    """
    demand(caller, Role.ADMINISTRATOR)
    version = await book.draft(
        session,
        body=body.body,
        patch=body.patch,
        parent=body.parent,
        note=body.note,
        caller=caller,
        directory=context.directory,
        now=context.clock.now(),
    )
    return _shown(await rules.rule_set_document(session, version), 201)


@router.get(
    "/response", summary="Heavy-pollution responses", response_model=Page[ResponseShape], responses=problems()
)
async def list_responses(
    session: Session,
    level: Annotated[ResponseLevel | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """The one in force first (`valid_to` null); none is in force where nothing was ever said."""
    return answer(await rules.list_responses(session, level=level, cursor=cursor, limit=limit))


@router.post(
    "/response",
    summary="Switch the heavy-pollution response 重污染天气应急响应",
    status_code=201,
    response_model=ResponseShape,
    responses=problems(400, 403, 409, 413),
    dependencies=ONCE,
)
async def switch_response(body: ResponseIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a duty officer of the prefecture, with a reason; what rule sets say of this level holds at once."""
    demand_prefecture(caller, context, Role.DUTY_OFFICER)
    id_ = await book.switch_response(
        session, body.level, reason=body.reason, caller=caller, now=context.clock.now()
    )
    return answer(await rules.response_document(session, id_), 201)


@router.get(
    "/precision",
    summary="How often the orders of a rule were for something 查实率",
    response_model=Page[PrecisionRow],
    responses=problems(404),
)
async def list_precision(
    session: Session,
    caller: Whoever,
    context: Shared,
    by: Annotated[By, Query()] = "rule",
    since: Annotated[Instant | None, Query(alias="from", description="Dispatched at or after.")] = None,
    until: Annotated[Instant | None, Query(alias="to", description="Dispatched before.")] = None,
    grid: GridFilter = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Orders that alerts made, by the rule (kind of alert and version), by station, or by grid.

    Confirmed: closed, and not as a false alarm. Precision is confirmed among those with an outcome, with its
    Wilson interval of 95 %; orders without an outcome are shown apart. Only the grids the caller sees count.
    """
    page = await precision.list_precision(
        session,
        scope=caller.scope,
        by=by,
        since=since,
        until=until,
        grid_ids=subtree_filter(grid, caller, context),
        cursor=cursor,
        limit=limit,
    )
    return answer(page)


@router.get("/{version}", summary="One rule set", response_model=RuleSetDetail, responses=problems(404))
async def get_rule_set(version: Version, session: Session) -> Response:
    """With its body; its ETag is for If-Match of the next edit."""
    return _shown(await rules.rule_set_document(session, version))


@router.get(
    "/{version}/diff",
    summary="What a rule set says otherwise than another",
    response_model=Differences,
    responses=problems(404),
)
async def get_differences(
    version: Version,
    session: Session,
    against: Annotated[Version, Query(description="The version to compare with: what was before.")],
) -> Response:
    """Each place that differs, by its path, with the values of both."""
    return answer(await rules.rule_set_differences(session, against, version))


@router.put("/{version}", summary="Edit a draft", response_model=RuleSetDetail, responses=_ACT)
async def edit_draft(
    version: Version,
    body: DraftEdit,
    session: Session,
    caller: Whoever,
    context: Shared,
    revision: IfMatch,
) -> Response:
    """By an administrator; another body, or a merge patch over the draft itself, or another note."""
    demand(caller, Role.ADMINISTRATOR)
    await book.edit(
        session,
        version,
        body=body.body,
        patch=body.patch,
        note=body.note,
        revision=revision,
        directory=context.directory,
        now=context.clock.now(),
    )
    return _shown(await rules.rule_set_document(session, version))


async def activate_rules(
    session: AsyncSession, version: int, body: ActivateIn, *, caller: Caller, context: Context
) -> None:
    """Put in force by an administrator."""
    demand(caller, Role.ADMINISTRATOR)
    await book.activate(
        session,
        version,
        caller=caller,
        directory=context.directory,
        now=context.clock.now(),
        reason=body.reason,
    )


@router.post(
    "/{version}/activate",
    summary="Put a rule set in force",
    response_model=RuleSetDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def activate(
    version: Version, session: Session, caller: Whoever, context: Shared, body: ActivateIn | None = None
) -> Response:
    """By an administrator; only a back-tested one. The one in force is retired in the same moment."""
    await activate_rules(session, version, body or ActivateIn(), caller=caller, context=context)
    return _shown(await rules.rule_set_document(session, version))


@router.post(
    "/{version}/retire",
    summary="Put a draft away",
    response_model=RuleSetDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def retire(version: Version, session: Session, caller: Whoever, context: Shared) -> Response:
    """By an administrator; a draft or back-tested one. The active one is retired by another's activation."""
    demand(caller, Role.ADMINISTRATOR)
    await book.retire(session, version, caller=caller, now=context.clock.now())
    return _shown(await rules.rule_set_document(session, version))
