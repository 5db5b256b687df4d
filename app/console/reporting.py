"""The public's own pages: report a problem, and follow it by its tracking number; without a session and a script."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData, UploadFile

from app.api.errors import STATUS
from app.api.requests import Line, LongText, Strict
from app.auth.callers import context_of, storable
from app.auth.errors import TooManyAttempts
from app.auth.scope import Scope
from app.console.forms import checked_by, typed
from app.console.order_place import PLACE_WORDS
from app.console.page_route import Message, PageRoute, message_of, see
from app.console.pages import page, words_of
from app.console.public_report_names import RATING, REFUSED
from app.console.texts import N_, Texts
from app.context import Context
from app.database import transaction
from app.flows import public_reports as flow
from app.public.filing import MOST_PHOTOS, demand_here, photos_of, receive_photos, routed, take
from app.public.gate import LOOKUPS_EACH, demand_form, neighbourhood, new_form, tracking_of
from app.registry.directory import GridInfo
from app.views import report_place
from models.enums import ProblemCategory, PublicReportChannel, PublicReportState
from models.errors import DomainError, Invalid, NotFound
from models.public_report import PublicReport, PublicReportStep
from supervision.public_reports import reports, steps
from supervision.public_reports.identity import Reporter
from supervision.public_reports.policy import PublicReportPolicy
from supervision.public_reports.reports import Filing
from supervision.public_reports.routing import Near, Spot

router = APIRouter(prefix="/public", route_class=PageRoute, include_in_schema=False)
_PHONE = r"[0-9+() -]{5,40}"
FIELD = {
    "category": N_("What kind of problem"),
    "text": N_("What you have seen"),
    "place": N_("Place in words"),
    "lon": N_("Longitude"),
    "lat": N_("Latitude"),
    "name": N_("Your name"),
    "phone": N_("Your phone number"),
    "rating": N_("How satisfied are you?"),
    "rating_note": N_("Your comment"),
}
_NOWHERE = "wants a position or words"
WHOLE = {_NOWHERE: N_("Please say where it is: in words, or with longitude and latitude.")}
_HONEYPOT = "website"
Text = Annotated[str, Query(max_length=4000)]


class PlaceIn(Strict):
    """Where and what: the first page."""

    category: ProblemCategory
    grid: Annotated[str, Field(max_length=64)] | None = None
    place: Line | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None


class PublicReportIn(PlaceIn):
    """The whole report."""

    text: LongText
    name: Annotated[str, Field(max_length=100)] | None = None
    phone: Annotated[str, Field(pattern=f"^{_PHONE}$")] | None = None


class RatingIn(Strict):
    rating: Annotated[int, Field(ge=1, le=5)]
    rating_note: Annotated[str, Field(max_length=500)] | None = None


@router.get("/report")
async def where(request: Request) -> Response:
    """The first page: what kind of problem, and where."""
    return await _where(request, dict(request.query_params))


@router.get("/report/details")
async def details(request: Request) -> Response:
    """The second page: open reports nearby, then what was seen, photos, and who reports if they wish."""
    fields = {name: value for name, value in request.query_params.items() if value.strip()}
    try:
        placed = _placed(fields, words_of(request))
        async with context_of(request).sessions() as session:
            await demand_here(session, Spot(placed.lon, placed.lat, placed.place))
    except DomainError as error:
        return await _where(request, fields, message=_refusal(request, error), status=422)
    return await _details(request, placed, fields)


@router.post("/report/details")
async def send(request: Request) -> Response:
    """Takes the report once; a refusal gives the page again, with what was typed."""
    context, words = context_of(request), words_of(request)
    now, address = context.clock.now(), _address(request)
    fields: dict[str, str] = {}
    try:
        # Counted before the body is read: a flood costs no more than this.
        limit = context.settings.public.reports_per_address
        request.app.state.floods.attempt(neighbourhood(address), limit, now=now)
        form = await request.form(max_files=MOST_PHOTOS + 1, max_fields=20)
        fields = typed(form)
        token = fields.get("form", "")
        demand_form(context.secret_key, token, fields.get(_HONEYPOT, ""), now=now)
        body = _body(fields, words)
        tracking = tracking_of(context.secret_key, token)
        async with AsyncExitStack() as files:
            pictures = await receive_photos(files, _chosen(form), context)
            filing = Filing(
                body.category.value, body.text, Spot(body.lon, body.lat, body.place), PublicReportChannel.WEB,
                tracking, photos_of(pictures),
            )  # fmt: skip
            reporter = Reporter(body.name, body.phone, None, address or None)
            async with transaction(context.sessions) as session:
                await take(
                    session, context, request.app.state.reporter_keys, filing, reporter,
                    chosen=_grid(body.grid, context), pictures=pictures,
                )  # fmt: skip
    except DomainError as error:
        return await _again(request, fields, error)
    query = [("code", tracking), ("done", "sent")]
    return see(f"/public/track?{urlencode(query)}")


@router.get("/track")
async def track(
    request: Request, code: Annotated[str, Query(max_length=60)] = "", done: str = ""
) -> Response:
    """A report by its tracking number: its state, its answer, and the rating once there is one."""
    return await _track(request, code, done=done)


@router.post("/track/rate")
async def rate(request: Request) -> Response:
    """How satisfied the reporter is; once."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=0, max_fields=10))
    code = fields.get("code", "")[:60]
    try:
        _look(request)
        given = {name: fields[name] for name in RatingIn.model_fields if name in fields}
        body = checked_by(RatingIn, given, words, FIELD)
        if not storable(code + (body.rating_note or "")):
            raise Invalid("holds a character that cannot be stored", field="rating_note")
        async with transaction(context.sessions) as session:
            now = context.clock.now()
            moved = await steps.rate(session, code, body.rating, body.rating_note, now=now)
            await flow.told(context.pipeline, session, [moved], caller=None, now=now)
    except DomainError as error:
        return await _track(
            request, code, message=_refusal(request, error), status=STATUS.get(error.code, 400)
        )
    return see(f"/public/track?{urlencode([('code', code), ('done', 'rated')])}")


