"""All SQL of ladders: what they rest on, and the proposals that stand."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.act import LadderProposal, SupervisoryAct
from models.bulk import fetch
from models.enums import ActState, CaseState, MonthState, ProblemState
from models.registry import Grid
from supervision.ladders.known import Falsified, Missed, Place, Ranked

_LOCK = 0x6765_7368_6C61  # any number; months are judged one at a time
# A problem that was found twice is one: the merged ones do not count, nor those that were none.
_MISSED = """
SELECT g.code, date_trunc('month', p.found_at AT TIME ZONE 'Asia/Shanghai')::date, array_agg(p.number ORDER BY p.number)
  FROM problem p JOIN grid g ON g.id = p.grid_id
 WHERE p.missed AND p.state <> ALL ($1::text[]) AND p.found_at >= $2 AND p.found_at < $3 AND g.level = 2
 GROUP BY 1, 2
"""
_RANKED = """
SELECT m.month, m.version, m.inputs_digest, u->>'code', u->>'improvement', (u->>'place')::int, (u->>'last')::boolean
  FROM air_month m CROSS JOIN LATERAL jsonb_array_elements(m.result->'units') AS u
 WHERE m.state = $1 AND m.month BETWEEN $2 AND $3
"""
_FALSIFIED = """
WITH RECURSIVE below AS (
    SELECT id, code AS unit FROM grid WHERE level = 2
    UNION ALL
    SELECT g.id, b.unit FROM grid g JOIN below b ON g.parent_id = b.id
)
SELECT b.unit, c.id, s.code, c.seconded_at, array_agg(DISTINCT d::date::text ORDER BY d::date::text)
  FROM integrity_case c
  JOIN station s ON s.id = c.station_id
  JOIN below b ON b.id = s.grid_id
  JOIN integrity_sign g ON g.case_id = c.id
 CROSS JOIN LATERAL generate_series(
       (g.began_at AT TIME ZONE 'Asia/Shanghai')::date, (g.until_at AT TIME ZONE 'Asia/Shanghai')::date, '1 day') AS d
 WHERE c.state = $1 AND c.seconded_at >= $2 AND c.seconded_at < $3
 GROUP BY b.unit, c.id, s.code, c.seconded_at
"""

_BESIDE = """
SELECT p.id FROM ladder_proposal p JOIN ladder_proposal o USING (grid_id, ladder, month, subject)
 WHERE o.id = $1 AND p.id <> o.id
"""


async def lock(session: AsyncSession) -> None:
    """Whoever judges a month or decides a proposal holds this until the transaction ends."""
    await fetch(session, "SELECT pg_advisory_xact_lock($1)", _LOCK)


async def units(session: AsyncSession) -> dict[str, int]:
    """The ids of the level-2 grids by code, in the order of their codes."""
    rows = await session.execute(select(Grid.code, Grid.id).where(Grid.level == 2).order_by(Grid.code))
    return {row.code: row.id for row in rows}


def begins(month: date) -> datetime:
    """Midnight of Beijing at which a month begins."""
    return datetime(month.year, month.month, month.day, tzinfo=BEIJING)


def after(month: date) -> date:
    """The first day of the month after."""
    return (month + timedelta(days=31)).replace(day=1)


async def missed(session: AsyncSession, first: date, last: date) -> dict[date, Missed]:
    """The missed problems found in each of these months, by unit; a month without any is not in it."""
    uncounted = [ProblemState.MERGED.value, ProblemState.VOID.value]
    numbers: dict[date, dict[str, list[str]]] = {}
    for unit, month, found in await fetch(session, _MISSED, uncounted, begins(first), begins(after(last))):
        numbers.setdefault(month, {})[unit] = list(found)
    return {month: Missed(by_unit) for month, by_unit in numbers.items()}


async def ranked(session: AsyncSession, first: date, last: date) -> dict[date, Ranked]:
    """The standings of the months in force."""
    heads: dict[date, tuple[int, str]] = {}
    places: dict[date, dict[str, Place]] = {}
    for month, version, digest, unit, improvement, place, was_last in await fetch(
        session, _RANKED, MonthState.SIGNED.value, first, last
    ):
        heads[month] = version, bytes(digest).hex()
        places.setdefault(month, {})[unit] = Place(improvement, place, bool(was_last))
    return {month: Ranked(*heads[month], places[month]) for month in heads}


async def falsified(session: AsyncSession, month: date) -> list[Falsified]:
    """The cases that a second person confirmed in this month."""
    rows = await fetch(session, _FALSIFIED, CaseState.CONFIRMED.value, begins(month), begins(after(month)))
    return [
        Falsified(unit, month, case, station, tuple(days), seconded_at.astimezone(BEIJING).date().isoformat())
        for unit, case, station, seconded_at, days in sorted(rows, key=lambda row: row[1])
    ]


async def standing(session: AsyncSession, month: date) -> Sequence[LadderProposal]:
    """The proposals of a month that nothing has overtaken."""
    statement = select(LadderProposal).where(
        LadderProposal.month == month, LadderProposal.overtaken_at.is_(None)
    )
    return (await session.scalars(statement.order_by(LadderProposal.id))).all()


async def months_with_proposals(session: AsyncSession, since: date) -> list[date]:
    """Months with a proposal that stands."""
    statement = (
        select(LadderProposal.month)
        .where(LadderProposal.overtaken_at.is_(None), LadderProposal.month >= since)
        .distinct()
    )
    return sorted((await session.scalars(statement)).all())


async def proposal_of(session: AsyncSession, proposal: int) -> LadderProposal | None:
    """The row, locked."""
    return await session.get(LadderProposal, proposal, with_for_update=True, populate_existing=True)


async def signed(session: AsyncSession, month: date) -> Sequence[LadderProposal]:
    """The proposals of a month whose act was not withdrawn, overtaken by now or not."""
    statement = (
        select(LadderProposal)
        .join(SupervisoryAct, SupervisoryAct.proposal_id == LadderProposal.id)
        .where(LadderProposal.month == month, SupervisoryAct.state != ActState.WITHDRAWN.value)
    )
    return (await session.scalars(statement)).all()


async def beside(session: AsyncSession, proposal: int) -> Sequence[int]:
    """The ids of all others on the same unit, ladder, month and subject."""
    rows = await fetch(session, _BESIDE, proposal)
    return [row[0] for row in rows]
