"""What the duties beside the assessment know that points may rest on, each as a gatherer."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.months import last_of
from app.console.duty_names import gap_in_words
from app.console.texts import texts
from models.clock import BEIJING
from models.enums import DirectFail, PointItem, PointRecord
from supervision import versions
from supervision.assessment.claims import LONGEST_TEXT, Proposed, Record
from supervision.assessment.gathering import Gap, Gatherer, of_gaps, span_of
from supervision.duties import duties
from supervision.duties.gaps import SHOWN, Standing
from supervision.problems import looking
from supervision.public_reports import reports

_ITEMS = {1: PointItem.ORGANISATION, 2: PointItem.SUB_CHIEFS, 3: PointItem.PUBLICITY}


async def badly_corrected(session: AsyncSession, month: date) -> Sequence[Proposed]:
    """Problems whose correction was found in the month not to be one (item 6)."""
    return [
        Proposed(
            PointItem.NOT_CORRECTED, one.unit, Record(PointRecord.PROBLEM, one.problem),
            f"问题 {one.problem} 整改不彻底：{one.title}；{one.finding}"[:LONGEST_TEXT], one.problem,
        )
        for one in await looking.badly_corrected(session, *span_of(month))
    ]  # fmt: skip


def registry(now: datetime) -> Gatherer:
    """What the registry lacks as it stands now (items 1 to 3), of this month and of none before it.

    What is merely not on record is no gap: a point wants something that is known to be missing.
    """

    async def found(session: AsyncSession, month: date) -> Sequence[Proposed]:
        today = now.astimezone(BEIJING).date()
        if month != today.replace(day=1):
            return []
        words = texts("zh")
        lacking = []
        for county in await duties.look(session, None, now=now):
            unit = next(grid.code for grid in county.county.grids if grid.level == 2)
            names = {grid.code: grid.name for grid in county.county.grids}
            for item, standing in county.standing.items():
                certain = [gap for gap in county.gaps if gap.item == item and not gap.unclear]
                if standing is not Standing.LACKING or not certain:
                    continue
                said = "；".join(
                    f"{names.get(gap.grid, gap.grid)} {gap_in_words(words, {'code': gap.code, 'values': gap.values})}"
                    for gap in certain[:SHOWN]
                )
                if len(certain) > SHOWN:
                    said += f"；等{len(certain)}处"
                text = f"{today:%Y-%m-%d} 网格名册：{said}"[:LONGEST_TEXT]
                lacking.append(Gap(_ITEMS[item], unit, f"{unit} {month:%Y-%m}", text))
        return of_gaps(lacking)

    return found


def repeated(units: Mapping[int, str]) -> Gatherer:
    """Problems that so many people had reported by the month's end and nobody had solved (annex 2 art. 6(三)).

    `units`: codes by id. Whether it was found true 查证属实 is for the person who decides the point.
    """

    async def found(session: AsyncSession, month: date) -> Sequence[Proposed]:
        since, until = span_of(month)
        _, readings = await versions.readings_on(session, last_of(month))
        again = await reports.reported_again(session, until=until, times=readings.repeated_reports)
        claimed = []
        for one in again:
            unit = None if one.grid_id is None else units.get(one.grid_id)
            if unit is None or not since <= one.reached_at < until:
                continue
            numbers = "、".join(one.numbers)
            text = f"{one.people} 人举报 {one.problem} 未得到妥善解决，待查证属实：{numbers}"[:LONGEST_TEXT]
            record = Record(PointRecord.DOCUMENT, f"群众举报 {one.problem}")
            claimed.append(Proposed(PointItem.FAIL, unit, record, text, ground=DirectFail.REPEATED_REPORTS))
        return claimed

    return found


KNOWN: tuple[Gatherer, ...] = (badly_corrected,)
"""Beside what the assessment knows by itself; claimed by the engine as it becomes known."""


def asked_for(now: datetime, units: Mapping[int, str]) -> tuple[Gatherer, ...]:
    """What is claimed only when a person asks: it fails a block or a month at once."""
    return (registry(now), repeated(units))
