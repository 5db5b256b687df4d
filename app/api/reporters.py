"""Who sent a public report: for the keepers of that, with a reason, and never twice under one key."""

from typing import Any

from fastapi import APIRouter, Request, Response

from app import idempotency
from app.api.answers import answer
from app.api.described import problems
from app.api.public_report_shapes import IdentityIn, ReporterShape
from app.api.requests import Id
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.auth.scope import Caller
from app.context import Context
from app.flows import public_reports as flow
from app.public.keyring import Keys
from models.errors import IdempotencyConflict, NotFound
from supervision.public_reports.identity import Reporter, Unreadable


class LookRoute(ActRoute):
    """Keeps nothing of the answer: a look sent again under its key is refused, and another one is another event."""

    def kept(self, body: dict[str, Any]) -> dict[str, Any]:
        return {}

    def repeat(self, request: Request, first: idempotency.Answer) -> Response:
        raise IdempotencyConflict("every look at who reported is one of its own: ask with another key")


router = APIRouter(
    prefix="/public-reports", tags=["public-reports"], route_class=LookRoute, dependencies=SIGN_IN
)


def keys_of(request: Request) -> Keys:
    """This process's keys of reporters' identities."""
    keys: Keys = request.app.state.reporter_keys
    return keys


async def opened(
    session: Session, report_id: int, reason: str, *, keys: Keys, caller: Caller, context: Context
) -> Reporter:
    """Who sent the report; raises NotFound where nothing is kept, or its key is not there."""
    ring = keys.ring()
    if ring is None:
        raise NotFound("there is no key that opens who sent it")
    try:
        return await flow.show_identity(
            context.pipeline, session, report_id, ring, reason=reason, caller=caller, clock=context.clock
        )
    except Unreadable as error:
        raise NotFound(str(error)) from None


@router.post(
    "/{report_id}/identity",
    summary="Open who sent a public report",
    response_model=ReporterShape,
    responses=problems(400, 403, 404, 409, 413),
    dependencies=ONCE,
)
async def identity(
    report_id: Id, body: IdentityIn, request: Request, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a keeper of reporters' identities of its grid or above it. Each look is an event, with its reason."""
    found = await opened(
        session, report_id, body.reason, keys=keys_of(request), caller=caller, context=context
    )
    return answer({"name": found.name, "phone": found.phone, "email": found.email, "address": found.address})
