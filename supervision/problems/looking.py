"""What may be the same problem, and how the grids stand, from the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models.enums import CauseCode, ProblemCategory
from supervision.problems import problem_repository as repository
from supervision.problems.likeness import Alike, Distance, Found, alike
from supervision.problems.standing import Figures, figures

OF_CAUSE: dict[CauseCode, ProblemCategory] = {
    CauseCode.CONSTRUCTION_DUST: ProblemCategory.DUST,
    CauseCode.ROAD_DUST: ProblemCategory.DUST,
    CauseCode.BULK_MATERIALS: ProblemCategory.DUST,
    CauseCode.OPEN_BURNING: ProblemCategory.BURNING,
    CauseCode.STRAW: ProblemCategory.BURNING,
    CauseCode.INDUSTRIAL_STACK: ProblemCategory.ENTERPRISE,
    CauseCode.COAL_HEATING: ProblemCategory.COAL_BOILER,
}
"""The category of a problem from the cause found on site; any other cause is `other`."""


async def like(session: AsyncSession, one: Found, distance: Distance) -> list[Alike]:
    """Problems that may be the same as what was found; `one.key` is 0 where it is no problem yet."""
    return alike(one, await repository.near_in_time(session, one), distance)


async def standing(
    session: AsyncSession, grid_ids: Sequence[int], *, since: datetime | None, now: datetime
) -> list[Figures]:
    """The figures of 动态清零 by grid: all that is open, and what was found or ended since then."""
    return figures(await repository.seen(session, list(grid_ids), since), grid_ids, now)


@dataclass(frozen=True, slots=True)
class Checked:
    """A weekly check that found a problem uncorrected, the first, second, third … time (body §4(三))."""

    unit: str
    problem: str
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Badly:
    """A problem whose correction was sent back, or did not hold when a sample looked again (annex 2 art. 5(二)6)."""

    unit: str
    problem: str
    title: str
    finding: str


async def uncorrected(session: AsyncSession, since: datetime, until: datetime) -> list[Checked]:
    """The checks made in [since, until), in their order."""
    return [Checked(*row) for row in await repository.uncorrected(session, since, until)]


async def badly_corrected(session: AsyncSession, since: datetime, until: datetime) -> list[Badly]:
    """What was found so in [since, until): a problem once."""
    return [Badly(*row) for row in await repository.badly_corrected(session, since, until)]
