"""Who may do what in the assessment; the API and the pages act through here."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.api.assessment_shapes import DecisionIn, FreezeIn, ObjectionIn, PointIn, SignIn
from app.api.rights import demand, demand_prefecture, grid_in_scope
from app.auth.scope import Caller
from app.context import Context
from app.flows import assessment as acts
from app.registry.directory import GridInfo
from models.assessment import AssessmentPoint
from models.enums import PointItem, Role
from models.errors import Forbidden, Invalid, NotFound
from supervision.assessment.claims import Proposed, Record

READERS = (Role.CHIEF, Role.SUPERVISOR, Role.DUTY_OFFICER, Role.ADMINISTRATOR)
PREPARERS = (Role.DUTY_OFFICER, Role.ADMINISTRATOR)
FREEZERS = (Role.DUTY_OFFICER,)
DECIDERS = (Role.DUTY_OFFICER, Role.CHIEF)
SIGNERS = (Role.CHIEF,)
OF_A_UNIT = (Role.CHIEF, Role.SUPERVISOR)
"""Who speaks for a unit: objects, and claims a bonus."""


def may_read(caller: Caller) -> None:
    """Raises Forbidden for whoever has nothing to do with the assessment."""
    demand(caller, *READERS)


def unit_of(code: str, caller: Caller, context: Context) -> GridInfo:
    """The unit of this code; raises NotFound outside the scope, and for a grid that is none."""
    grid = grid_in_scope(code, caller, context)
    if grid.level != 2:
        raise NotFound(f"no unit {code}")
    return grid


def speaks_for(caller: Caller, grid_id: int) -> bool:
    """Whether the caller answers for this unit itself."""
    return any(role in OF_A_UNIT and grid == grid_id for role, grid in caller.duties)


def holds(caller: Caller, context: Context, *roles: Role) -> bool:
    """Whether the caller has one of the roles at the prefecture."""
    try:
        demand_prefecture(caller, context, *roles)
    except Forbidden:
        return False
    return True


async def propose(
    session: AsyncSession, month: date, body: PointIn, *, caller: Caller, context: Context
) -> int:
    """By those who prepare at the prefecture; a bonus by the unit itself as well. Gives the point's id."""
    grid = unit_of(body.grid, caller, context)
    if not (body.item is PointItem.BONUS and speaks_for(caller, grid.id)):
        demand_prefecture(caller, context, *PREPARERS)
    claim = Proposed(
        body.item, grid.code, Record(body.record.kind, body.record.ref), body.text, body.problem, body.ground,
        body.count, body.evidence,
    )  # fmt: skip
    return await acts.propose(session, month, claim, grid_id=grid.id, caller=caller, context=context)


async def gather(session: AsyncSession, month: date, *, caller: Caller, context: Context) -> list[int]:
    """By those who prepare at the prefecture."""
    demand_prefecture(caller, context, *PREPARERS)
    return await acts.gather(session, month, caller=caller, context=context)


async def object_to(
    session: AsyncSession, point_id: int, body: ObjectionIn, *, caller: Caller, context: Context
) -> None:
    """By a supervisor or chief of the unit itself."""
    row = await point_in_scope(session, point_id, caller)
    if not speaks_for(caller, row.grid_id):
        raise Forbidden("a supervisor or chief of the unit itself objects")
    await acts.object_to(session, point_id, why=body.reason, caller=caller, context=context)


async def decide(
    session: AsyncSession, point_id: int, body: DecisionIn, *, caller: Caller, context: Context
) -> None:
    """By a duty officer or chief of the prefecture."""
    await point_in_scope(session, point_id, caller)
    demand_prefecture(caller, context, *DECIDERS)
    upheld = body.decision == "uphold"
    await acts.decide(session, point_id, upheld=upheld, why=body.reason, caller=caller, context=context)


async def freeze(
    session: AsyncSession, month: date, body: FreezeIn, *, caller: Caller, context: Context
) -> int:
    """By a duty officer of the prefecture; gives the version."""
    demand_prefecture(caller, context, *FREEZERS)
    return (await acts.freeze(session, month, why=body.reason, caller=caller, context=context)).version


async def sign(session: AsyncSession, month: date, body: SignIn, *, caller: Caller, context: Context) -> int:
    """By a chief of the prefecture; gives the version."""
    demand_prefecture(caller, context, *SIGNERS)
    digest = bytes.fromhex(body.sha256)
    return (await acts.sign(session, month, digest=digest, caller=caller, context=context)).version


async def draft_notice(session: AsyncSession, month: date, *, caller: Caller, context: Context) -> int:
    """By those who prepare at the prefecture; gives the paper's id."""
    demand_prefecture(caller, context, *PREPARERS)
    return await acts.draft_notice(session, month, caller=caller, context=context)


async def point_in_scope(session: AsyncSession, point_id: int, caller: Caller) -> AssessmentPoint:
    """The point; raises NotFound outside the scope as well, and Forbidden for those who read none."""
    may_read(caller)
    row = await session.get(AssessmentPoint, point_id)
    if row is None or not caller.scope.sees(row.grid_id):
        raise NotFound(f"no point {point_id}")
    return row


def year_named(number: int) -> int:
    """A year that can be assessed; raises Invalid for another."""
    if not 2023 <= number <= 2200:
        raise Invalid("a year is 2023 to 2200", field="year")
    return number
