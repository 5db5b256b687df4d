"""Samples 抽查 of cleared problems as the API and the pages show them: they are the prefecture's."""

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from dispatch.review import sample
from models.errors import NotFound
from models.problem import Problem
from models.problem_act import ProblemSample, ProblemSampled
from models.registry import Grid, Person


async def list_samples(session: AsyncSession, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """A page of the samples, newest first; they are the prefecture's."""
    statement = select(ProblemSample, Person.name.label("by")).join(
        Person, Person.id == ProblemSample.drawn_by
    )
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(ProblemSample.id < last)
    rows = await session.execute(statement.order_by(ProblemSample.id.desc()).limit(limit + 1))
    return page([_sample(row.ProblemSample, row.by) for row in rows], limit)


async def sample_document(session: AsyncSession, sample_id: int) -> dict[str, Any]:
    """A sample with its population and what was drawn, and whether the one gives the other; raises NotFound."""
    statement = (
        select(ProblemSample, Person.name.label("by"))
        .join(Person, Person.id == ProblemSample.drawn_by)
        .where(ProblemSample.id == sample_id)
    )
    row = (await session.execute(statement.execution_options(populate_existing=True))).one_or_none()
    if row is None:
        raise NotFound(f"no sample {sample_id}")
    found: ProblemSample = row.ProblemSample
    members = [sample.Member(problem, grid) for problem, grid in found.population]
    checks = await sampled_where(session, ProblemSampled.sample_id == sample_id)
    drawn = sorted(check["problem"] for check in checks)
    proved = (
        found.method == sample.METHOD
        and sample.population_hash(members) == found.population_hash
        and sample.draw(found.seed, members, size=found.size) == drawn
    )
    return _sample(found, row.by) | {"population": found.population, "proved": proved, "problems": checks}


def _sample(row: ProblemSample, by: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "from": instant(row.from_at),
        "until": instant(row.until_at),
        "size": row.size,
        "method": row.method,
        "seed": row.seed,
        "population_sha256": row.population_hash.hex(),
        "drawn_by": by,
        "drawn_at": instant(row.drawn_at),
    }


async def sampled_where(session: AsyncSession, where: ColumnElement[bool]) -> list[dict[str, Any]]:
    """Drawn problems with what a second look found."""
    again = aliased(Problem)
    rows = await session.execute(
        select(ProblemSampled, Problem.number, Problem.title, Grid.name.label("grid"), Person.name.label("by"),
               again.number.label("again"))
        .join(Problem, Problem.id == ProblemSampled.problem_id)
        .join(Grid, Grid.id == Problem.grid_id)
        .outerjoin(Person, Person.id == ProblemSampled.checked_by)
        .outerjoin(again, again.id == ProblemSampled.opened_id)
        .where(where)
        .order_by(ProblemSampled.sample_id, ProblemSampled.problem_id)
        .execution_options(populate_existing=True)
    )  # fmt: skip
    return [
        {
            "sample": row.ProblemSampled.sample_id,
            "problem": row.ProblemSampled.problem_id,
            "number": row.number,
            "title": row.title,
            "grid_name": row.grid,
            "state": row.ProblemSampled.state,
            "finding": row.ProblemSampled.finding,
            "checked_by": row.by,
            "checked_at": instant(row.ProblemSampled.checked_at),
            "opened": row.ProblemSampled.opened_id,
            "opened_number": row.again,
        }
        for row in rows
    ]