_Body = TypeVar("_Body", bound=PlaceIn)


def _placed(fields: Mapping[str, str], words: Texts) -> PlaceIn:
    body = checked_by(
        PlaceIn, {name: fields[name] for name in PlaceIn.model_fields if name in fields}, words, FIELD
    )
    return _somewhere(body, words)


def _body(fields: Mapping[str, str], words: Texts) -> PublicReportIn:
    given = {name: fields[name] for name in PublicReportIn.model_fields if name in fields}
    if not storable("".join(given.values())):
        raise Invalid("holds a character that cannot be stored", field="text")
    return _somewhere(checked_by(PublicReportIn, given, words, FIELD), words)


def _somewhere(body: _Body, words: Texts) -> _Body:
    if (body.lon is None) != (body.lat is None) or (body.lon is None and body.place is None):
        raise Invalid(_NOWHERE, field="place", shown=words.say(WHOLE[_NOWHERE]))
    return body


def _chosen(form: FormData) -> list[UploadFile]:
    files = [one for one in form.getlist("photos") if isinstance(one, UploadFile) and one.filename]
    if len(files) > MOST_PHOTOS:
        raise Invalid(f"at most {MOST_PHOTOS} photos", field="photos_many")
    return files


def _grid(code: str | None, context: Context) -> int | None:
    grid = None if code is None else context.directory.grid_by_code(code)
    return int(grid.id) if grid is not None and grid.level == 2 else None


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _look(request: Request) -> None:
    """Counts a look at a tracking number: nobody finds one by trying."""
    now = context_of(request).clock.now()
    request.app.state.lookups.attempt(neighbourhood(_address(request)), LOOKUPS_EACH, now=now)


def _refusal(request: Request, error: DomainError) -> Message:
    words = words_of(request)
    field = str(error.extra.get("field"))
    if isinstance(error, TooManyAttempts):
        minutes = max(1, round(int(str(error.extra["retry_after_s"])) / 60))
        text = words.say(
            "Too many reports are coming from here just now; please try again in %(minutes)s minutes, or call.",
            minutes=minutes,
        )
        return Message.of(error, text)
    if error.code == "already_pending":
        return Message.of(error, words.say("The report was rated already; thank you."))
    if isinstance(error, NotFound):
        return Message.of(error, words.say("No report has this tracking number; please look at it again."))
    if error.code == "forbidden_transition":
        return Message.of(error, words.say("The report has no answer yet; it can be rated once it has."))
    if field == "photos_many":
        return Message.of(error, words.say("At most %(most)s files may be attached.", most=MOST_PHOTOS))
    if "shown" not in error.extra and field in REFUSED:
        return Message.of(error, words.say(REFUSED[field]))
    return message_of(words, error, megabytes=context_of(request).settings.max_upload_mb)


