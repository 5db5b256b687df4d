"""The pages of patrols 巡查: coverage by day and grid with its gaps, and what towns and counties draw up of it."""

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app import journal
from app.api.requests import SmallId
from app.api.rights import grid_in_scope
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.administering import do_or_again
from app.console.filters import Whoever
from app.console.forms import typed
from app.console.once import new_token
from app.console.page_route import PageRoute
from app.console.pages import FRESH, page, words_of
from app.console.source_forms import day_of
from app.console.texts import N_
from app.context import Context
from app.database import transaction
from app.flows import patrols as flow
from app.flows.sources import keeps
from app.papers import xlsx
from app.papers.make import disposition
from app.papers.patrols import coverage_paper
from app.registry.directory import GridInfo
from app.views import patrols as views
from models.enums import EventKind, SummaryKind
from models.errors import Invalid

router = APIRouter(prefix="/supervision/patrols", route_class=PageRoute, include_in_schema=False)
SPAN = 7
"""Days shown beside each other."""
VISITS = 30
GAPS = 300
DRAWN = 100
REFUSED = {
    "note": N_("Please say something about it, in at most 4,000 characters."),
    "first_on": N_("It begins by today and at most 62 days ago; a week on a Monday."),
    "grid": N_("A day is collected by a town, a week dispatched by a county or park."),
    "day": N_("A day is written like 2026-01-31."),
}
DONE = {"summed": N_("It is drawn up, with the figures of this moment.")}


