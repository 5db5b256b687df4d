"""More of the four levels than most tests need: villages, townships, a third county, and people for them."""

from datetime import datetime, timedelta
from typing import Any

from app.database import transaction
from app.flows import joint, reports
from app.flows import tasks as flow
from app.flows.tasks import Done
from dispatch.reports.decisions import Decision
from dispatch.reports.service import Draft
from dispatch.tasks.service import Handed
from models.bulk import fetch
from models.enums import ProblemCategory, ProblemOrigin, Role
from models.ids import GridId
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE, TOWNSHIP, World, make_grid, make_person

VILLAGE, EMPTY_TOWNSHIP, EMPTY_VILLAGE = "652301100001", "652301101", "652301101001"
FOREIGN_TOWNSHIP, THIRD_COUNTY = "652302100", "652323"


async def add_levels(world: World) -> World:
    """The world with two villages, two further townships and a third county; its directory knows them."""
    async with transaction(world.sessions) as session:
        grids = world.grids
        for code, level, parent in (
            (THIRD_COUNTY, 2, PREFECTURE),
            (EMPTY_TOWNSHIP, 3, COUNTY),
            (FOREIGN_TOWNSHIP, 3, OTHER_COUNTY),
            (VILLAGE, 4, TOWNSHIP),
            (EMPTY_VILLAGE, 4, EMPTY_TOWNSHIP),
        ):
            grids[code] = await make_grid(session, code, level=level, parent=grids[parent])
        for username, role, code in (
            ("third", Role.SUPERVISOR, THIRD_COUNTY),
            ("township", Role.SUPERVISOR, TOWNSHIP),
            ("villager", Role.PATROLLER, VILLAGE),
            ("lonely", Role.SUPERVISOR, EMPTY_VILLAGE),
            ("foreigner", Role.SUPERVISOR, FOREIGN_TOWNSHIP),
        ):
            world.people[username] = await make_person(session, username, (role, grids[code]))
            world.duties[username] = ((role, grids[code].id),)
        await world.context.directory.refresh(session)
    return world


async def hand(
    world: World, order: int, grid: str = TOWNSHIP, *, minutes: float = 30, by: str = "supervisor"
) -> int:
    """A task of the order, due some minutes from now; gives its id."""
    context = world.context
    async with transaction(world.sessions) as session:
        return await flow.hand(
            context.pipeline, session, order, handed(world, grid, minutes), caller=world.caller(by),
            expected_version=None, clock=context.clock,
        )  # fmt: skip


async def further(
    world: World, task: int, grid: str = VILLAGE, *, minutes: float = 20, by: str = "township"
) -> int:
    context = world.context
    async with transaction(world.sessions) as session:
        return await flow.hand_further(
            context.pipeline, session, task, handed(world, grid, minutes), caller=world.caller(by),
            clock=context.clock,
        )  # fmt: skip


async def take(world: World, task: int, *, by: str = "patroller") -> None:
    context = world.context
    async with transaction(world.sessions) as session:
        await flow.take(context.pipeline, session, task, caller=world.caller(by), clock=context.clock)


async def complete(world: World, task: int, *, by: str = "patroller", finding: str = "已覆盖") -> None:
    context = world.context
    async with transaction(world.sessions) as session:
        await flow.complete(
            context.pipeline, session, task, Done(finding), caller=world.caller(by), clock=context.clock
        )


async def take_back(world: World, task: int, *, by: str = "supervisor", reason: str = "改派") -> None:
    context = world.context
    async with transaction(world.sessions) as session:
        await flow.take_back(
            context.pipeline, session, task, reason, caller=world.caller(by), clock=context.clock
        )


def handed(world: World, grid: str, minutes: float) -> Handed:
    found = world.context.directory.grid_by_code(grid)
    assert found is not None
    due: datetime = world.clock.now() + timedelta(minutes=minutes)
    return Handed(found.id, "查看堆场并覆盖", due)


async def rows(world: World, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    async with world.sessions() as session:
        return [tuple(row) for row in await fetch(session, statement, *values)]


async def clocks(world: World, kind: str) -> list[tuple[Any, ...]]:
    """(grid, state, minutes from start to deadline) of every clock of a kind, oldest first."""
    return await rows(
        world,
        "SELECT g.code, c.state, extract(epoch FROM c.due_at - c.started_at)::float8 / 60 FROM sla_clock c"
        " JOIN grid g ON g.id = c.grid_id WHERE c.kind = $1 ORDER BY c.id",
        kind,
    )


async def open_joint(
    world: World,
    order: int,
    *grids: str,
    lead: str = COUNTY,
    by: str = "duty",
    reason: str = "跨区域",
    version: int | None = None,
) -> int:
    """Joint handling by the prefecture; gives the parent's id."""
    context = world.context
    ids = [world.grids[code].id for code in (lead, *grids)]
    async with transaction(world.sessions) as session:
        return await joint.open_joint(
            context.pipeline, session, order, lead=GridId(ids[0]), others=[GridId(id_) for id_ in ids[1:]],
            reason=reason, caller=world.caller(by), expected_version=version, clock=context.clock,
        )  # fmt: skip


async def file(
    world: World,
    grid: str = TOWNSHIP,
    *,
    by: str = "patroller",
    category: ProblemCategory = ProblemCategory.BURNING,
    **over: Any,
) -> int:
    """A problem reported upward; gives the report's id."""
    context = world.context
    values: dict[str, Any] = {"text": "村口焚烧秸秆", "lon": 87.3, "lat": 44.0} | over
    draft = Draft(
        grid_id=GridId(world.grids[grid].id), origin=ProblemOrigin.PATROL, category=category, **values
    )
    async with transaction(world.sessions) as session:
        return await reports.file(
            context.pipeline, session, draft, caller=world.caller(by), clock=context.clock
        )


async def forward(world: World, report: int, *, by: str = "township", reason: str | None = None) -> None:
    context = world.context
    async with transaction(world.sessions) as session:
        await reports.forward(
            context.pipeline, session, report, reason, caller=world.caller(by), clock=context.clock
        )


async def solve(world: World, report: int, *, by: str = "township") -> None:
    context = world.context
    async with transaction(world.sessions) as session:
        await reports.solve(
            context.pipeline,
            session,
            report,
            "已扑灭并教育",
            (),
            caller=world.caller(by),
            clock=context.clock,
        )


async def triage(world: World, report: int, decision: Decision, *, by: str = "supervisor") -> None:
    context = world.context
    async with transaction(world.sessions) as session:
        await reports.triage(
            context.pipeline, session, report, decision, caller=world.caller(by), clock=context.clock
        )
