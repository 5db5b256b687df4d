"""Months judged on the ladders, and proposals decided: told on the feed to the prefecture alone until one is signed."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from app.flows.acts import prefecture, tell_signed
from app.pipeline import Pipeline
from models.clock import Clock
from models.enums import EventKind
from models.facts import Told
from models.ids import PersonId
from supervision.acts.register import Signed
from supervision.ladders import proposals
from supervision.ladders.known import NOTHING, Beside
from supervision.ladders.proposals import Overtaken, Proposed


async def beside(session: AsyncSession) -> Beside:
    """What other duties know by now: monthly assessments, yearly targets and checks of problems, once they are kept.

    The one place where they are wired in; what is None here is not judged, and nobody is charged with it.
    """
    return NOTHING


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
    told = await proposals.evaluate(session, month, now=now, beside=await beside(session), settling=settling)
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
