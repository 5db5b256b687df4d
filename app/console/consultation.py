"""The page of the consultation 会商: how the units stand this morning, drafts to be made, the newest papers."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from app.api.consultation import OFFICE, DraftIn
from app.api.rights import demand_prefecture, grid_in_scope
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.filters import Whoever
from app.console.forms import checked_by, typed
from app.console.once import do_once, new_token
from app.console.page_route import PageRoute, see
from app.console.pages import page, words_of
from app.console.problem_acts import may, only
from app.console.problems import told
from app.console.texts import N_
from app.consultation import drafts
from app.consultation.reading import LONGEST, facts_of
from app.consultation.told import consultation_document
from app.views.consultation import KINDS, recent_papers
from models.enums import PaperKind
from models.errors import DomainError
from supervision.consultation.standing import week_before

router = APIRouter(prefix="/supervision/consultation", route_class=PageRoute, include_in_schema=False)
HOME = "/supervision/consultation"
PAPERS = 30
NAMES = {
    "kind": N_("Paper"),
    "from": N_("From"),
    "until": N_("Until"),
    "grid": N_("Grid"),
    "over": N_("Write over what a person edited"),
}
_FIELD = {
    "day": N_("The days are over, at most %(most)s of them, and the last one is not before the first."),
    "grid": N_("Only a notice goes to one county or park."),
}
_EDITED = N_("A person edited this draft: tick the box to have it written anew all the same.")


@router.get("")
async def consultation_page(
    request: Request,
    caller: Whoever,
    day: Annotated[date | None, Query()] = None,
    done: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """The standing of a day that is over, yesterday's without one, with what is suggested and why."""
    return await _shown(request, caller, day=day, done=done == "drafted")


@router.post("/drafts")
async def draft(request: Request, caller: Whoever) -> Response:
    """Has papers drafted, once; one alone is opened at the desk of papers."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=0, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        body = checked_by(DraftIn, only(fields, "kind", "from", "until", "grid", "over"), words, NAMES)
        grid = None if body.grid is None else grid_in_scope(body.grid, caller, context).id
        wanted = drafts.Wanted(PaperKind(body.kind), body.first, body.last, grid, body.over)
        return {"papers": await drafts.write(session, wanted, caller=caller, context=context)}

    try:
        await do_once(request, caller, fields, work)
    except DomainError as error:
        said = _FIELD.get(str(error.extra.get("field")))
        if error.code == "version_conflict":
            said = _EDITED
        if said is not None:
            error.extra.setdefault("shown", words.say(said, most=LONGEST))
        text, status = told(request, error)
        return await _shown(request, caller, fields=fields, message=text, status=status)
    return see(f"{HOME}?done=drafted")


async def _shown(
    request: Request,
    caller: Caller,
    *,
    day: date | None = None,
    done: bool = False,
    fields: dict[str, str] | None = None,
    message: str = "",
    status: int = 200,
) -> Response:
    context = context_of(request)
    demand_prefecture(caller, context, *OFFICE)
    now = context.clock.now()
    yesterday = now.astimezone(BEIJING).date() - timedelta(days=1)
    last = day or yesterday
    async with context.sessions() as session:
        facts = await facts_of(session, context.directory, last, last, now=now)
        papers = await recent_papers(session, PAPERS)
    week = week_before(yesterday + timedelta(days=1))
    return page(
        request, "consultation.html", status, caller=caller, standing=consultation_document(facts), papers=papers,
        day=last.isoformat(), yesterday=yesterday.isoformat(), kinds=KINDS, fields=fields or {}, message=message,
        done=done, week_from=week[0].isoformat(), week_until=week[1].isoformat(), once=new_token(),
        grids=[grid for grid in context.directory.grids if grid.level == 2],
        prepares=may(caller, context, *drafts.PREPARE),
    )  # fmt: skip
