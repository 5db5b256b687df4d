"""Acts of the assessment, each told to journal and feed: points claimed and decided, months frozen and signed."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from app.context import Context
from app.flows import claims
from app.papers.assessment_notice import notice
from app.papers.official import to_json
from models.clock import BEIJING
from models.enums import EventKind, PaperKind, PointState
from models.errors import Invalid
from models.facts import Told
from models.ids import GridId, PersonId
from models.said import Said
from supervision.assessment import gathering, months, points
from supervision.assessment.claims import Proposed
from supervision.assessment.gathering import Gatherer, span_of
from supervision.papers import papers

GATHERERS: tuple[Gatherer, ...] = (*gathering.OWN, *claims.KNOWN)
"""What the service knows that points may rest on; a duty that knows more adds its own to `app.flows.claims`."""
_KIND = {
    PointState.PROPOSED: EventKind.ASSESSMENT_PROPOSED,
    PointState.OBJECTED: EventKind.ASSESSMENT_OBJECTED,
    PointState.UPHELD: EventKind.ASSESSMENT_UPHELD,
    PointState.WITHDRAWN: EventKind.ASSESSMENT_WITHDRAWN,
}


def units_of(context: Context) -> list[tuple[str, int]]:
    """Codes and ids of the counties and parks that are assessed."""
    return [(grid.code, int(grid.id)) for grid in context.directory.grids if grid.level == 2]


async def propose(
    session: AsyncSession, month: date, claim: Proposed, *, grid_id: int, caller: Caller, context: Context
) -> int:
    """A point by hand; gives its id."""
    now = context.clock.now()
    moved = await points.propose(session, month, claim, grid_id=grid_id, by=caller.id, now=now)
    await context.pipeline.told(session, [_told(moved, caller, context, now)], now=now)
    return moved.id


async def gather(session: AsyncSession, month: date, *, caller: Caller, context: Context) -> list[int]:
    """Points for what the service knows of the month, gaps of the registry included; gives their ids."""
    now = context.clock.now()
    units = dict(units_of(context))
    known = (*GATHERERS, *claims.asked_for(now, {grid_id: code for code, grid_id in units.items()}))
    made = await points.gather(session, month, known, units=units, now=now)
    await context.pipeline.told(session, [_told(one, caller, context, now) for one in made], now=now)
    return [one.id for one in made]


async def gather_due(session: AsyncSession, *, context: Context) -> int:
    """Points for what the service knows of this month and of the last one, unless that is signed; gives how many."""
    now = context.clock.now()
    this = now.astimezone(BEIJING).date().replace(day=1)
    last = (this - timedelta(days=1)).replace(day=1)
    facts = []
    for month in (last, this):
        if await months.in_force(session, month) is None:
            made = await points.gather(session, month, GATHERERS, units=dict(units_of(context)), now=now)
            facts += [_told(one, None, context, now) for one in made]
    await context.pipeline.told(session, facts, now=now)
    return len(facts)


async def object_to(
    session: AsyncSession, point_id: int, *, why: str, caller: Caller, context: Context
) -> None:
    """A unit's objection."""
    now = context.clock.now()
    moved = await points.object_to(session, point_id, why=why, by=caller.id, now=now)
    await context.pipeline.told(session, [_told(moved, caller, context, now)], now=now)


async def decide(
    session: AsyncSession, point_id: int, *, upheld: bool, why: str, caller: Caller, context: Context
) -> None:
    """The prefecture's decision on a point."""
    now = context.clock.now()
    act = points.uphold if upheld else points.withdraw
    moved = await act(session, point_id, why=why, by=caller.id, now=now)
    await context.pipeline.told(session, [_told(moved, caller, context, now)], now=now)


async def freeze(
    session: AsyncSession, month: date, *, why: str | None, caller: Caller, context: Context
) -> months.MonthFrozen:
    """Freezes a month for its signature."""
    now = context.clock.now()
    made = await months.freeze(session, month, units=units_of(context), by=caller.id, now=now, why=why)
    detail = {"month": f"{month:%Y-%m}", "version": made.version, "sha256": made.digest.hex()}
    if why:
        detail["reason"] = why
    await context.pipeline.told(
        session, [_of_all(EventKind.ASSESSMENT_FROZEN, detail, caller, context, now)], now=now
    )
    return made


async def sign(
    session: AsyncSession, month: date, *, digest: bytes, caller: Caller, context: Context
) -> months.MonthSigned:
    """Signs a frozen month; each unit hears its own score."""
    now = context.clock.now()
    made = await months.sign(session, month, digest=digest, by=caller.id, now=now)
    detail = {"month": f"{month:%Y-%m}", "version": made.version, "sha256": made.digest.hex()}
    facts = [_of_all(EventKind.ASSESSMENT_SIGNED, detail | {"replaced": made.replaced}, caller, context, now)]
    ids = dict(units_of(context))
    for unit in made.result["units"]:
        if unit["code"] in ids:
            own = detail | {"total": unit["total"], "grade": unit["grade"]}
            facts.append(
                Told(
                    EventKind.ASSESSMENT_SIGNED, GridId(ids[unit["code"]]), unit["code"], now, PersonId(caller.id),
                    caller.name, own,
                )
            )  # fmt: skip
    await context.pipeline.told(session, facts, now=now)
    return made


async def draft_notice(session: AsyncSession, month: date, *, caller: Caller, context: Context) -> int:
    """The notice 月度考核通报 of the signed month as a draft that another person issues; gives the paper's id.

    Raises Invalid where the month is not signed.
    """
    now = context.clock.now()
    row = await months.in_force(session, month)
    if row is None:
        raise Invalid(Said("the month is not signed"), field="month")
    names = {grid.code: grid.name for grid in context.directory.grids if grid.level == 2}
    prefecture = context.directory.prefecture
    home = None if prefecture is None else context.directory.grid(prefecture)
    document = notice(
        months.inputs_in(row),
        row.result,
        names=names,
        prefecture="" if home is None else home.name,
        today=now,
    )
    last = (span_of(month)[1] - timedelta(days=1)).date()
    about = papers.About(PaperKind.ASSESSMENT, month, last)
    paper = await papers.draft(session, about, to_json(document), by=caller.id, now=now)
    return paper.id


def _told(moved: points.PointMoved, caller: Caller | None, context: Context, now: datetime) -> Told:
    grid = context.directory.grid(moved.grid_id)
    detail: dict[str, Any] = {
        "point": moved.id, "month": f"{moved.month:%Y-%m}", "item": moved.item.value, "record": moved.record,
        "reason": moved.why,
    }  # fmt: skip
    if moved.by is None:
        detail["by_service"] = True
    code = None if grid is None else grid.code
    actor, name = (None, None) if caller is None else (PersonId(caller.id), caller.name)
    return Told(_KIND[moved.state], GridId(moved.grid_id), code, now, actor, name, detail)


def _of_all(kind: EventKind, detail: dict[str, Any], caller: Caller, context: Context, now: datetime) -> Told:
    home = context.directory.prefecture
    grid = None if home is None else context.directory.grid(home)
    code = None if grid is None else grid.code
    return Told(kind, home, code, now, PersonId(caller.id), caller.name, detail)
