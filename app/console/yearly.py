"""Pages of the yearly duties: what each grid has to do this year, by when, and the records that it was done."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.answering import READS
from app.api.answering_shapes import RecordIn
from app.api.requests import SmallId
from app.api.rights import demand, demand_in, subtree_filter
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.administering import do_or_again
from app.console.duty_names import FIELD, REFUSED, YEARLY
from app.console.filters import Whoever, near_grids
from app.console.forms import checked_by, typed
from app.console.once import new_token
from app.console.page_route import PageRoute
from app.console.pages import page, words_of
from app.console.texts import N_
from app.context import Context
from app.flows import yearly as flow
from app.views.yearly import State, count_yearly, list_yearly, yearly_document
from models.clock import BEIJING
from models.enums import YearlyKind
from models.errors import Forbidden

router = APIRouter(prefix="/supervision/yearly", route_class=PageRoute, include_in_schema=False)
ROWS = 50
STATES = {"": N_("All"), "undone": N_("Not recorded"), "overdue": N_("Overdue"), "done": N_("Recorded")}
_STATES: dict[str, State] = {"undone": "undone", "overdue": "overdue", "done": "done"}
DONE = {"recorded": N_("The record is entered.")}


def year_of(year: str, this_year: int) -> int:
    """The year that is asked for; this one where it is none."""
    known = year.isascii() and year.isdigit() and 2013 <= int(year[:9]) <= 2200
    return int(year) if known else this_year


def asked_of(kind: str, state: str, level: str) -> dict[str, Any]:
    """The filters of the address; an unknown word filters nothing."""
    return {
        "kind": YearlyKind(kind) if kind in YEARLY else None,
        "state": _STATES.get(state, ""),
        "level": int(level) if level in ("1", "2", "3", "4") else None,
    }


@router.get("")
async def yearly(
    request: Request,
    caller: Whoever,
    year: str = "",
    kind: str = "",
    state: str = "",
    level: str = "",
    grid: str = "",
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """The duties of a year in the caller's grids and below, counted and listed; an unknown word filters nothing."""
    demand(caller, *READS)
    context = context_of(request)
    now = context.clock.now()
    this_year = now.astimezone(BEIJING).year
    chosen = year_of(year, this_year)
    grid_ids = subtree_filter(grid or None, caller, context)
    async with context.sessions() as session:
        counts = await count_yearly(session, scope=caller.scope, now=now, year=chosen)
        found = await list_yearly(
            session, scope=caller.scope, now=now, year=chosen, grid_ids=grid_ids, cursor=cursor, limit=ROWS,
            **asked_of(kind, state, level),
        )  # fmt: skip
    asked = {"year": str(chosen), "kind": kind, "state": state, "level": level, "grid": grid}
    return page(
        request, "yearly.html", caller=caller, counts=_by_level(counts), duties=found["items"], asked=asked,
        next_cursor=found["next_cursor"], kinds=[one.value for one in YearlyKind], states=STATES,
        years=range(this_year, this_year - 3, -1), grids=near_grids(caller, context),
    )  # fmt: skip


def _by_level(counts: list[dict[str, Any]]) -> dict[int, dict[str, dict[str, Any]]]:
    """The counts by level and kind."""
    found: dict[int, dict[str, dict[str, Any]]] = {}
    for row in counts:
        found.setdefault(row["level"], {})[row["kind"]] = row
    return found


@router.get("/{duty_id}")
async def one(request: Request, duty_id: SmallId, caller: Whoever, done: str = "") -> Response:
    """One yearly duty: its day, its records with who attended, and the form for one more."""
    return await _shown(request, caller, duty_id, done=DONE.get(done))


async def _shown(
    request: Request,
    caller: Caller,
    duty_id: int,
    *,
    status: int = 200,
    message: str = "",
    fields: Mapping[str, str] = {},
    done: str | None = None,
) -> Response:
    demand(caller, *READS)
    context = context_of(request)
    now = context.clock.now()
    async with context.sessions() as session:
        found = await yearly_document(session, duty_id, scope=caller.scope, now=now)
    return page(
        request, "yearly_one.html", status, caller=caller, duty=found, message=message, fields=fields, done=done,
        may=_may(caller, context, found["grid"]), once=new_token(),
        today=now.astimezone(BEIJING).date().isoformat(),
    )  # fmt: skip


def _may(caller: Caller, context: Context, code: str) -> bool:
    grid = context.directory.grid_by_code(code)
    try:
        demand_in(caller, context, int(grid.id) if grid else 0, *READS)
    except Forbidden:
        return False
    return True


@router.post("/{duty_id}/records")
async def add_record(request: Request, duty_id: SmallId, caller: Whoever) -> Response:
    """That the duty was done, with its document."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=0, max_fields=20))
    async with context.sessions() as session:
        found = await yearly_document(session, duty_id, scope=caller.scope, now=context.clock.now())
    grid = context.directory.grid_by_code(found["grid"])
    demand_in(caller, context, int(grid.id) if grid else 0, *READS)

    async def work(session: AsyncSession) -> dict[str, Any]:
        said: dict[str, Any] = {
            name: fields[name] for name in ("done_on", "document", "note") if name in fields
        }
        said["attendees"] = [line.strip() for line in fields.get("attendees", "").split("\n") if line.strip()]
        body = checked_by(RecordIn, said, words, FIELD)
        made = await flow.record(
            context.pipeline, session, duty_id, done_on=body.done_on, document=body.document, note=body.note,
            attendees=body.attendees, caller=caller, clock=context.clock,
        )  # fmt: skip
        return {"id": made.id}

    async def again(message: str, status: int) -> Response:
        return await _shown(request, caller, duty_id, status=status, message=message, fields=fields)

    back = f"/supervision/yearly/{duty_id}?done=recorded"
    return await do_or_again(request, caller, fields, work, then=lambda _: back, again=again, own=REFUSED)
