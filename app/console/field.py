"""The field page: a shell that holds nothing personal, and the orders of whoever is signed in, as data.

The shell is kept on the phone and opens without a network; what a person does there goes to the API.
"""

import gzip
import hashlib
from functools import lru_cache
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.requests import MAX_EVIDENCE
from app.auth.callers import context_of, csrf_token_of
from app.auth.scope import Caller
from app.console.allowed import acts_allowed
from app.console.board import Filter, most_urgent
from app.console.field_files import WORKER, bundle, worker
from app.console.filters import Whoever
from app.console.names import named
from app.console.order_names import CAUSE, CLAIM
from app.console.page_route import PageRoute
from app.console.pages import HEADERS, page, words_of
from app.console.reasons import retold
from app.console.refusals import ERROR
from app.console.shown import next_clock
from app.console.texts import N_, Texts
from app.context import Context
from app.flows.patrols import own_field
from app.views import patrols
from app.views.orders import order_documents
from models.enums import OrderAct, OrderState, ProblemCategory, VisitFound
from models.errors import NotFound
from models.order import Review, WorkOrder
from models.registry import Station

router = APIRouter(prefix="/f", route_class=PageRoute, include_in_schema=False)
MOST = 100
"""Orders on one phone."""
MOST_PLACES = 300
ACTS = (OrderAct.ACKNOWLEDGE, OrderAct.FEEDBACK, OrderAct.REPORT)
POLICY = HEADERS["Content-Security-Policy"].replace("img-src 'self' data:", "img-src 'self' data: blob:") + (
    "; manifest-src 'self'; worker-src 'self'"
)
"""Beside what every page may: photos just taken, the manifest, the service worker."""
_FOR_EVER = "public, max-age=31536000, immutable"
WORDS = {
    "overdue": N_("Overdue"),
    "left": N_("Left"),
    "waiting": N_("Waiting for a network"),
    "sent": N_("Sent, no answer yet"),
    "received": N_("Received"),
    "refused": N_("Refused"),
    "acknowledge": N_("Acknowledgement"),
    "feedback": N_("On-site feedback"),
    "report": N_("Disposal report"),
    "offline": N_("No connection. This is the state of %(at)s; what you enter is kept and sent later."),
    "ended": N_("You are signed out. What you entered is kept; sign in to send it."),
    "other": N_("Entered by somebody else on this phone; it waits until that person signs in."),
    "away": N_("from the site: %(metres)s m, ± %(accuracy)s m"),
    "accuracy": N_("± %(accuracy)s m"),
    "no_position": N_("The device gave no position."),
    "locating": N_("Looking for the position…"),
    "moved_on": N_("The order has gone on meanwhile; look at its newest state and enter it again."),
    "no_photo": N_("This file cannot be kept as a photo."),
    "too_many": N_("At most %(most)s files may be attached."),
    "no_room": N_("The phone has no room left to keep this."),
    "saved": N_("Draft kept on this phone"),
    "remove": N_("Remove"),
    "photos": N_("%(count)s photos"),
    "round": N_("round %(round)s"),
    "leave": N_("%(count)s entries wait on this phone and are sent when you sign in again. Sign out?"),
    "patrol": N_("Check-in"),
    "visited": N_("Visited today"),
    "to_visit": N_("To visit"),
    "times": N_("%(done)s of %(times)s visits"),
    "places": N_("Today's patrol: %(done)s of %(all)s places"),
    "too_far": N_("This far from the place it does not count; go nearer and take the position again."),
    "stay": N_("Without a connection nobody can be signed out; try again."),
}
"""What the page's script says, by its keys; `%(name)s` is filled in there."""


@router.get("")
async def field_page(request: Request) -> Response:
    """The same for everybody: a phone keeps it."""
    shown = _shell(request)
    shown.headers["Content-Security-Policy"] = POLICY
    return _short(request, shown)


def _shell(request: Request) -> Response:
    words = words_of(request)
    said = {key: words.say(text) for key, text in WORDS.items()}
    megabytes = context_of(request).settings.max_upload_mb
    refusals = {code: words.say(text, megabytes=megabytes) for code, text in ERROR.items()}
    # No instant and no token in it: every copy is the same, and the page asks for both beside the orders.
    return page(
        request,
        "field.html",
        said=said,
        refusals=refusals,
        causes=[code.value for code in CAUSE],
        claims=[claim.value for claim in CLAIM],
        findings=[one.value for one in VisitFound],
        categories=[one.value for one in ProblemCategory],
        most=MAX_EVIDENCE,
        file=bundle().url,
        modules=[name for name in bundle().files if name.endswith(".js") and name not in (WORKER, "main.js")],
    )


