"""All SQL of the problem list: held, numbered, written; reads for pages and answers are elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.enums import FindingKind, ProblemState
from models.order import Evidence
from models.problem import Problem, ProblemCounter, ProblemFinding
from models.problem_act import ProblemCheck, ProblemSampled, ProblemStep
from models.registry import Grid
from supervision.problems.likeness import NEAR, Found
from supervision.problems.standing import Seen


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """A problem as held for an act."""

    row: Problem
    grid: str
    """The code of its grid."""

    @property
    def state(self) -> ProblemState:
        return ProblemState(self.row.state)


async def lock(session: AsyncSession, *problems: int) -> list[ProblemRow]:
    """The problems, held until the transaction ends, in the order of their ids; what is not there is left out."""
    statement = (
        select(Problem, Grid.code)
        .join(Grid, Grid.id == Problem.grid_id)
        .where(Problem.id.in_(problems))
        .order_by(Problem.id)
        # Not against keys: findings and steps that refer to it may be written meanwhile.
        .with_for_update(of=Problem, key_share=True)
        .execution_options(populate_existing=True)
    )
    return [ProblemRow(row.Problem, row.code) for row in await session.execute(statement)]


async def grid_of(session: AsyncSession, grid_id: int) -> tuple[str, int] | None:
    """Code and level of a grid."""
    row = (await session.execute(select(Grid.code, Grid.level).where(Grid.id == grid_id))).one_or_none()
    return None if row is None else (row.code, row.level)


async def next_number(session: AsyncSession, year: int) -> int:
    """Reserves the next number of a year."""
    statement = insert(ProblemCounter).values(year=year, last=1)
    statement = statement.on_conflict_do_update(
        index_elements=[ProblemCounter.year], set_={"last": ProblemCounter.last + 1}
    )
    return (await session.execute(statement.returning(ProblemCounter.last))).scalar_one()


async def add(session: AsyncSession, problem: Problem) -> Problem:
    session.add(problem)
    await session.flush()
    return problem


async def add_finding(session: AsyncSession, **values: Any) -> bool:
    """Writes a finding; False where the same thing is a finding already, of this or another problem."""
    statement = insert(ProblemFinding).values(**values).on_conflict_do_nothing().returning(ProblemFinding.id)
    return (await session.execute(statement)).first() is not None


async def number_of_finding(session: AsyncSession, kind: FindingKind, ref: str) -> str | None:
    """The number of the problem that this is a finding of."""
    statement = (
        select(Problem.number)
        .join(ProblemFinding, ProblemFinding.problem_id == Problem.id)
        .where(ProblemFinding.kind == kind.value, ProblemFinding.ref == ref)
    )
    number: str | None = await session.scalar(statement)
    return number


async def move_findings(session: AsyncSession, from_id: int, to_id: int) -> int:
    """All findings of one problem become those of another; gives how many."""
    moved = await session.execute(
        update(ProblemFinding)
        .where(ProblemFinding.problem_id == from_id)
        .values(problem_id=to_id)
        .returning(ProblemFinding.id)
    )
    return len(moved.all())


async def add_step(session: AsyncSession, problem_id: int, **values: Any) -> int:
    """Writes the next step of a held problem; gives its number."""
    last = await session.scalar(
        select(func.max(ProblemStep.step)).where(ProblemStep.problem_id == problem_id)
    )
    step = (last or 0) + 1
    session.add(ProblemStep(problem_id=problem_id, step=step, **values))
    await session.flush()
    return step


async def checked_weeks(session: AsyncSession, problem_id: int) -> tuple[date, ...]:
    """The weeks in which a held problem was checked, in their order."""
    statement = select(ProblemCheck.week).where(ProblemCheck.problem_id == problem_id)
    return tuple(await session.scalars(statement.order_by(ProblemCheck.number)))


async def uploads_of(session: AsyncSession, ids: Sequence[Any], person_id: int) -> int:
    """How many of these uploads are this person's."""
    statement = select(func.count()).where(Evidence.id.in_(ids), Evidence.uploaded_by == person_id)
    return await session.scalar(statement) or 0


