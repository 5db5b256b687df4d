"""Sweeps of a quarter: opened by the county, taken down source by source, finished once (annex 1 art. 16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.enums import SweepFound
from models.errors import ForbiddenTransition, Invalid, NotFound, Overlap
from models.source import SourceSweep
from supervision.sources import source_repository as repository
from supervision.sources.files import reason_of
from supervision.sources.sweep import Coverage, coverage, last_of_quarter, name_of_quarter, quarter_of

MOST_AT_ONCE = 500
LONGEST_NOTE = 4000


@dataclass(frozen=True, slots=True)
class SweepOpened:
    sweep_id: int
    grid_id: int
    quarter: str
    due_on: date


@dataclass(frozen=True, slots=True)
class SweepRecorded:
    sweep_id: int
    grid_id: int
    quarter: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SweepFinished:
    sweep_id: int
    grid_id: int
    quarter: str
    coverage: Coverage


async def begin(
    session: AsyncSession, grid_id: int, *, due_on: date | None, by: int, now: datetime
) -> SweepOpened:
    """Opens the sweep of this quarter, due on its last day unless the county wants it sooner. Raises Overlap."""
    today = now.astimezone(BEIJING).date()
    quarter = quarter_of(today)
    due = due_on or last_of_quarter(quarter)
    if not today <= due <= last_of_quarter(quarter):
        raise Invalid("a sweep is due between today and the end of the quarter", field="due_on")
    sweep_id = await repository.open_sweep(session, grid_id, quarter, due_on=due, by=by, now=now)
    if sweep_id is None:
        raise Overlap("the sweep of this quarter is opened already")
    return SweepOpened(sweep_id, grid_id, name_of_quarter(quarter), due)


async def record(
    session: AsyncSession, sweep_id: int, codes: Sequence[str], *, note: str | None, by: int, now: datetime
) -> SweepRecorded:
    """These sources were met where they are said to be; all of them, or none.

    What is new is registered and what is gone is closed instead: the sweep takes both down by itself.
    """
    sweep = await _open(session, sweep_id)
    if not 1 <= len(codes) <= MOST_AT_ONCE or len(set(codes)) != len(codes):
        raise Invalid(f"1 to {MOST_AT_ONCE} sources, each once", field="sources")
    known = await repository.on_file(session, sweep.grid_id)
    if unknown := sorted(set(codes) - set(known)):
        raise Invalid(f"{unknown[0][:64]} is no active source of this grid", field="sources")
    said = reason_of(note, demanded=False)
    await repository.enter(
        session, sweep.id, [known[code] for code in codes], SweepFound.SEEN.value, note=said, by=by, now=now
    )
    return SweepRecorded(sweep.id, sweep.grid_id, name_of_quarter(sweep.quarter), tuple(codes))


async def finish(
    session: AsyncSession, sweep_id: int, *, note: str | None, by: int, now: datetime
) -> SweepFinished:
    """Ends a sweep for good; where sources were not met, the note has to say why."""
    sweep = await _open(session, sweep_id)
    met = await met_by(session, sweep)
    said = (note or "").strip() or None
    if met.missing and said is None:
        raise Invalid(f"{len(met.missing)} sources were not met: say why", field="note")
    if said is not None and len(said) > LONGEST_NOTE:
        raise Invalid(f"a note has at most {LONGEST_NOTE} characters", field="note")
    sweep.finished_by, sweep.finished_at, sweep.note = by, now, said
    sweep.outcome = {
        "seen": list(met.seen), "new": list(met.new), "gone": list(met.gone), "missing": list(met.missing)
    }  # fmt: skip
    await session.flush()
    return SweepFinished(sweep.id, sweep.grid_id, name_of_quarter(sweep.quarter), met)


async def met_by(session: AsyncSession, sweep: SourceSweep) -> Coverage:
    """Whom a sweep has met so far, or had met when it was finished."""
    if sweep.outcome is not None:
        return Coverage(**{what: tuple(codes) for what, codes in sweep.outcome.items()})
    found = await repository.found_in(session, sweep.id)
    return coverage(
        list(await repository.on_file(session, sweep.grid_id)),
        {code: SweepFound(what) for code, what in found.items()},
    )


async def find(session: AsyncSession, sweep_id: int) -> SourceSweep:
    """The sweep, held; raises NotFound."""
    sweep = await repository.hold_sweep(session, sweep_id)
    if sweep is None:
        raise NotFound(f"no sweep {sweep_id}")
    return sweep


async def _open(session: AsyncSession, sweep_id: int) -> SourceSweep:
    sweep = await find(session, sweep_id)
    if sweep.finished_at is not None:
        raise ForbiddenTransition("the sweep is finished")
    return sweep
