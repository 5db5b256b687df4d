"""Samples 抽查 of what was cleared: drawn with a recorded seed, looked at again, opened anew where it failed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from models.enums import EventKind, FindingKind, ProblemCategory, SpotCheckState
from models.errors import ForbiddenTransition, Invalid, NotFound, Overlap
from models.facts import Told
from models.ids import GridId, PersonId
from models.problem_act import ProblemSample, ProblemSampled
from supervision.problems import problem_repository as repository
from supervision.problems.problems import By, Draft, Finding, hold, open_

MOST = 1000


@dataclass(frozen=True, slots=True)
class Lot:
    """How a sample is drawn: the method with its number, by which anybody draws the same again."""

    method: int
    seed: str
    draw: Callable[[Sequence[tuple[int, int]], int], list[int]]
    """From (problem, grid) and how many are wanted, the problems drawn."""
    digest: Callable[[Sequence[tuple[int, int]]], bytes]
    """SHA-256 of the population."""


async def draw(
    session: AsyncSession,
    prefecture: tuple[GridId, str],
    *,
    since: datetime,
    until: datetime,
    size: int,
    lot: Lot,
    by: By,
    now: datetime,
) -> tuple[ProblemSample, list[Told]]:
    """Draws among the problems cleared in [since, until), once for any time.

    Raises Invalid for a period that is not over or holds nothing, Overlap where it was drawn over already.
    """
    if not since < until <= now:
        raise Invalid("the period is over, and ends after it begins", field="until")
    if not 1 <= size <= MOST:
        raise Invalid(f"1 to {MOST} problems are drawn", field="size")
    population = await repository.cleared(session, since, until)
    if not population:
        raise Invalid("nothing was cleared in this period", field="from")
    row = ProblemSample(
        from_at=since, until_at=until, size=size, method=lot.method, seed=lot.seed,
        population=[list(one) for one in population], population_hash=lot.digest(population), drawn_by=by.id,
        drawn_at=now,
    )  # fmt: skip
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError as error:
        if "ex_problem_sample_period" not in str(error.orig):
            raise
        raise Overlap("a sample of this time was drawn already") from None
    drawn = lot.draw(population, size)
    session.add_all(ProblemSampled(sample_id=row.id, problem_id=one) for one in drawn)
    await session.flush()
    said = {
        "sample": row.id, "from": since.isoformat(), "until": until.isoformat(), "seed": lot.seed,
        "method": lot.method, "population": len(population), "population_sha256": row.population_hash.hex(),
        "problems": drawn,
    }  # fmt: skip
    grid_id, code = prefecture
    told = Told(EventKind.PROBLEM_SAMPLE_DRAWN, grid_id, code, now, PersonId(by.id), by.name, said)
    return row, [told]


async def result(
    session: AsyncSession,
    sample: int,
    problem: int,
    outcome: SpotCheckState,
    *,
    finding: str,
    by: By,
    now: datetime,
) -> tuple[ProblemSampled, list[Told]]:
    """What a second look found, once. Where it is not corrected a new problem opens; what was cleared stays on record.

    Raises NotFound, and ForbiddenTransition for what was looked at already.
    """
    held = await hold(session, problem)
    row = await repository.hold_sampled(session, sample, problem)
    if row is None:
        raise NotFound(f"problem {problem} is not in sample {sample}")
    if row.state != SpotCheckState.OPEN.value:
        raise ForbiddenTransition("it was looked at already", state=row.state, act="check")
    if outcome is SpotCheckState.OPEN:
        raise Invalid("it passed or failed", field="outcome")
    facts: list[Told] = []
    opened: int | None = None
    if outcome is SpotCheckState.FAILED:
        old = held.row
        ref = f"抽查{sample}号·{old.number}"
        again = Draft(
            old.grid_id, ProblemCategory(old.category), old.title, finding,
            Finding(FindingKind.INSPECTION, ref, now), old.place, old.lon, old.lat, old.place_grid_id,
            old.source_id,
        )  # fmt: skip
        made, facts = await open_(session, again, by=by, now=now)
        opened = made.row.id
    row.state, row.finding, row.checked_by, row.checked_at = outcome.value, finding, by.id, now
    row.opened_id = opened
    await session.flush()
    said = {
        "problem": problem, "number": held.row.number, "state": held.row.state, "sample": sample,
        "outcome": outcome.value, "opened": opened,
    }  # fmt: skip
    told = Told(
        EventKind.PROBLEM_SAMPLED, GridId(held.row.grid_id), held.grid, now, PersonId(by.id), by.name, said
    )
    return row, [*facts, told]
