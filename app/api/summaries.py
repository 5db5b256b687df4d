"""The summary of an order 总结分析: drafted by the service, edited and signed by the county."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, Field

from app.api.answers import API, answer, etag
from app.api.described import problems
from app.api.requests import Id, Strict, SummaryText
from app.api.route import ONCE, SIGN_IN, IfMatch, Session, Shared, Whoever
from app.api.rules import RuleRoute
from app.api.shapes import Shape
from app.flows.summary import draft_summary, edit_summary, sign_summary
from app.views.summaries import list_summaries, newest_summary

router = APIRouter(prefix="/orders", tags=["orders"], route_class=RuleRoute, dependencies=SIGN_IN)
_ACT = problems(400, 403, 404, 409, 412, 413)


class SummaryIn(Strict):
    body: SummaryText


class SummaryShape(Shape):
    order_id: int
    version: int
    revision: int = Field(description="Rises with every edit; the ETag, for If-Match.")
    draft: str = Field(description="As the service made it.")
    inputs_sha256: str = Field(description="Of the facts it was made from.")
    body: str = Field(description="As it is to be signed, or was.")
    sha256: str = Field(description="Of `body`; on the record once it is signed.")
    drafted_by: str
    drafted_at: AwareDatetime
    edited_by: str | None
    edited_at: AwareDatetime | None
    signed_by: str | None
    signed_at: AwareDatetime | None


class Summaries(Shape):
    items: list[SummaryShape]
    next_cursor: None


def _shown(document: dict[str, Any], status: int = 200) -> Response:
    headers = {"ETag": etag(document["revision"])}
    if status == 201:
        headers["Location"] = f"{API}/orders/{document['order_id']}/summary"
    return answer(document, status, headers)


@router.get(
    "/{order_id}/summary", summary="Versions of a summary", response_model=Summaries, responses=problems(404)
)
async def get_summaries(order_id: Id, session: Session, caller: Whoever) -> Response:
    """The newest first; at most the newest is not signed yet."""
    return answer(await list_summaries(session, order_id, caller.scope))


@router.post(
    "/{order_id}/summary",
    summary="Draft a summary 总结分析",
    status_code=201,
    response_model=SummaryShape,
    responses=_ACT | {200: {"model": SummaryShape, "description": "The draft that was there, made anew."}},
    dependencies=ONCE,
)
async def make_summary(order_id: Id, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a supervisor or chief of the order's grid, once it is closed. After a signature it is an amendment.

    What a person has edited stays; `draft` beside it is made anew where the facts have changed.
    """
    made = await draft_summary(context.pipeline, session, order_id, caller=caller, clock=context.clock)
    return _shown(await newest_summary(session, order_id, caller.scope), 201 if made else 200)


@router.put("/{order_id}/summary", summary="Edit a summary", response_model=SummaryShape, responses=_ACT)
async def put_summary(
    order_id: Id, body: SummaryIn, session: Session, caller: Whoever, context: Shared, revision: IfMatch
) -> Response:
    """By a supervisor or chief of the order's grid, until it is signed."""
    await edit_summary(
        context.pipeline,
        session,
        order_id,
        body.body,
        revision=revision,
        caller=caller,
        clock=context.clock,
    )
    return _shown(await newest_summary(session, order_id, caller.scope))


@router.post(
    "/{order_id}/summary/sign",
    summary="Sign a summary 签发",
    response_model=SummaryShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def sign(
    order_id: Id, session: Session, caller: Whoever, context: Shared, revision: IfMatch
) -> Response:
    """By a supervisor or chief of the order's grid; for good. What is to be said otherwise is another version."""
    await sign_summary(
        context.pipeline, session, order_id, revision=revision, caller=caller, clock=context.clock
    )
    return _shown(await newest_summary(session, order_id, caller.scope))
