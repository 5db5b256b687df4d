"""The page behind a link to acknowledge: works without a session, and does nothing until its button is pressed.

Programs that look at links before people do send a GET, and a GET changes nothing. The token says who acts, on
which order, and nothing else; another site does not know it, so it stands in for the form's own secret.
"""

from fastapi import APIRouter, Request, Response

from app.api.errors import STATUS
from app.auth.callers import context_of
from app.auth.errors import TooManyAttempts
from app.console.page_route import PageRoute
from app.console.pages import page, words_of
from app.console.refusals import ERROR
from app.console.texts import N_
from app.context import Context
from app.database import transaction
from app.flows import links as flow
from app.flows.links import LinkFault, LinkOver, Opened
from app.views.orders import order_document
from models.enums import ClockKind
from models.errors import DomainError, Forbidden, NotFound
from notify.links import Signer

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_LONGEST = 64
DONE = N_("The order is acknowledged.")
FAULT = {
    LinkFault.USED: N_("This link was used already."),
    LinkFault.EXPIRED: N_("This link has expired."),
}
NO_LINK = N_("This link is not valid.")
NO_DUTY = N_("You are not on duty for this order any more.")
TOO_MANY = N_("Too many attempts; please try again in some minutes.")


@router.get("/a/{token}")
async def show(request: Request, token: str) -> Response:
    """The order and a button; no effect."""
    try:
        opened = await _opened(request, token)
    except DomainError as error:
        return _refused(request, error)
    fault = flow.fault_of(opened.link, context_of(request).clock.now())
    return await _page(request, opened, fault=None if fault is None else FAULT[fault])


@router.post("/a/{token}")
async def acknowledge(request: Request, token: str) -> Response:
    """Acknowledges, once, with the duties the person has now."""
    context = context_of(request)
    try:
        opened = await _opened(request, token)
    except DomainError as error:
        return _refused(request, error)
    try:
        async with transaction(context.sessions) as session:
            await flow.acknowledge(context.pipeline, session, opened, clock=context.clock)
    except LinkOver as over:
        return await _page(request, opened, fault=FAULT[over.fault], status=410)
    except (Forbidden, NotFound):
        return await _page(request, opened, fault=NO_DUTY, status=403)
    except DomainError as error:
        shown = ERROR.get(error.code, ERROR["invalid"])
        return await _page(request, opened, fault=shown, status=STATUS.get(error.code, 400))
    return await _page(request, opened, done=True)


async def _opened(request: Request, token: str) -> Opened:
    """The link; wrong tokens are counted, so that nobody tries many."""
    context = context_of(request)
    now = context.clock.now()
    throttle, origin = request.app.state.links, request.client.host if request.client else ""
    throttle.attempt(token[:_LONGEST], origin, now=now)
    if len(token) > _LONGEST:
        raise NotFound("no such link")
    async with context.sessions() as session:
        opened = await flow.find(session, token, Signer(context.secret_key), context.pipeline, now=now)
    throttle.succeeded(token, origin)
    return opened


async def _page(
    request: Request, opened: Opened, *, fault: str | None = None, done: bool = False, status: int = 200
) -> Response:
    context: Context = context_of(request)
    now = context.clock.now()
    async with context.sessions() as session:
        # By the link and not by the person's grids: whoever got the letter may see what became of its order.
        order = await order_document(session, opened.link.order_id)
    due = [c for c in order["clocks"] if c["kind"] == ClockKind.ACKNOWLEDGE.value]
    over = fault is not None or done or flow.fault_of(opened.link, now) is not None
    words = words_of(request)
    shown = page(
        request,
        "link.html",
        status,
        now=now,
        order=order,
        due=due[-1] if due else None,
        open_=not over and order["state"] == "dispatched",
        fault=None if fault is None else words.say(fault),
        done=words.say(DONE) if done else None,
    )
    return _private(shown)


def _refused(request: Request, error: DomainError) -> Response:
    words = words_of(request)
    if isinstance(error, TooManyAttempts):
        shown = page(request, "error.html", 429, message=words.say(TOO_MANY), code=429)
        shown.headers["Retry-After"] = str(error.extra["retry_after_s"])
        return _private(shown)
    return _private(page(request, "error.html", 404, message=words.say(NO_LINK), code=404))


def _private(response: Response) -> Response:
    """The address itself is the credential: it goes to nobody, and into no index."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