async def cleared(session: AsyncSession, since: datetime, until: datetime) -> list[tuple[int, int]]:
    """Id and grid of the problems cleared in [since, until), by id."""
    statement = (
        select(Problem.id, Problem.grid_id)
        .where(
            Problem.state == ProblemState.CLEARED.value, Problem.ended_at >= since, Problem.ended_at < until
        )
        .order_by(Problem.id)
    )
    return [(row.id, row.grid_id) for row in await session.execute(statement)]


async def hold_sampled(session: AsyncSession, sample_id: int, problem_id: int) -> ProblemSampled | None:
    """A drawn problem, held until the transaction ends."""
    return await session.get(
        ProblemSampled, (sample_id, problem_id), with_for_update=True, populate_existing=True
    )


async def near_in_time(session: AsyncSession, one: Found) -> list[Found]:
    """Problems of the same grid and category that were found within some days of it and are none of the merged."""
    statement = select(Problem).where(
        Problem.grid_id == one.grid_id,
        Problem.category == one.category,
        Problem.found_at.between(one.found_at - NEAR, one.found_at + NEAR),
        Problem.state.not_in([ProblemState.MERGED.value, ProblemState.VOID.value]),
    )
    rows = await session.scalars(statement.order_by(Problem.id.desc()).limit(500))
    return [
        Found(row.id, row.grid_id, row.category, row.found_at, row.lon, row.lat, row.source_id)
        for row in rows
    ]


async def seen(session: AsyncSession, grid_ids: Sequence[int], since: datetime | None) -> list[Seen]:
    """What figures need: of these grids, all that is open, and what was found or ended since then."""
    statement = select(
        Problem.grid_id, Problem.state, Problem.found_at, Problem.due_at, Problem.ended_at, Problem.missed
    ).where(Problem.grid_id.in_(grid_ids))
    if since is not None:
        statement = statement.where(
            Problem.ended_at.is_(None) | (Problem.found_at >= since) | (Problem.ended_at >= since)
        )
    return [
        Seen(row.grid_id, ProblemState(row.state), row.found_at, row.due_at, row.ended_at, row.missed)
        for row in await session.execute(statement)
    ]


_UNCORRECTED = """
SELECT g.code, p.number, k.number, k.checked_at
  FROM problem_check k JOIN problem p ON p.id = k.problem_id JOIN grid g ON g.id = p.grid_id
 WHERE k.checked_at >= $1 AND k.checked_at < $2 AND p.state NOT IN ('merged', 'void')
 ORDER BY k.checked_at, p.number
"""
# Sent back after a correction, or found by a sample not to be cleared; a problem once, by the later finding.
_BADLY = """
SELECT DISTINCT ON (p.id) g.code, p.number, p.title, found.said
  FROM (SELECT problem_id, said, acted_at AS at FROM problem_step WHERE act = 'return'
        UNION ALL
        SELECT problem_id, finding, checked_at FROM problem_sampled WHERE state = 'failed') found
  JOIN problem p ON p.id = found.problem_id JOIN grid g ON g.id = p.grid_id
 WHERE found.at >= $1 AND found.at < $2 AND p.state NOT IN ('merged', 'void')
 ORDER BY p.id, found.at DESC
"""


async def uncorrected(
    session: AsyncSession, since: datetime, until: datetime
) -> list[tuple[str, str, int, datetime]]:
    """Unit, problem, number and instant of each check in [since, until) that found a problem uncorrected."""
    return [(row[0], row[1], row[2], row[3]) for row in await fetch(session, _UNCORRECTED, since, until)]


async def badly_corrected(
    session: AsyncSession, since: datetime, until: datetime
) -> list[tuple[str, str, str, str]]:
    """Unit, problem, title and finding of each problem found in [since, until) to be corrected badly."""
    return [(row[0], row[1], row[2], row[3] or "") for row in await fetch(session, _BADLY, since, until)]
