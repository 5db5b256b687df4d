"""The lists of supervision as workbooks: under the filters of their pages, and for the same readers."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.act_shapes import MONTH
from app.api.answering import READS
from app.api.ladders import first_of
from app.api.papers import press_of
from app.api.requests import SmallId
from app.api.rights import demand, demand_prefecture, subtree_filter, units_of
from app.auth.callers import context_of
from app.auth.permissions import ACT_PREPARERS, AIR_READERS
from app.console import problems as problems_page
from app.console import public_reports as reports_page
from app.console import yearly as yearly_page
from app.console.filters import Whoever
from app.console.names import named
from app.console.page_route import PageRoute
from app.console.pages import words_of
from app.flows import public_reports as reports_flow
from app.papers import supervision_lists as lists
from app.views import issued, key_lists, problems, public_reports, sweeps, targets
from app.views.answering import list_gaps
from app.views.ladders import State, list_proposals
from app.views.yearly import list_yearly
from models.clock import BEIJING
from models.enums import LadderKind, PaperKind, PaperState, ProblemCategory, ProblemState, RewardState
from supervision.sources.sweep import name_of_quarter, quarter_named

router = APIRouter(prefix="/supervision", route_class=PageRoute, include_in_schema=False)
Grid = Annotated[str, Query(max_length=64)]


@router.get("/problems.xlsx")
async def problem_list(
    request: Request,
    caller: Whoever,
    state: Annotated[Literal["", "all"] | ProblemState, Query()] = "",
    grid: Grid = "",
    category: Annotated[Literal[""] | ProblemCategory, Query()] = "",
    missed: Annotated[Literal["", "yes", "no"], Query()] = "",
    overdue: bool = False,
) -> Response:
    """The problems under the filters of the address; without one, what is open."""
    context, words = context_of(request), words_of(request)
    now, grid_ids = context.clock.now(), subtree_filter(grid or None, caller, context)

    async def read(session: AsyncSession, cursor: str | None, limit: int) -> dict[str, Any]:
        return await problems.list_problems(
            session, scope=caller.scope, now=now, states=problems_page.states_of(state),
            category=ProblemCategory(category) if category else None, grid_ids=grid_ids, overdue=overdue or None,
            missed=problems_page.MISSED[missed], cursor=cursor, limit=limit,
        )  # fmt: skip

    chosen = [named(words, "problem_state", state)] if state not in ("", "all") else []
    chosen += [named(words, "problem", category)] if category else []
    chosen += [words.say("Overdue")] if overdue else []
    return await press_of(request).listed(
        caller, words, lists.PROBLEMS, read, grid=grid or None, chosen=chosen
    )


@router.get("/public-reports.xlsx")
async def public_report_list(
    request: Request, caller: Whoever, tab: reports_page.Tab = "waiting", grid: Grid = ""
) -> Response:
    """The reports of a tab; who reported is not in it."""
    context, words = context_of(request), words_of(request)
    demand(caller, *reports_page.READERS)
    grid_ids = subtree_filter(grid or None, caller, context)

    async def read(session: AsyncSession, cursor: str | None, limit: int) -> dict[str, Any]:
        return await public_reports.list_public_reports(
            session, scope=caller.scope, states=reports_page.TABS[tab], grid_ids=grid_ids, cursor=cursor, limit=limit
        )  # fmt: skip

    chosen = [words.say(reports_page.TAB_NAMES[tab])]
    return await press_of(request).listed(
        caller, words, lists.PUBLIC_REPORTS, read, grid=grid or None, chosen=chosen
    )


@router.get("/rewards.xlsx")
async def reward_list(
    request: Request, caller: Whoever, state: Annotated[Literal[""] | RewardState, Query()] = ""
) -> Response:
    """The ledger; who is rewarded is not in it."""
    words = words_of(request)
    demand(caller, *reports_flow.READERS_OF_REWARDS)

    async def read(session: AsyncSession, cursor: str | None, limit: int) -> dict[str, Any]:
        states = () if state == "" else (RewardState(state),)
        return await public_reports.list_rewards(
            session, scope=caller.scope, states=states, cursor=cursor, limit=limit
        )

    chosen = [named(words, "reward_state", state)] if state else []
    return await press_of(request).listed(caller, words, lists.REWARDS, read, chosen=chosen)


@router.get("/ladders.xlsx")
async def proposal_list(
    request: Request,
    caller: Whoever,
    state: State = "open",
    grid: Grid = "",
    ladder: Annotated[Literal[""] | LadderKind, Query()] = "",
    month: Annotated[str, Query(pattern=rf"^$|{MONTH}")] = "",
) -> Response:
    """The proposals of one state."""
    context, words = context_of(request), words_of(request)
    demand_prefecture(caller, context, *ACT_PREPARERS)
    grid_ids = subtree_filter(grid or None, caller, context)

    async def read(session: AsyncSession, cursor: str | None, limit: int) -> dict[str, Any]:
        return await list_proposals(
            session, state=state, grid_ids=grid_ids, ladder=LadderKind(ladder) if ladder else None,
            month=first_of(month) if month else None, cursor=cursor, limit=limit,
        )  # fmt: skip

    chosen = [named(words, "proposal_state", state)] + [one for one in (month,) if one]
    return await press_of(request).listed(
        caller, words, lists.PROPOSALS, read, grid=grid or None, chosen=chosen
    )


@router.get("/yearly.xlsx")
async def yearly_list(
    request: Request,
    caller: Whoever,
    year: str = "",
    kind: str = "",
    state: str = "",
    level: str = "",
    grid: Grid = "",
) -> Response:
    """The yearly duties under the filters of the address."""
    demand(caller, *READS)
    context, words = context_of(request), words_of(request)
    now, grid_ids = context.clock.now(), subtree_filter(grid or None, caller, context)
    chosen = yearly_page.year_of(year, now.astimezone(BEIJING).year)

    async def read(session: AsyncSession, cursor: str | None, limit: int) -> dict[str, Any]:
        return await list_yearly(
            session, scope=caller.scope, now=now, year=chosen, grid_ids=grid_ids, cursor=cursor, limit=limit,
            **yearly_page.asked_of(kind, state, level),
        )  # fmt: skip

    return await press_of(request).listed(
        caller, words, lists.YEARLY, read, grid=grid or None, chosen=[str(chosen)]
    )


@router.get("/sweeps.xlsx")
async def sweep_list(
    request: Request, caller: Whoever, quarter: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """How each county and park of the caller stands with a quarter's sweep."""
    context, words = context_of(request), words_of(request)
    now = context.clock.now()
    first = quarter_named(quarter) or sweeps.this_quarter(now)

    async def read(session: AsyncSession, *_: object) -> dict[str, Any]:
        rows = await sweeps.sweep_board(session, units=units_of(caller, context), quarter=first, now=now)
        return {"items": rows, "next_cursor": None}

    return await press_of(request).listed(caller, words, lists.SWEEPS, read, chosen=[name_of_quarter(first)])


