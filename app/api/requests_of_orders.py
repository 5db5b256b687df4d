"""Requests 请示 beside the states of an order: filing, deciding, and what the prefecture settles itself."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.answers import API, answer, order_answer
from app.api.asked import asked_of, grid_named
from app.api.described import Cursor, GridFilter, Limit, problems
from app.api.order_shapes import Order
from app.api.request_bodies import (
    AssignIn,
    DecisionIn,
    RecheckIn,
    RequestIn,
)
from app.api.request_shapes import RequestShape
from app.api.requests import Id
from app.api.rights import subtree_filter
from app.api.route import ONCE, SIGN_IN, ActRoute, IfMatch, Session, Shared, Whoever
from app.api.shapes import Page
from app.flows import holding, joint, requests
from app.views import requests as views
from app.views.orders import order_document
from dispatch.requests.asked import Decision
from models.enums import RequestKind, RequestState

router = APIRouter(tags=["requests"], route_class=ActRoute, dependencies=SIGN_IN)
_ACT = problems(400, 403, 404, 409, 412, 413)


@router.get("/requests", summary="Requests 请示", response_model=Page[RequestShape], responses=problems(404))
async def list_requests(
    session: Session,
    caller: Whoever,
    context: Shared,
    state: Annotated[RequestState | None, Query()] = None,
    kind: Annotated[RequestKind | None, Query()] = None,
    grid: GridFilter = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Newest first. A county sees its own, those of orders that it holds no longer included."""
    return answer(
        await views.list_requests(
            session,
            scope=caller.scope,
            state=state,
            kind=kind,
            grid_ids=subtree_filter(grid, caller, context),
            cursor=cursor,
            limit=limit,
        )
    )


@router.get(
    "/requests/{request_id}",
    summary="One request",
    response_model=RequestShape,
    responses=problems(404),
)
async def get_request(request_id: Id, session: Session, caller: Whoever) -> Response:
    """The reason of a recusal only for whoever declared it, and for duty officers and administrators."""
    return answer(await views.request_document(session, request_id, caller))


@router.get(
    "/orders/{order_id}/requests",
    summary="What was asked about an order",
    response_model=Page[RequestShape],
    responses=problems(404),
)
async def list_of_order(
    order_id: Id, session: Session, caller: Whoever, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """Newest first, by whichever holder."""
    return answer(await views.requests_of(session, order_id, caller.scope, cursor=cursor, limit=limit))


@router.post(
    "/orders/{order_id}/requests",
    summary="File a request 请示",
    status_code=201,
    response_model=RequestShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def file_request(
    order_id: Id, body: RequestIn, session: Session, caller: Whoever, context: Shared, version: IfMatch
) -> Response:
    """Stops no clock. Extension, transfer, joint handling and suspension by the holder; void by a duty officer.

    A recusal takes effect at once: whoever files one can do nothing more to the order.
    """
    request_id = await requests.file(
        context.pipeline,
        session,
        order_id,
        asked_of(body, context),
        caller=caller,
        expected_version=version,
        clock=context.clock,
    )
    document = await views.request_document(session, request_id, caller)
    return answer(document, 201, {"Location": f"{API}/requests/{request_id}"})


@router.post(
    "/requests/{request_id}/decide",
    summary="Decide a request 审批",
    response_model=RequestShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def decide(
    request_id: Id, body: DecisionIn, session: Session, caller: Whoever, context: Shared, version: IfMatch
) -> Response:
    """By a duty officer or chief of the prefecture; a suspension and a second extension by a chief.

    Never by whoever filed it or handles the order. What is approved is carried out in the same transaction.
    `If-Match` is the order's version.
    """
    decision = Decision(
        approve=body.decision == "approve",
        comment=body.comment,
        grid_id=None if body.grid is None else grid_named(body.grid, context).id,
        policy=body.policy,
        misdispatched=body.misdispatched,
        alternate=body.alternate,
    )
    await requests.decide(
        context.pipeline,
        session,
        request_id,
        decision,
        caller=caller,
        expected_version=version,
        clock=context.clock,
        open_joint=joint.carry_out,
    )
    return answer(await views.request_document(session, request_id, caller))


@router.post(
    "/requests/{request_id}/withdraw",
    summary="Withdraw a request 撤回",
    response_model=RequestShape,
    responses=problems(403, 404, 409),
    dependencies=ONCE,
)
async def withdraw(request_id: Id, session: Session, caller: Whoever, context: Shared) -> Response:
    """By whoever filed it, while it is pending. A recusal is not taken back: the level above decides."""
    await requests.withdraw(context.pipeline, session, request_id, caller=caller, clock=context.clock)
    return answer(await views.request_document(session, request_id, caller))


@router.post(
    "/orders/{order_id}/assign",
    summary="Say for good who holds an order 指定承办",
    response_model=Order,
    responses=_ACT,
    dependencies=ONCE,
)
async def assign(
    order_id: Id, body: AssignIn, session: Session, caller: Whoever, context: Shared, version: IfMatch
) -> Response:
    """By a duty officer of the prefecture, once, after two transfers; no further transfer after it."""
    await holding.assign(
        context.pipeline,
        session,
        order_id,
        grid_named(body.grid, context).id,
        reason=body.reason,
        policy=body.policy,
        misdispatched=body.misdispatched,
        caller=caller,
        expected_version=version,
        clock=context.clock,
    )
    return order_answer(await order_document(session, order_id))


@router.post(
    "/orders/{order_id}/recheck",
    summary="Look again at a suspended order 挂账复查",
    response_model=Order,
    responses=_ACT,
    dependencies=ONCE,
)
async def recheck(
    order_id: Id, body: RecheckIn, session: Session, caller: Whoever, context: Shared, version: IfMatch
) -> Response:
    """By the prefecture, at the end of the suspension or before: the order goes on with its full limit."""
    await holding.recheck(
        context.pipeline,
        session,
        order_id,
        comment=body.comment,
        caller=caller,
        expected_version=version,
        clock=context.clock,
    )
    return order_answer(await order_document(session, order_id))
