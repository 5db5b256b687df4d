"""The page of what deserves a look in the registry: staff that is missing, places where it is doubtful who answers."""

from dataclasses import dataclass, replace

from fastapi import APIRouter, Request, Response

from app.api.rights import demand
from app.auth.callers import context_of
from app.console.admin_menu import RUNNING
from app.console.filters import Whoever
from app.console.page_route import PageRoute
from app.console.pages import page, words_of
from app.console.texts import N_
from app.registry.check import Notice, NoticeCode, State, Unmanned, found, loaded_state, unmanned

router = APIRouter(route_class=PageRoute, include_in_schema=False)
SHOWN = 500
"""Notices of one kind on the page; a registry with more has another trouble."""
_ART_13 = N_("Policy, annex 1 art. 13")
_ROUTING = N_("Policy, body §3(3): the supervisors of the level-2 grid receive its orders")
_CHIEFS = N_("Policy, annex 1 art. 4: the chief answers for the grid")
_PLACES = N_("Policy, body §2: the four levels of grids")
_KINDS: dict[NoticeCode, tuple[str, str, str]] = {
    NoticeCode.NO_SUPERVISOR: (
        N_("No supervisor"),
        N_("no supervisor in force: nobody takes its orders"),
        _ROUTING,
    ),
    NoticeCode.NO_CHIEF: (N_("No chief"), N_("no chief in force: escalations skip a step"), _CHIEFS),
    NoticeCode.FEW_SUPERVISORS: (
        N_("Too few supervisors"),
        N_("supervisors in force: %(found)s of at least %(wanted)s"),
        _ART_13,
    ),
    NoticeCode.OVERLAP: (
        N_("Boundaries overlap"),
        N_("shares %(km2)s km² with the grid %(other)s"),
        _PLACES,
    ),
    NoticeCode.OUTSIDE: (
        N_("Stations outside their grid"),
        N_("the station %(station)s lies outside the boundary"),
        _PLACES,
    ),
    NoticeCode.NEAR_EDGE: (
        N_("Stations near a boundary"),
        N_("the station %(station)s lies %(metres)s m from the boundary"),
        _PLACES,
    ),
}


_BELOW = {
    3: (
        N_("Townships and streets with nobody on duty"),
        N_(
            "Policy, body §2(3) and annex 1 art. 13: two chiefs and three to five supervisors for each, at least three"
            " of them full-time"
        ),
    ),
    4: (
        N_("Villages and communities with nobody on duty"),
        N_(
            "Policy, body §2(4) and annex 1 art. 13: two chiefs and three or more supervisors for each, at least one"
            " of them full-time"
        ),
    ),
}
"""By level: what the list is called, and the policy's place that asks for the people."""


@dataclass(frozen=True, slots=True)
class Said:
    """A notice in the reader's language; the station it is about, where there is one."""

    grid: str
    text: str
    source: str
    station: str = ""


def in_words(request: Request, notice: Notice) -> Said:
    words = words_of(request)
    _, text, source = _KINDS[notice.code]
    values = {key: str(value) for key, value in notice.values.items()}
    return Said(notice.grid, words.say(text, **values), words.say(source), values.get("station", ""))


@router.get("/admin/staffing")
async def staffing(request: Request, caller: Whoever) -> Response:
    """Everything that deserves a look, grouped by what it is, with the policy's place that asks for it."""
    demand(caller, *RUNNING)
    context = context_of(request)
    words = words_of(request)
    async with context.sessions() as session:
        state = await loaded_state(session, now=context.clock.now())
    names = {grid.code: grid.name for grid in state.grids}
    ids = {grid.code: grid.id for grid in context.directory.grids}
    groups: dict[str, list[Said]] = {}
    for notice in found(state):
        if caller.scope.sees(ids.get(notice.grid)):
            groups.setdefault(notice.code, []).append(in_words(request, notice))
    titles = {code.value: words.say(title) for code, (title, _, _) in _KINDS.items()}
    seen = replace(state, grids=[grid for grid in state.grids if caller.scope.sees(ids.get(grid.code))])
    return page(
        request, "admin_staffing.html", caller=caller, groups=groups, titles=titles, names=names, most=SHOWN,
        below=_below(seen),
    )  # fmt: skip


def _below(state: State) -> list[tuple[int, str, str, list[Unmanned]]]:
    """Of each level under the counties that lacks people: its name, the policy's place, and where."""
    lacking = unmanned(state)
    found = []
    for level, (title, source) in _BELOW.items():
        counties = [one for one in lacking if one.level == level]
        if counties:
            found.append((level, title, source, counties))
    return found