@router.get("/orders")
async def my_orders(request: Request, caller: Whoever) -> Response:
    """The open orders of the caller's grids: those the caller can go on with first, each the most urgent first.

    And the places that the caller is to visit today, those not visited yet first.
    """
    context = context_of(request)
    words = words_of(request)
    async with context.sessions() as session:
        now = context.clock.now()
        ids = await most_urgent(session, caller.scope, Filter(), MOST, now=now)
        orders = await retold(session, await order_documents(session, ids), words)
        comments = await _returned(session, orders)
        sites = await _sites(session, ids)
        today = patrols.today_of(now)
        own = own_field(caller, context.directory)
        places = await patrols.places_of(session, own, today, context.directory) if own else []
    found = [
        _told(order, caller, context, words)
        | {"comment": comments.get(order["id"]), "site": sites.get(order["id"])}
        for order in orders
    ]
    found.sort(key=lambda order: not order["acts"])
    return JSONResponse(
        {
            "now": now.isoformat(),
            "person": {"id": caller.id, "name": caller.name},
            "csrf": csrf_token_of(request),
            "orders": found,
            "day": today.isoformat(),
            "places": places[:MOST_PLACES],
        },
        headers={"Cache-Control": "no-store"},
    )


async def _returned(session: AsyncSession, orders: list[dict[str, Any]]) -> dict[int, str]:
    """What the reviewer wants done again, of the orders that were returned."""
    rounds = {order["id"]: order["round"] for order in orders if order["state"] == OrderState.RETURNED}
    if not rounds:
        return {}
    statement = (
        select(Review.order_id, Review.comment)
        .where(Review.order_id.in_(sorted(rounds)))
        .order_by(Review.round)
    )
    return {row.order_id: row.comment or "" for row in await session.execute(statement)}


async def _sites(session: AsyncSession, ids: list[int]) -> dict[int, dict[str, float]]:
    """Where the stations of the orders stand, WGS 84."""
    statement = (
        select(WorkOrder.id, Station.lon, Station.lat)
        .join(Station, Station.id == WorkOrder.station_id)
        .where(WorkOrder.id.in_(ids))
    )
    return {row.id: {"lon": row.lon, "lat": row.lat} for row in await session.execute(statement)}


def _told(order: dict[str, Any], caller: Caller, context: Context, words: Texts) -> dict[str, Any]:
    clock = next_clock(order["clocks"])
    return {
        "id": order["id"],
        "number": order["number"],
        "version": order["version"],
        "round": order["round"],
        "state": order["state"],
        "state_name": named(words, "state", order["state"]),
        "severity": order["severity"],
        "severity_name": named(words, "severity", order["severity"]),
        "drill": words.say("Drill") if order["drill"] else None,
        "reason": order["reason"],
        "place": " · ".join(name for name in (order["grid_name"], order["station_name"]) if name),
        "clock": None
        if clock is None
        else {"name": named(words, "clock", clock["kind"]), "due": clock["due_at"]},
        "acts": [act.value for act in acts_allowed(order, caller, context) if act in ACTS],
    }


@router.get("/manifest.webmanifest")
async def manifest(request: Request) -> Response:
    """What makes the page an app on the home screen."""
    words = words_of(request)
    icons = [
        {
            "src": bundle().url(f"icon-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    return JSONResponse(
        {
            "id": "/f",
            "name": words.say("Geshao in the field"),
            "short_name": words.say("Geshao"),
            "lang": words.tag,
            "start_url": "/f",
            "scope": "/f",
            "display": "standalone",
            "background_color": "#f2f4f7",
            "theme_color": "#0b4f8a",
            "icons": icons,
        },
        headers={"Cache-Control": "no-cache"},
        media_type="application/manifest+json",
    )


@router.get("/worker.js")
async def service_worker(request: Request) -> Response:
    """Serves the shell without a network; may answer for the page itself, which lies above its own folder."""
    shell = hashlib.sha256(bytes(_shell(request).body)).hexdigest()[:16]
    return Response(
        worker(shell),
        headers={"Cache-Control": "no-cache", "Service-Worker-Allowed": "/f"},
        media_type="text/javascript; charset=utf-8",
    )


@router.get("/files/{digest}/{name}")
async def field_file(request: Request, digest: str, name: str) -> Response:
    """A file of the page. Under the digest of all of them it may be kept for ever."""
    found = bundle()
    if name not in found.files or name == WORKER:
        raise NotFound("no such file")
    media_type, content = found.files[name]
    kept = _FOR_EVER if digest == found.digest else "no-cache"
    return _short(request, Response(content, headers={"Cache-Control": kept}, media_type=media_type))


def _short(request: Request, response: Response) -> Response:
    """The same, compressed for whoever can read that: every second counts on a weak signal."""
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.body = _compressed(bytes(response.body))
        response.headers["Content-Length"] = str(len(response.body))
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    return response


@lru_cache(maxsize=64)
def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)
