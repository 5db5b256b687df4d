"""The methods of Open311 GeoReport v2; POST with the API key of a person who has a duty."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from app.auth import people, tokens
from app.auth.callers import context_of, storable
from app.auth.errors import TooManyAttempts
from app.console.names import named
from app.console.public_report_names import GROUP, NOTICE
from app.console.texts import DEFAULT, TAGS, Texts, texts
from app.context import Context
from app.database import transaction
from app.open311.documents import (
    MEDIA_TYPE,
    Format,
    Open311Error,
    asked_format,
    definition,
    discovery,
    error_document,
    request_document,
    service,
    written,
)
from app.public.filing import take
from app.public.gate import LOOKUPS_EACH, neighbourhood, tracking_of
from app.views.public_reports import report_values, sent_requests
from models.enums import ProblemCategory, PublicReportChannel, PublicReportState
from models.errors import Invalid, NotFound
from supervision.public_reports import reports
from supervision.public_reports.identity import Reporter
from supervision.public_reports.reports import LONGEST_TEXT, Filing
from supervision.public_reports.routing import Spot

router = APIRouter(prefix="/open311", include_in_schema=False)
MOST = 1000
SPAN = timedelta(days=90)
MOST_ASKED = 100
_OPEN = (PublicReportState.RECEIVED, PublicReportState.ACCEPTED)
_CLOSED = (PublicReportState.ANSWERED, PublicReportState.REJECTED)
_Answer = Callable[[Format], Awaitable[tuple[str, Any, int]]]


@router.get("/discovery")
@router.get("/discovery.{fmt}")
@router.get("/v2/discovery")
@router.get("/v2/discovery.{fmt}")
async def discover(request: Request) -> Response:
    """Where the end point is, in which formats, and how one comes to a key."""

    async def answer(_: Format) -> tuple[str, Any, int]:
        settings = context_of(request).settings
        base = (settings.public_url or str(request.base_url)).rstrip("/")
        contact = "; ".join(f"{one.name} {one.value}" for one in settings.public.channels if one.grid is None)
        key_service = f"{base}/me/keys"
        return "discovery", discovery(f"{base}/open311/v2", contact=contact, key_service=key_service), 200

    return await _answered(request, answer)


@router.get("/v2/services")
@router.get("/v2/services.{fmt}")
async def services(request: Request) -> Response:
    """GET Service List."""

    async def answer(_: Format) -> tuple[str, Any, int]:
        words = _words(request)
        return "services", [_service(one, words) for one in ProblemCategory], 200

    return await _answered(request, answer)


@router.get("/v2/services/{code}")
async def service_definition(request: Request, code: str) -> Response:
    """GET Service Definition."""

    async def answer(_: Format) -> tuple[str, Any, int]:
        return "service_definition", definition(_category(_stem(request, code)).value), 200

    return await _answered(request, answer)


@router.post("/v2/requests")
@router.post("/v2/requests.{fmt}")
async def post_request(request: Request) -> Response:
    """POST Service Request; the answer names the request at once."""

    async def answer(_: Format) -> tuple[str, Any, int]:
        context, now = context_of(request), context_of(request).clock.now()
        async with request.form(max_files=0, max_fields=60) as form:
            known = await _key_holder(request, _said(form, "api_key", 200))
            limits, floods = context.settings.public, request.app.state.floods
            if known is None:
                floods.attempt(_address(request), limits.reports_per_address, now=now)
                raise Open311Error(403, "api_key is missing or not valid")
            if not known.duties:
                raise Open311Error(403, "the owner of this api_key has no duty in force")
            floods.attempt(f"key:{known.id}", limits.reports_per_key, now=now)
            filing, reporter, beside = _filing(form, known.id, context)
        async with transaction(context.sessions) as session:
            row = await take(
                session,
                context,
                request.app.state.reporter_keys,
                filing,
                reporter,
                chosen=None,
                beside=beside,
            )
        notice = _words(request).say(NOTICE, code=filing.tracking)
        said = {"service_request_id": row.number, "service_notice": notice, "account_id": None}
        return "service_requests", [said], 201

    return await _answered(request, answer)


@router.get("/v2/requests")
@router.get("/v2/requests.{fmt}")
async def get_requests(request: Request) -> Response:
    """GET Service Requests: at most 1000, of at most 90 days."""

    async def answer(_: Format) -> tuple[str, Any, int]:
        query = {name: value for name, value in request.query_params.items() if value.strip()}
        if "service_request_id" in query:
            numbers = _listed(query["service_request_id"], "service_request_id")
            return "service_requests", await _requests(request, numbers=numbers), 200
        categories = [_category(one).value for one in _listed(query.get("service_code", ""), "service_code")]
        states = [state for one in _listed(query.get("status", ""), "status") for state in _states(one)]
        since, until = _span(query, context_of(request).clock.now())
        found = await _requests(
            request, numbers=None, categories=categories, states=states, since=since, until=until
        )
        return "service_requests", found, 200

    return await _answered(request, answer)


@router.get("/v2/requests/{name}")
async def get_request(request: Request, name: str) -> Response:
    """GET Service Request."""

    async def answer(_: Format) -> tuple[str, Any, int]:
        found = await _requests(request, numbers=_listed(_stem(request, name), "service_request_id"))
        if not found:
            raise Open311Error(404, "service_request_id was not found")
        return "service_requests", found, 200

    return await _answered(request, answer)


@router.get("/v2/tokens/{token}")
async def get_token(request: Request, token: str) -> Response:
    """GET service_request_id from a token; a tracking number is one."""

    async def answer(_: Format) -> tuple[str, Any, int]:
        context, said = context_of(request), _stem(request, token)
        request.app.state.lookups.attempt(_address(request), LOOKUPS_EACH, now=context.clock.now())
        if not storable(said):
            raise Open311Error(404, "token was not found")
        async with context.sessions() as session:
            row = await reports.find_tracked(session, said)
        return "service_requests", [{"service_request_id": row.number, "token": said}], 200

    return await _answered(request, answer)


async def _answered(request: Request, answer: _Answer) -> Response:
    """The answer, or its refusal, in the format that the address asks for."""
    _, fmt = asked_format(request.url.path.rpartition("/")[2], request.headers.get("Accept", ""))
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    try:
        root, content, status = await answer(fmt)
    except Open311Error as error:
        root, content, status = "errors", error_document(error), error.code
    except NotFound as error:
        root, content, status = "errors", error_document(Open311Error(404, error.detail)), 404
    except HTTPException as error:
        root, content, status = "errors", error_document(Open311Error(400, str(error.detail))), 400
    except Invalid as error:
        root, content, status = "errors", error_document(Open311Error(400, error.detail)), 400
    except TooManyAttempts as error:
        root, content, status = "errors", error_document(Open311Error(429, error.detail)), 429
        headers["Retry-After"] = str(error.extra["retry_after_s"])
    return Response(written(root, content, fmt), status, headers, MEDIA_TYPE[fmt])


def _stem(request: Request, name: str) -> str:
    return asked_format(name, request.headers.get("Accept", ""))[0]


def _words(request: Request) -> Texts:
    asked = request.query_params.get("lang", "")
    return texts(asked if asked in TAGS else DEFAULT)


def _address(request: Request) -> str:
    return neighbourhood(request.client.host if request.client else "")


def _service(category: ProblemCategory, words: Texts) -> dict[str, Any]:
    name = named(words, "problem", category.value)
    return service(category.value, name, (category.value.replace("_", " "), name), words.say(GROUP))


def _category(code: str) -> ProblemCategory:
    if not code:
        raise Open311Error(400, "service_code was not provided")
    if code not in list(ProblemCategory):
        raise Open311Error(404, "service_code was not found")
    return ProblemCategory(code)


def _states(status: str) -> tuple[PublicReportState, ...]:
    if status not in ("open", "closed"):
        raise Open311Error(400, "status is open or closed")
    return _OPEN if status == "open" else _CLOSED


def _listed(text: str, name: str) -> list[str]:
    found = [one.strip() for one in text.split(",") if one.strip()]
    if len(found) > MOST_ASKED or not storable(text):
        raise Open311Error(400, f"{name} names at most {MOST_ASKED}, separated by commas")
    return found


def _span(query: dict[str, str], now: datetime) -> tuple[datetime, datetime]:
    since, until = (_instant(query.get(name), name) for name in ("start_date", "end_date"))
    if since is None:
        until = until or now
        return until - SPAN, until
    until = until or min(now, since + SPAN)
    if until - since > SPAN:
        raise Open311Error(400, "start_date and end_date span more than 90 days")
    return since, until


def _instant(text: str | None, name: str) -> datetime | None:
    if text is None:
        return None
    try:
        # An unescaped plus of the offset comes as a space.
        at = datetime.fromisoformat(text.replace(" ", "+"))
        if at.tzinfo is None or not 1971 <= at.year <= 2200:
            raise ValueError
    except ValueError:
        raise Open311Error(
            400, f"{name} wants a date and time with its offset, 2010-01-01T00:00:00Z"
        ) from None
    return at


async def _key_holder(request: Request, said: str | None) -> people.Known | None:
    key = request.headers.get("X-API-Key") or said or request.query_params.get("api_key")
    context = context_of(request)
    if not key or not key.startswith(tokens.KEY_PREFIX):
        return None
    async with context.sessions() as session:
        return await people.by_key(session, tokens.key_digest(key), now=context.clock.now())


async def _requests(request: Request, **chosen: Any) -> list[dict[str, Any]]:
    context, words = context_of(request), _words(request)
    known = await _key_holder(request, None)
    prefecture = context.directory.prefecture
    whole = None if prefecture is None else context.directory.grid(prefecture)
    found = []
    async with context.sessions() as session:
        for row in await session.execute(sent_requests(**chosen).limit(MOST)):
            report = report_values(row)
            own = known is not None and row.PublicReport.sent_by == known.id
            state = PublicReportState(row.head_state or report["state"])
            answer = row.head_answer or report["answer"]
            notes = answer if own and answer else named(words, "public_report_state", report["state"])
            agency = report["grid_name"] or (whole.name if whole else None)
            found.append(
                request_document(
                    report, own=own, status="open" if state in _OPEN else "closed", notes=notes,
                    name=named(words, "problem", report["category"]), agency=agency,
                )
            )  # fmt: skip
    return found


def _said(form: FormData, name: str, longest: int) -> str | None:
    """A field as it was sent; an empty one is none."""
    value = form.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if not isinstance(value, str) or len(value) > longest or not storable(value):
        raise Open311Error(400, f"{name} has at most {longest} characters")
    return value.strip()


def _degrees(form: FormData, name: str, most: float) -> float | None:
    text = _said(form, name, 40)
    if text is None:
        return None
    try:
        degrees = float(text)
    except ValueError:
        degrees = most + 1
    if not -most <= degrees <= most:
        raise Open311Error(400, f"{name} wants degrees from -{most:g} to {most:g}")
    return degrees


def _filing(form: FormData, person: int, context: Context) -> tuple[Filing, Reporter, str]:
    """What the form says; raises Open311Error, which names the field."""
    category = _category(_said(form, "service_code", 60) or "")
    lat, lon = _degrees(form, "lat", 90.0), _degrees(form, "long", 180.0)
    if (lat is None) != (lon is None):
        raise Open311Error(400, "lat and long are sent together")
    words = _said(form, "address_string", 200)
    if lat is None and words is None:
        if _said(form, "address_id", 200) is not None:
            raise Open311Error(400, "address_id is not known here; send lat and long, or address_string")
        raise Open311Error(400, "lat and long, or address_string, was not provided")
    media = _said(form, "media_url", 500)
    if media is not None and urlsplit(media).scheme not in ("http", "https"):
        raise Open311Error(400, "media_url wants http(s)://…")
    names = [_said(form, name, 100) for name in ("last_name", "first_name")]
    reporter = Reporter(
        " ".join(one for one in names if one) or None, _said(form, "phone", 40), _said(form, "email", 200)
    )
    account, device = _said(form, "account_id", 200), _said(form, "device_id", 200)
    beside = f"{person}:{account or ''}:{device or ''}" if account or device else ""
    filing = Filing(
        category.value,
        _said(form, "description", LONGEST_TEXT) or "",
        Spot(lon, lat, words),
        PublicReportChannel.OPEN311,
        tracking_of(context.secret_key, secrets.token_urlsafe(24)),
        media_url=media,
        sent_by=person,
    )
    return filing, reporter, beside
