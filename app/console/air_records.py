"""What people enter beside the measurements: dust days, published indices, official values; each with its document."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import UploadFile

from airquality.composite import COMPOSITE_RULES
from app.api.air_shapes import MONTH
from app.api.requests import SmallId
from app.api.rights import demand, demand_prefecture, may_prefecture
from app.api.uploads import Upload, read_upload
from app.auth.callers import context_of
from app.auth.permissions import AIR_PREPARERS, AIR_READERS
from app.auth.scope import Caller
from app.console.administering import do_or_again, refusal
from app.console.air_names import POLLUTANT
from app.console.air_words import DONE, OWN_REFUSALS
from app.console.filters import Whoever
from app.console.forms import typed
from app.console.once import new_token
from app.console.page_route import PageRoute
from app.console.pages import page
from app.flows import air as flow
from app.sheets.air import indices_in, measured_in
from app.views import air as views
from models.clock import BEIJING
from models.errors import DomainError, Invalid
from supervision.air.records import Row

router = APIRouter(prefix="/supervision/air/records", route_class=PageRoute, include_in_schema=False)
ROWS = 50
PATH = "/supervision/air/records"
Work = Callable[[AsyncSession], Awaitable[dict[str, Any]]]


@router.get("")
async def records(
    request: Request,
    caller: Whoever,
    month: Annotated[str, Query(pattern=f"{MONTH}|^$")] = "",
    done: str = "",
) -> Response:
    """The newest of each, of a month where one is asked for; the prefecture's office has the forms beside them."""
    return await _shown(request, caller, month=month, done=DONE.get(done))


async def _shown(
    request: Request,
    caller: Caller,
    *,
    month: str = "",
    done: str | None = None,
    message: str = "",
    fields: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    demand(caller, *AIR_READERS)
    context = context_of(request)
    first = views.month_in(month) if month else None
    async with context.sessions() as session:
        exclusions = await views.list_exclusions(session, scope=caller.scope, month=first, limit=ROWS)
        published = await views.list_published(session, scope=caller.scope, month=first, limit=ROWS)
        imports = await views.list_imports(session, limit=ROWS)
    units = [one for one in context.directory.grids if one.level == 2]
    now = context.clock.now()
    return page(
        request, "air_records.html", status, caller=caller, now=now, month=month, exclusions=exclusions["items"],
        published=published["items"], imports=imports["items"], most=ROWS, units=units, pollutants=POLLUTANT,
        may_prepare=may_prefecture(caller, context, *AIR_PREPARERS), done=done, message=message, fields=fields or {},
        rules=[one.code for one in COMPOSITE_RULES], today=now.astimezone(BEIJING).date().isoformat(),
        megabytes=context.settings.max_upload_mb, token=new_token(),
    )  # fmt: skip


async def _do(request: Request, caller: Caller, fields: dict[str, str], work: Work, said: str) -> Response:
    async def again(message: str, status: int) -> Response:
        return await _shown(request, caller, message=message, fields=fields, status=status)

    return await do_or_again(
        request, caller, fields, work, again=again, own=OWN_REFUSALS, then=lambda _: f"{PATH}?done={said}"
    )


@router.post("/exclude")
async def exclude(request: Request, caller: Whoever) -> Response:
    """Takes pollutants of a unit's day out of the ranking."""
    context = context_of(request)
    demand_prefecture(caller, context, *AIR_PREPARERS)
    fields = typed(await request.form(max_files=1, max_fields=20))

    async def work(session: AsyncSession) -> dict[str, Any]:
        made = await flow.exclude(
            context.pipeline, session, grid=fields.get("grid", ""), day=_day(fields),
            pollutants=[name for name in POLLUTANT if f"pollutant_{name}" in fields],
            document=fields.get("document", ""), caller=caller, clock=context.clock,
        )  # fmt: skip
        return {"id": made}

    return await _do(request, caller, fields, work, "excluded")


@router.post("/exclusions/{exclusion_id}/withdraw")
async def withdraw(request: Request, exclusion_id: SmallId, caller: Whoever) -> Response:
    """Puts a day back, with a reason."""
    context = context_of(request)
    demand_prefecture(caller, context, *AIR_PREPARERS)
    fields = typed(await request.form(max_files=1, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        await flow.withdraw(
            context.pipeline,
            session,
            exclusion_id,
            why=fields.get("why", ""),
            caller=caller,
            clock=context.clock,
        )
        return {"id": exclusion_id}

    return await _do(request, caller, fields, work, "withdrawn")


@router.post("/publish")
async def publish(request: Request, caller: Whoever) -> Response:
    """Published indices of a month: one by the form's own fields, or all of a file."""
    context = context_of(request)
    demand_prefecture(caller, context, *AIR_PREPARERS)
    try:
        fields, upload = await with_file(request)
    except DomainError as error:
        return await _shown(request, caller, message=refusal(request, error, OWN_REFUSALS), status=413)

    async def work(session: AsyncSession) -> dict[str, Any]:
        if upload is not None:
            found = await asyncio.to_thread(indices_in, upload.content)
            rows = flow.rows_of(context.directory, found)
        else:
            value = flow.decimal_in(fields.get("value", ""), "value")
            rows = [Row(fields.get("grid", ""), value, {})]
        entered = await flow.publish(
            context.pipeline, session, month=fields.get("month", ""), rules=fields.get("rules", ""),
            document=fields.get("document", ""), rows=rows, caller=caller, clock=context.clock,
        )  # fmt: skip
        return {"entered": len(entered)}

    return await _do(request, caller, fields, work, "published")


@router.post("/import")
async def import_days(request: Request, caller: Whoever) -> Response:
    """Official values of stations out of a file, whole or not at all."""
    context = context_of(request)
    demand_prefecture(caller, context, *AIR_PREPARERS)
    try:
        fields, upload = await with_file(request)
    except DomainError as error:
        return await _shown(request, caller, message=refusal(request, error, OWN_REFUSALS), status=413)

    async def work(session: AsyncSession) -> dict[str, Any]:
        if upload is None:
            raise Invalid("no file", field="no_file")
        made = await flow.deliver(
            context.pipeline, session, await asyncio.to_thread(measured_in, upload.content),
            station=fields.get("station"), name=upload.name, content=upload.content,
            document=fields.get("document", ""), caller=caller, clock=context.clock,
        )  # fmt: skip
        return {"id": made.id}

    return await _do(request, caller, fields, work, "imported")


async def with_file(request: Request) -> tuple[dict[str, str], Upload | None]:
    """The fields with the digest of the file among them, and the file where one was chosen; raises TooLarge."""
    form = await request.form(max_files=1, max_fields=20)
    fields = typed(form)
    chosen = form.get("file")
    if not isinstance(chosen, UploadFile) or not chosen.filename:
        return fields, None
    upload = await read_upload(form, megabytes=context_of(request).settings.max_upload_mb)
    fields["file_sha256"] = hashlib.sha256(upload.content).hexdigest()
    return fields, upload


def _day(fields: dict[str, str]) -> date:
    try:
        return date.fromisoformat(fields.get("day", ""))
    except ValueError:
        raise Invalid("no day", field="day") from None
