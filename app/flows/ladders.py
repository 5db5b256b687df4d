"""Months judged on the ladders, and proposals decided: told on the feed to the prefecture alone until one is signed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from app.flows.acts import prefecture, tell_signed
from app.pipeline import Pipeline
from app.registry.directory import Directory
from models.clock import BEIJING, Clock
from models.enums import EventKind
from models.facts import Told
from models.ids import PersonId
from supervision.acts.register import Signed
from supervision.assessment import months
from supervision.assessment.gathering import span_of
from supervision.ladders import proposals
from supervision.ladders.known import Beside, Uncorrected
from supervision.ladders.proposals import Overtaken, Proposed
from supervision.problems import looking
from supervision.targets import targets


async def beside(session: AsyncSession, month: date, directory: Directory, now: datetime) -> Beside:
    """What other duties know by now: signed assessments, yearly targets, and checks of problems.

    The one place where they are wired in; what is None here is not judged, and nobody is charged with it.
    """
    units = [(grid.code, int(grid.id)) for grid in directory.grids if grid.level == 2]
    failed: dict[str, dict[date, bool]] = {}
    years: dict[str, dict[int, bool]] = {}
    for year in (month.year - 1, month.year):
        for one in await months.year(session, year, units=units):
            for number, said in enumerate(one.failed_by_month, 1):
                if said is not None:
                    failed.setdefault(one.unit, {})[date(year, number, 1)] = said
            if one.failed is not None:
                years.setdefault(one.unit, {})[year] = one.failed
    met = await targets.met_in_year(session, month.year, today=now.astimezone(BEIJING).date())
    return Beside(
        failed=failed,
        failed_years=years,
        targets_met={unit: {month.year: kept} for unit, kept in met.items()} or None,
        uncorrected=[
            Uncorrected(one.unit, month, one.problem, one.number)
            for one in await looking.uncorrected(session, *span_of(month))
        ],
    )


async def evaluate(
    pipeline: Pipeline,
    session: AsyncSession,
    month: date,
    *,
    caller: Caller | None,
    clock: Clock,
    settling: timedelta = timedelta(0),
) -> Sequence[Proposed | Overtaken]:
    """Judges a month, by a person or by the engine."""
    now = clock.now()
    told = await proposals.evaluate(
        session,
        month,
        now=now,
        beside=await beside(session, month, pipeline.directory, now),
        settling=settling,
    )
    actor, name = (None, None) if caller is None else (PersonId(caller.id), caller.name)
    grid, code = prefecture(pipeline)
    facts = []
    for one in told:
        said: dict[str, Any] = {
            "proposal": one.id, "unit": one.unit, "ladder": one.ladder.value, "month": f"{one.month:%Y-%m}",
        }  # fmt: skip
        if isinstance(one, Proposed):
            said |= {"kind": one.kind.value, "replaced": one.replaced}
        kind = EventKind.LADDER_PROPOSED if isinstance(one, Proposed) else EventKind.LADDER_OVERTAKEN
        facts.append(Told(kind, grid, code, now, actor, name, said))
    await pipeline.told(session, facts, now=now)
    return told


async def sign(
    pipeline: Pipeline,
    session: AsyncSession,
    proposal: int,
    *,
    seen: str,
    note: str | None,
    caller: Caller,
    clock: Clock,
) -> Signed:
    """An act of the register out of a proposal; the unit hears of it."""
    now = clock.now()
    signed = await proposals.sign(session, proposal, seen=seen, note=note, by=caller.id, now=now)
    await tell_signed(pipeline, session, signed, caller, now)
    return signed


async def decline(
    pipeline: Pipeline, session: AsyncSession, proposal: int, *, why: str, caller: Caller, clock: Clock
) -> None:
    """Ends a proposal without an act."""
    now = clock.now()
    done = await proposals.decline(session, proposal, why=why, by=caller.id, now=now)
    unit = pipeline.directory.grid(done.grid_id)
    said = {
        "proposal": done.id, "unit": None if unit is None else unit.code, "ladder": done.ladder.value,
        "month": f"{done.month:%Y-%m}", "why": done.why,
    }  # fmt: skip
    told = Told(EventKind.LADDER_DECLINED, *prefecture(pipeline), now, PersonId(caller.id), caller.name, said)
    await pipeline.told(session, [told], now=now)