@router.get("")
async def patrols_page(
    request: Request,
    caller: Whoever,
    grid: Annotated[str, Query(max_length=64)] = "",
    day: Annotated[str, Query(max_length=10)] = "",
    month: Annotated[str, Query(max_length=7)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Seven days up to one, or a month, of a grid and those below it."""
    return await _shown(request, caller, grid=grid, day=day, month=month, done=done)


@router.post("")
async def sum_up(request: Request, caller: Whoever) -> Response:
    """A town collects its day, a county dispatches its week."""
    context = context_of(request)
    fields = typed(await request.form(max_files=1, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        first = day_of(fields, "first_on")
        kind = next((one for one in SummaryKind if one.value == fields.get("kind")), None)
        if first is None or kind is None:
            raise Invalid("which day or week", field="first_on")
        made = await flow.sum_up(
            context.pipeline, session, fields.get("grid", ""), kind, first, note=fields.get("note", ""),
            caller=caller, now=context.clock.now(),
        )  # fmt: skip
        return {"id": made}

    async def again(message: str, status: int) -> Response:
        return await _shown(
            request, caller, grid=fields.get("grid", ""), message=message, status=status, fields=fields
        )

    return await do_or_again(
        request, caller, fields, work, then=lambda said: f"/supervision/patrols/{said['id']}?done=summed",
        again=again, own=REFUSED,
    )  # fmt: skip


@router.get("/coverage.xlsx")
async def coverage_file(
    request: Request,
    caller: Whoever,
    grid: Annotated[str, Query(max_length=64)] = "",
    day: Annotated[str, Query(max_length=10)] = "",
    month: Annotated[str, Query(max_length=7)] = "",
) -> Response:
    """The coverage that the page shows, as a workbook; who took it stands in the journal."""
    context, words = context_of(request), words_of(request)
    now = context.clock.now()
    top = grid_in_scope(grid, caller, context) if grid else _top(caller, context)
    first, last = _span(day, month, views.today_of(now))
    inside = context.directory.subtree(top.id) if top is not None else frozenset()
    async with transaction(context.sessions) as session:
        found = await views.coverage(
            session, directory=context.directory, first=first, last=last,
            grid_ids=views.seen_field(caller.scope, context.directory, inside), level=_level(top),
        )  # fmt: skip
        paper = coverage_paper(words, found, grid=top.name if top is not None else "", now=now)
        data = {
            "paper": "patrols", "format": "xlsx", "rows": len(found["grids"]), "actor": caller.name,
            "grid": top.code if top is not None else None, "about": paper.stem,
        }  # fmt: skip
        about = None if top is None else top.id
        entry = journal.Entry(EventKind.PAPER_TAKEN, now, grid_id=about, actor_id=caller.id, data=data)
        await journal.append(session, [entry], now=now)
    content = await asyncio.to_thread(xlsx.write, paper)
    headers = {
        "Content-Disposition": disposition(paper.stem, paper.name, "xlsx"), "Cache-Control": FRESH,
        "X-Content-Type-Options": "nosniff",
    }  # fmt: skip
    return Response(content, headers=headers, media_type=xlsx.MEDIA_TYPE)


@router.get("/{summary_id}")
async def summary_page(
    request: Request, summary_id: SmallId, caller: Whoever, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """What was drawn up, with its frozen figures."""
    context = context_of(request)
    async with context.sessions() as session:
        found = await views.summary_document(session, summary_id, scope=caller.scope)
    names = {one.code: one.name for one in context.directory.grids}
    return page(request, "patrol_summary.html", caller=caller, found=found, names=names, done=DONE.get(done))


async def _shown(
    request: Request,
    caller: Caller,
    *,
    grid: str = "",
    day: str = "",
    month: str = "",
    done: str = "",
    message: str = "",
    status: int = 200,
    fields: Mapping[str, str] = {},
) -> Response:
    context = context_of(request)
    now = context.clock.now()
    today = views.today_of(now)
    top = grid_in_scope(grid, caller, context) if grid else _top(caller, context)
    first, last = _span(day, month, today)
    inside = context.directory.subtree(top.id) if top is not None else frozenset()
    field = views.seen_field(caller.scope, context.directory, inside)
    level = _level(top)
    async with context.sessions() as session:
        found = await views.coverage(
            session, directory=context.directory, grid_ids=field, first=first, last=last, level=level
        )
        gaps = []
        if top is not None and top.level >= 2 and not month:
            places = await views.places_of(session, field, last, context.directory)
            gaps = [one for one in places if not one["covered"]]
        visits = await views.list_visits(
            session, scope=caller.scope, grid_ids=inside, day=None if month else last, limit=VISITS
        )
        # From a county up its weeks; the days of its towns stand in them, and on the towns' own pages.
        wide = top is None or top.level <= 2
        drawn = await views.list_summaries(
            session, scope=caller.scope, grid_ids=inside, first=first - timedelta(days=6), last=last, limit=DRAWN,
            kind=SummaryKind.COUNTY_WEEK if wide else SummaryKind.TOWN_DAY,
        )  # fmt: skip
        late = await flow.late_reports(
            session, last.replace(day=1), caller=caller, directory=context.directory, now=now
        )
        lost = await views.without_village(session, scope=caller.scope, directory=context.directory)
    names = {one.code: one.name for one in context.directory.grids}
    return page(
        request, "patrols.html", status, caller=caller, now=now, top=top, coverage=found, gaps=gaps[:GAPS],
        more_gaps=max(0, len(gaps) - GAPS), visits=visits["items"], drawn=drawn, names=names,
        late=[one for one in late if top is None or (top.level <= 2 and (top.level == 1 or one.unit == top.code))],
        day=last, month=month, today=today, before=last - timedelta(days=1), without_village=lost,
        after=last + timedelta(days=1) if last < today and not month else None,
        months=_months(today), sums=_sums(caller, context, top), monday=last - timedelta(days=last.weekday()),
        path=_path(context, top, caller), fields=fields, message=message,
        done=DONE.get(done) if not message else None, token=new_token(),
    )  # fmt: skip


def _level(top: GridInfo | None) -> int:
    """Of the grids a page sums up by: those right below the one it shows."""
    return min(4, max(2, (top.level if top is not None else 3) + 1))


def _top(caller: Caller, context: Context) -> GridInfo | None:
    """The widest grid of the caller: where their page begins."""
    seen = [one for one in context.directory.grids if caller.scope.sees(one.id)]
    return seen[0] if seen else None


def _span(day: str, month: str, today: date) -> tuple[date, date]:
    """The days that are shown; today's where the address names none."""
    try:
        if month:
            first = date.fromisoformat(f"{month}-01")
            after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
            return first, max(first, min(after - timedelta(days=1), today))
        last = date.fromisoformat(day) if day else today
    except ValueError:
        raise Invalid("a day is written like 2026-01-31", field="day") from None
    if not date(2020, 1, 1) <= last <= today:
        last = today
    return last - timedelta(days=SPAN - 1), last


def _months(today: date, count: int = 12) -> list[str]:
    whole = today.year * 12 + today.month - 1
    return [f"{(whole - back) // 12}-{(whole - back) % 12 + 1:02d}" for back in range(count)]


def _sums(caller: Caller, context: Context, top: GridInfo | None) -> SummaryKind | None:
    """What the caller may draw up of the grid that is shown."""
    if top is None or top.level not in (2, 3) or not keeps(caller, top.id, context.directory, flow.PLANNERS):
        return None
    return SummaryKind.COUNTY_WEEK if top.level == 2 else SummaryKind.TOWN_DAY


def _path(context: Context, top: GridInfo | None, caller: Caller) -> list[GridInfo]:
    """The grids above the one shown that the caller sees, the widest first."""
    found: list[GridInfo] = []
    grid = top
    while grid is not None and grid.parent_id is not None:
        grid = context.directory.grid(grid.parent_id)
        if grid is not None and caller.scope.sees(grid.id):
            found.insert(0, grid)
    return found