async def _again(request: Request, fields: Mapping[str, str], error: DomainError) -> Response:
    message, status = _refusal(request, error), STATUS.get(error.code, 400)
    try:
        placed = _placed(fields, words_of(request))
    except DomainError:
        response = await _where(request, fields, message=message, status=status)
    else:
        response = await _details(request, placed, fields, message=message, status=status)
    if isinstance(error, TooManyAttempts):
        response.headers["Retry-After"] = str(error.extra["retry_after_s"])
    return response


async def _where(
    request: Request, fields: Mapping[str, str], *, message: str = "", status: int = 200
) -> Response:
    context, words = context_of(request), words_of(request)
    counties = _counties(context)
    async with context.sessions() as session:
        drawn = await report_place.ground(session, [int(grid.id) for grid in counties], Scope(frozenset()))
    return page(
        request, "public_report.html", status, fields=fields, message=message, categories=list(ProblemCategory),
        counties=counties, ground=drawn, map_words={name: words.say(PLACE_WORDS[name]) for name in ("in", "out")},
        channels=_channels(context),
    )  # fmt: skip


async def _details(
    request: Request, placed: PlaceIn, fields: Mapping[str, str], *, message: str = "", status: int = 200
) -> Response:
    context = context_of(request)
    now = context.clock.now()
    spot = Spot(placed.lon, placed.lat, placed.place)
    async with context.sessions() as session:
        policy = await reports.policy_in_force(session)
        near, grid_id = await _near(session, context, placed, spot, policy)
    grid = None if grid_id is None else context.directory.grid(grid_id)
    return page(
        request, "public_report_details.html", status, now=now, fields=fields, message=message, placed=placed,
        near=near, grid=grid, form=new_form(context.secret_key, now=now), policy=policy, honeypot=_HONEYPOT,
        may_name=request.app.state.reporter_keys.ring() is not None, most_photos=MOST_PHOTOS,
        max_mb=context.settings.max_upload_mb, back=urlencode(_kept(placed)), kept=_kept(placed),
    )  # fmt: skip


async def _near(
    session: AsyncSession, context: Context, placed: PlaceIn, spot: Spot, policy: PublicReportPolicy
) -> tuple[Sequence[Near], int | None]:
    chosen, category = _grid(placed.grid, context), placed.category.value
    grid_id = await routed(session, context, category, spot, chosen, policy)
    found = await reports.near(
        session, category, spot, grid_id=grid_id, policy=policy, now=context.clock.now()
    )
    return found[:5], grid_id


def _kept(placed: PlaceIn) -> list[tuple[str, str]]:
    given = placed.model_dump(mode="json", exclude_none=True)
    return [(name, str(value)) for name, value in given.items()]


def _counties(context: Context) -> list[GridInfo]:
    return [grid for grid in context.directory.grids if grid.level == 2]


def _channels(context: Context) -> list[Any]:
    return [one for one in context.settings.public.channels if one.grid is None]


async def _track(
    request: Request, code: str, *, done: str = "", message: str = "", status: int = 200
) -> Response:
    context = context_of(request)
    report: PublicReport | None = None
    head: PublicReport | None = None
    steps: list[PublicReportStep] = []
    if code and storable(code):
        try:
            if not message:
                _look(request)
            async with context.sessions() as session:
                report = await reports.find_tracked(session, code)
                head = report if report.same_as is None else await session.get(PublicReport, report.same_as)
                of = select(PublicReportStep).where(PublicReportStep.report_id == report.id)
                steps = list(await session.scalars(of.order_by(PublicReportStep.id)))
        except DomainError as error:
            message = message or _refusal(request, error)
            status = STATUS.get(error.code, 400) if status == 200 else status
    grid = None if report is None or report.grid_id is None else context.directory.grid(report.grid_id)
    answered = head is not None and head.answer is not None
    return page(
        request, "public_track.html", status, code=code, report=report, head=head, steps=steps, grid=grid,
        message=message, done=done, ratings=RATING, may_rate=answered and report is not None and report.rating is None,
        received=PublicReportState.RECEIVED,
    )  # fmt: skip
