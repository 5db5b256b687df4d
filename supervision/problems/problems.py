"""Opens, joins, pushes, corrects, clears, merges and judges problems, inside the caller's transaction; returns facts.

A problem is held while it is acted upon, two of them in the order of their ids.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.enums import EventKind, FindingKind, ProblemAct, ProblemCategory, ProblemState
from models.errors import Invalid, NotFound
from models.facts import Told
from models.ids import GridId, PersonId
from models.problem import Problem
from models.problem_act import ProblemCheck
from supervision.problems import problem_repository as repository
from supervision.problems.checks import measure, next_number, week_of
from supervision.problems.lifecycle import check_found, check_joins, check_judged, due_at, following
from supervision.problems.problem_repository import ProblemRow as ProblemRow


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, with the name the journal keeps."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One time something was found: `ref` is what it is where it comes from."""

    kind: FindingKind
    ref: str
    found_at: datetime
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A problem as somebody of the prefecture enters it."""

    grid_id: int
    category: ProblemCategory
    title: str
    text: str
    finding: Finding
    place: str | None = None
    lon: float | None = None
    lat: float | None = None
    place_grid_id: int | None = None
    source_id: int | None = None


async def hold(session: AsyncSession, problem: int) -> ProblemRow:
    """The problem, held until the transaction ends; raises NotFound."""
    found = await repository.lock(session, problem)
    if not found:
        raise NotFound(f"no problem {problem}")
    return found[0]


async def is_finding(session: AsyncSession, kind: FindingKind, ref: str) -> bool:
    """Whether this is a finding of some problem already."""
    return await repository.number_of_finding(session, kind, ref) is not None


async def open_(
    session: AsyncSession, draft: Draft, *, by: By, now: datetime
) -> tuple[ProblemRow, list[Told]]:
    """A new problem, numbered, with its first finding.

    Raises Invalid naming the field: for a grid that is not of level 2, half a position, a day that cannot be, and for
    what is a finding of another problem already.
    """
    grid = await repository.grid_of(session, draft.grid_id)
    if grid is None or grid[1] != 2:
        raise Invalid("a problem belongs to a county or park", field="grid")
    if (draft.lon is None) != (draft.lat is None):
        raise Invalid("a position wants longitude and latitude", field="lon")
    check_found(draft.finding.found_at, now)
    year = now.astimezone(BEIJING).year
    number = f"WT-{year}-{await repository.next_number(session, year):05d}"
    row = await repository.add(
        session,
        Problem(
            number=number, grid_id=draft.grid_id, place_grid_id=draft.place_grid_id, category=draft.category.value,
            title=draft.title, text=draft.text, place=draft.place, lon=draft.lon, lat=draft.lat,
            source_id=draft.source_id, state=ProblemState.OPEN.value, found_at=draft.finding.found_at,
            opened_by=by.id, opened_at=now,
        ),
    )  # fmt: skip
    problem = ProblemRow(row, grid[0])
    await _find(session, problem, draft.finding, by=by, now=now)
    said = {"category": draft.category.value, "found_by": draft.finding.kind.value, "ref": draft.finding.ref}
    return problem, [_told(EventKind.PROBLEM_OPENED, problem, now, by, **said)]


async def join(
    session: AsyncSession, problem: ProblemRow, finding: Finding, *, by: By, now: datetime
) -> list[Told]:
    """The held problem was found once more; it is found as early as the earliest of its findings."""
    check_found(finding.found_at, now)
    check_joins(problem.state, problem.row.ended_at, finding.found_at)
    await _find(session, problem, finding, by=by, now=now)
    problem.row.found_at = min(problem.row.found_at, finding.found_at)
    await session.flush()
    said = {"found_by": finding.kind.value, "ref": finding.ref}
    return [_told(EventKind.PROBLEM_FOUND, problem, now, by, **said)]


async def push(
    session: AsyncSession, problem: ProblemRow, due_on: date, *, said: str | None, by: By, now: datetime
) -> list[Told]:
    """交办: the grid has to correct it by the end of a day, Beijing time."""
    until = due_at(due_on, now)
    await _step(session, problem, ProblemAct.PUSH, said, by=by, now=now, due_at=until)
    return [_told(EventKind.PROBLEM_PUSHED, problem, now, by, due_at=until.isoformat())]


async def correct(
    session: AsyncSession,
    problem: ProblemRow,
    *,
    done: str,
    evidence: Sequence[uuid.UUID],
    by: By,
    now: datetime,
) -> list[Told]:
    """The grid says what was done, with photos or documents its person uploaded; the prefecture looks at it then."""
    unique = sorted(set(evidence))
    following(problem.state, ProblemAct.CORRECT)
    if unique and await repository.uploads_of(session, unique, by.id) != len(unique):
        raise Invalid("some evidence is unknown, or was uploaded by somebody else", field="evidence")
    kept = [str(one) for one in unique]
    await _step(session, problem, ProblemAct.CORRECT, done, by=by, now=now, evidence=kept)
    return [_told(EventKind.PROBLEM_CORRECTED, problem, now, by, evidence=len(kept))]


async def clear(
    session: AsyncSession, problem: ProblemRow, *, finding: str, by: By, now: datetime
) -> list[Told]:
    """销号: somebody of the prefecture found it corrected."""
    await _step(session, problem, ProblemAct.CLEAR, finding, by=by, now=now)
    return [_told(EventKind.PROBLEM_CLEARED, problem, now, by)]


async def give_back(
    session: AsyncSession, problem: ProblemRow, due_on: date, *, why: str, by: By, now: datetime
) -> list[Told]:
    """退回整改: it is not corrected; the grid has until another day."""
    until = due_at(due_on, now)
    await _step(session, problem, ProblemAct.RETURN, why, by=by, now=now, due_at=until)
    return [_told(EventKind.PROBLEM_RETURNED, problem, now, by, due_at=until.isoformat())]


async def merge(
    session: AsyncSession, problem: int, into: int, *, why: str, by: By, now: datetime
) -> tuple[ProblemRow, list[Told]]:
    """Two problems of one grid turn out to be one: all findings are of `into`, and `problem` counts no more.

    Raises NotFound, Invalid for two grids or one problem, ForbiddenTransition for what is over.
    """
    if problem == into:
        raise Invalid("a problem cannot be merged into itself", field="into")
    held = {one.row.id: one for one in await repository.lock(session, problem, into)}
    if problem not in held:
        raise NotFound(f"no problem {problem}")
    if into not in held:
        raise Invalid("no such problem", field="into")
    gone, kept = held[problem], held[into]
    if gone.row.grid_id != kept.row.grid_id:
        raise Invalid("problems of two grids are two problems", field="into")
    following(gone.state, ProblemAct.MERGE)
    check_joins(kept.state, kept.row.ended_at, gone.row.found_at)
    moved = await repository.move_findings(session, problem, into)
    await _step(session, gone, ProblemAct.MERGE, why, by=by, now=now, merged_into=into)
    kept.row.found_at = min(kept.row.found_at, gone.row.found_at)
    await session.flush()
    said = {"into": kept.row.number, "into_id": into, "findings": moved}
    return gone, [_told(EventKind.PROBLEM_MERGED, gone, now, by, **said)]


async def withdraw(
    session: AsyncSession, problem: ProblemRow, *, why: str, by: By, now: datetime
) -> list[Told]:
    """There was no problem; it stays on record and counts for nobody."""
    await _step(session, problem, ProblemAct.WITHDRAW, why, by=by, now=now)
    return [_told(EventKind.PROBLEM_WITHDRAWN, problem, now, by, reason=why)]


async def judge(
    session: AsyncSession, problem: ProblemRow, *, missed: bool, why: str, by: By, now: datetime
) -> list[Told]:
    """Whether the grid should have found or reported it and did not (annex 2 art. 5(二)4), with the reason.

    It may be judged again; the newest decision stands, and the steps keep every one.
    """
    check_judged(problem.state)
    row = problem.row
    said = f"{'计入' if missed else '不计入'}：{why}"
    await repository.add_step(
        session, row.id, act=ProblemAct.JUDGE.value, state=row.state, said=said, person_id=by.id, acted_at=now
    )
    row.missed, row.missed_by, row.missed_at, row.missed_why = missed, by.id, now, why
    await session.flush()
    return [_told(EventKind.PROBLEM_JUDGED, problem, now, by, missed=missed, reason=why)]


async def check(
    session: AsyncSession, problem: ProblemRow, *, finding: str, by: By, now: datetime
) -> list[Told]:
    """核查调度: the weekly check found it uncorrected; the row says for which time, and what is prescribed then."""
    row = problem.row
    weeks = await repository.checked_weeks(session, row.id)
    number = next_number(problem.state, row.due_at, weeks, now)
    session.add(
        ProblemCheck(
            problem_id=row.id, number=number, week=week_of(now), measure=measure(number).value, due_at=row.due_at,
            finding=finding, checked_by=by.id, checked_at=now,
        )
    )  # fmt: skip
    await session.flush()
    said = {"check": number, "measure": measure(number).value}
    return [_told(EventKind.PROBLEM_CHECKED, problem, now, by, **said)]


async def _step(
    session: AsyncSession,
    problem: ProblemRow,
    act: ProblemAct,
    said: str | None,
    *,
    by: By,
    now: datetime,
    due_at: datetime | None = None,
    evidence: list[str] | None = None,
    merged_into: int | None = None,
) -> None:
    after = following(problem.state, act)
    row = problem.row
    await repository.add_step(
        session, row.id, act=act.value, state=after.value, said=said, evidence=evidence or [], due_at=due_at,
        person_id=by.id, acted_at=now,
    )  # fmt: skip
    row.state, row.merged_into = after.value, merged_into
    row.ended_at = now if after.final else None
    if due_at is not None:
        row.due_at = due_at
    await session.flush()


async def _find(
    session: AsyncSession, problem: ProblemRow, finding: Finding, *, by: By, now: datetime
) -> None:
    """The same thing is one finding only, of one problem."""
    added = await repository.add_finding(
        session, problem_id=problem.row.id, kind=finding.kind.value, ref=finding.ref, found_at=finding.found_at,
        note=finding.note, entered_by=by.id, entered_at=now,
    )  # fmt: skip
    if not added:
        number = await repository.number_of_finding(session, finding.kind, finding.ref)
        raise Invalid(f"this is a finding of {number} already", field="ref", number=number or "")


def _told(kind: EventKind, problem: ProblemRow, now: datetime, by: By, **detail: Any) -> Told:
    """The event of a problem, heard by its grid and the prefecture."""
    row = problem.row
    said = {"problem": row.id, "number": row.number, "state": row.state}
    return Told(kind, GridId(row.grid_id), problem.grid, now, PersonId(by.id), by.name, said | detail)
