"""The page of targets: where each stands this month, early warnings, and the forms that set them (R8)."""

import asyncio
import re
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.air_shapes import MONTH
from app.api.rights import demand, demand_prefecture, may_prefecture
from app.auth.callers import context_of
from app.auth.permissions import AIR_PREPARERS, AIR_READERS
from app.auth.scope import Caller
from app.console.administering import do_or_again, refusal
from app.console.air_names import POLLUTANT
from app.console.air_records import with_file
from app.console.air_words import OWN_REFUSALS
from app.console.filters import Whoever
from app.console.forms import typed
from app.console.once import new_token
from app.console.page_route import PageRoute
from app.console.pages import page
from app.console.supervision_names import OUTLOOK
from app.console.texts import N_
from app.flows import targets as flow
from app.flows.air import decimal_in
from app.sheets.targets import targets_in
from app.views import targets as views
from app.views.air import month_in
from models.clock import BEIJING
from models.enums import StationKind, StationPurpose
from models.errors import DomainError, Invalid

router = APIRouter(prefix="/supervision/targets", route_class=PageRoute, include_in_schema=False)
ROWS = 50
DONE = {"set": N_("The target is set."), "imported": N_("The targets of the file are set.")}
REFUSED = OWN_REFUSALS | {
    "station": N_("Choose a county, a park or a station that counts for its unit's air."),
    "pollutant": N_("Choose a pollutant of the index."),
    "year": N_("A year is 2013 to 2200."),
    "yearly": N_("A target is above zero, with three decimals at most."),
    "months": N_("Give twelve months, each above zero, or none."),
    "profile": N_("Give twelve months, each above zero, or none."),
}


@router.get("")
async def targets(
    request: Request,
    caller: Whoever,
    month: Annotated[str, Query(pattern=f"{MONTH}|^$")] = "",
    done: str = "",
) -> Response:
    """This month's targets, or those of the month that is asked for."""
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
    now = context.clock.now()
    today = now.astimezone(BEIJING).date()
    first = month_in(month) if month else today.replace(day=1)
    async with context.sessions() as session:
        found = await views.standing_document(
            session, first, scope=caller.scope, directory=context.directory, today=today
        )
        warned = await views.list_warnings(
            session, scope=caller.scope, directory=context.directory, limit=ROWS
        )
        listed = await views.list_targets(
            session, scope=caller.scope, directory=context.directory, year=first.year, limit=ROWS
        )
    return page(
        request, "targets.html", status, caller=caller, now=now, month=found["month"], standing=found["items"],
        warnings=warned["items"], targets=listed["items"], outlooks=OUTLOOK, pollutants=POLLUTANT, most=ROWS,
        units=[one for one in context.directory.grids if one.level == 2],
        stations=[
            one
            for one in context.directory.stations
            if one.kind == StationKind.REFERENCE and one.purpose == StationPurpose.EVALUATION
        ],
        may_prepare=may_prefecture(caller, context, *AIR_PREPARERS), this_year=today.year,
        megabytes=context.settings.max_upload_mb, done=done, message=message, fields=fields or {}, token=new_token(),
    )  # fmt: skip


@router.post("/set")
async def set_target(request: Request, caller: Whoever) -> Response:
    """One target by the form's fields; the months as given, or the year broken down in the shape of other years."""
    context = context_of(request)
    demand_prefecture(caller, context, *AIR_PREPARERS)
    fields = typed(await request.form(max_files=1, max_fields=20))

    async def work(session: AsyncSession) -> dict[str, Any]:
        kind, _, code = fields.get("place", "").partition(":")
        given = {
            name: [decimal_in(one, name) for one in _numbers(fields, name)] for name in ("months", "profile")
        }
        made = await flow.set_target(
            context.pipeline, session, grid=code if kind == "grid" else None,
            station=code if kind == "station" else None, year=_year(fields), pollutant=fields.get("pollutant", ""),
            yearly=decimal_in(fields.get("yearly", ""), "yearly"), months=given["months"] or None,
            profile=given["profile"] or None, document=fields.get("document", ""), caller=caller, clock=context.clock,
        )  # fmt: skip
        return {"version": made.version}

    async def again(message: str, status: int) -> Response:
        return await _shown(request, caller, message=message, fields=fields, status=status)

    return await do_or_again(
        request,
        caller,
        fields,
        work,
        again=again,
        own=REFUSED,
        then=lambda _: "/supervision/targets?done=set",
    )


@router.post("/import")
async def import_targets(request: Request, caller: Whoever) -> Response:
    """Targets out of a file, whole or not at all."""
    context = context_of(request)
    demand_prefecture(caller, context, *AIR_PREPARERS)
    try:
        fields, upload = await with_file(request)
    except DomainError as error:
        return await _shown(request, caller, message=refusal(request, error, REFUSED), status=413)

    async def work(session: AsyncSession) -> dict[str, Any]:
        if upload is None:
            raise Invalid("no file", field="no_file")
        rows = await asyncio.to_thread(targets_in, upload.content)
        made = await flow.import_targets(
            context.pipeline,
            session,
            rows,
            document=fields.get("document", ""),
            caller=caller,
            clock=context.clock,
        )
        return {"entered": len(made)}

    async def again(message: str, status: int) -> Response:
        return await _shown(request, caller, message=message, fields=fields, status=status)

    return await do_or_again(
        request,
        caller,
        fields,
        work,
        again=again,
        own=REFUSED,
        then=lambda _: "/supervision/targets?done=imported",
    )


def _numbers(fields: dict[str, str], name: str) -> list[str]:
    """Numbers with blanks, commas or lines between them."""
    return [one for one in re.split(r"[\s,;，；、]+", fields.get(name, "")) if one][:20]


def _year(fields: dict[str, str]) -> int:
    said = fields.get("year", "").strip()
    if not said.isascii() or not said.isdigit() or len(said) != 4:
        raise Invalid("no year", field="year")
    return int(said)