@router.get("/targets.xlsx")
async def target_list(
    request: Request, caller: Whoever, month: Annotated[str, Query(pattern=rf"^$|{MONTH}")] = ""
) -> Response:
    """How the targets of a month stand; this one's without."""
    demand(caller, *AIR_READERS)
    context, words = context_of(request), words_of(request)
    today = context.clock.now().astimezone(BEIJING).date()
    first = first_of(month) if month else today.replace(day=1)

    async def read(session: AsyncSession, *_: object) -> dict[str, Any]:
        found = await targets.standing_document(
            session, first, scope=caller.scope, directory=context.directory, today=today
        )
        return {"items": found["items"], "next_cursor": None}

    return await press_of(request).listed(caller, words, lists.TARGETS, read, chosen=[f"{first:%Y-%m}"])


@router.get("/key-lists/{list_id}/list.xlsx")
async def key_source_list(request: Request, list_id: SmallId, caller: Whoever) -> Response:
    """The sources of a key list with why each is on it, then those that were taken off."""
    context, words = context_of(request), words_of(request)
    async with context.sessions() as session:
        found = await key_lists.key_list_document(session, list_id, scope=caller.scope)

    async def read(*_: object) -> dict[str, Any]:
        off = [one | {"off": one["why"]} for one in found["left_out"]]
        return {"items": [*found["named"], *off], "next_cursor": None}

    state = named(words, "key_list_state", found["state"])
    version = words.say("Version %(number)s", number=found["version"])
    return await press_of(request).listed(
        caller, words, lists.KEY_LIST, read, grid=found["grid"], chosen=[str(found["year"]), version, state]
    )


@router.get("/papers.xlsx")
async def paper_list(
    request: Request,
    caller: Whoever,
    kind: Annotated[Literal[""] | PaperKind, Query()] = "",
    state: Annotated[Literal[""] | PaperState, Query()] = "",
) -> Response:
    """The papers that the caller may read, without what they say."""
    words = words_of(request)

    async def read(session: AsyncSession, cursor: str | None, limit: int) -> dict[str, Any]:
        return await issued.list_papers(
            session, caller, kind=PaperKind(kind) if kind else None, state=PaperState(state) if state else None,
            cursor=cursor, limit=limit,
        )  # fmt: skip

    chosen = [named(words, "paper_kind", kind)] if kind else []
    chosen += [named(words, "paper_state", state)] if state else []
    return await press_of(request).listed(caller, words, lists.PAPERS, read, chosen=chosen)


@router.get("/duties.xlsx")
async def gap_list(request: Request, caller: Whoever) -> Response:
    """Every gap of the caller's counties and parks, with its article."""
    demand(caller, *READS)
    context, words = context_of(request), words_of(request)
    now = context.clock.now()

    async def read(session: AsyncSession, *_: object) -> dict[str, Any]:
        return {"items": await list_gaps(session, scope=caller.scope, now=now), "next_cursor": None}

    return await press_of(request).listed(caller, words, lists.GAPS, read)
