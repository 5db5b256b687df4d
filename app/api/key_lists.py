"""The yearly list of key sources 重点污染源名录 of each county and park (annex 1 art. 16)."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.answers import answer
from app.api.described import GridFilter, problems
from app.api.requests import SmallId
from app.api.rights import subtree_filter
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.source_requests import (
    KeyListIn,
    SignIn,
)
from app.api.source_shapes import (
    KeyListDetail,
    KeyLists,
)
from app.flows import key_lists as flow
from app.views import key_lists as views
from supervision.sources.key_list import Criteria

router = APIRouter(prefix="/sources", tags=["sources"], route_class=ActRoute, dependencies=SIGN_IN)
_ACT = problems(400, 403, 404, 409, 412, 413)


@router.get("/key-lists", summary="Lists of key sources", response_model=KeyLists, responses=problems(404))
async def list_key_lists(
    session: Session,
    caller: Whoever,
    context: Shared,
    year: Annotated[int | None, Query(ge=2013, le=2200)] = None,
    grid: GridFilter = None,
) -> Response:
    """Drafts, those in force, and those before, of the counties the caller sees; the newest first."""
    grid_ids = subtree_filter(grid, caller, context)
    return answer(
        {"items": await views.list_key_lists(session, scope=caller.scope, grid_ids=grid_ids, year=year)}
    )


@router.post(
    "/key-lists", summary="Draw up a list of key sources", status_code=201, response_model=KeyListDetail,
    responses=_ACT, dependencies=ONCE,
)  # fmt: skip
async def propose_list(body: KeyListIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By whoever keeps the files of the county; the draft there was gives way to it. Nobody has signed it yet."""
    said = body.criteria
    made = await flow.propose_list(
        context.pipeline, session, body.grid, body.year,
        criteria=Criteria(said.kinds, said.tonnes, said.concern), include=body.include, exclude=body.exclude,
        why=body.why, drop=body.drop, caller=caller, now=context.clock.now(),
    )  # fmt: skip
    return answer(await views.key_list_document(session, made, scope=caller.scope), 201)


@router.get("/key-lists/{list_id}", summary="One list", response_model=KeyListDetail, responses=problems(404))
async def get_key_list(list_id: SmallId, session: Session, caller: Whoever) -> Response:
    """Every source with the reasons why it is on it."""
    return answer(await views.key_list_document(session, list_id, scope=caller.scope))


@router.post(
    "/key-lists/{list_id}/sign", summary="Sign a list", response_model=KeyListDetail, responses=_ACT,
    dependencies=ONCE,
)  # fmt: skip
async def sign_list(
    list_id: SmallId, body: SignIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a chief of the county or park itself who did not draw it up; what was in force gives way."""
    await flow.sign_list(
        context.pipeline, session, list_id, bytes.fromhex(body.sha256), caller=caller, now=context.clock.now()
    )
    return answer(await views.key_list_document(session, list_id, scope=caller.scope))
