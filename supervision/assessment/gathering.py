"""Claims out of what the service knows; what other duties know is handed in as a further gatherer."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.enums import CandidateKind, PointItem, PointRecord
from models.errors import Invalid
from models.said import Said
from supervision.assessment import assessment_repository as repository
from supervision.assessment.claims import Proposed, Record

Gatherer = Callable[[AsyncSession, date], Awaitable[Sequence[Proposed]]]
"""What is known of a month (its first day) that points may rest on. The same fact has the same record each time."""

_SHAM = {CandidateKind.INCOMPLETE.value: "整改不彻底", CandidateKind.SHAM.value: "虚假整改"}


@dataclass(frozen=True, slots=True)
class Gap:
    """Something of the unit's grids that the registry lacks; `code` names it the same each time."""

    item: PointItem
    grid: str
    code: str
    text: str


def of_gaps(gaps: Iterable[Gap]) -> list[Proposed]:
    """Items 1 to 3 out of the gaps of the registry (annex 2 art. 5(一), art. 6(一)). ValueError for another item."""
    found = []
    for gap in gaps:
        if gap.item not in (PointItem.ORGANISATION, PointItem.SUB_CHIEFS, PointItem.PUBLICITY):
            raise ValueError("a gap of the registry concerns items 1 to 3")
        found.append(Proposed(gap.item, gap.grid, Record(PointRecord.REGISTRY, gap.code), gap.text))
    return found


async def missed(session: AsyncSession, month: date) -> Sequence[Proposed]:
    """Problems first found in the month that the unit should have found or reported (item 4)."""
    return [
        Proposed(
            PointItem.UNDISCOVERED,
            grid,
            Record(PointRecord.PROBLEM, number),
            f"应发现未发现：{title}",
            number,
        )
        for grid, number, title in await repository.missed_problems(session, *span_of(month))
    ]


async def not_handed_on(session: AsyncSession, month: date) -> Sequence[Proposed]:
    """Reports from below whose deadline at the unit passed in the month (item 5)."""
    return [
        Proposed(
            PointItem.NOT_HANDED_ON,
            grid,
            Record(PointRecord.UP_REPORT, number),
            f"上报 {number} 未在 {due.astimezone(BEIJING):%Y-%m-%d %H:%M} 前交办查处",
        )
        for grid, number, due in await repository.late_reports(session, *span_of(month))
    ]


async def not_corrected(session: AsyncSession, month: date) -> Sequence[Proposed]:
    """Orders that the prefecture found in the month to be put right badly, or falsely (item 6)."""
    return [
        Proposed(
            PointItem.NOT_CORRECTED,
            grid,
            Record(PointRecord.ORDER, number),
            f"工单 {number} {_SHAM.get(kind, kind)}：{reason}"[:2000],
        )
        for grid, number, kind, reason in await repository.sham_orders(session, *span_of(month))
    ]


OWN: tuple[Gatherer, ...] = (missed, not_handed_on, not_corrected)


def span_of(month: date) -> tuple[datetime, datetime]:
    """The month in Beijing, its end not included."""
    begin = datetime.combine(month, time(), BEIJING)
    return begin, datetime.combine((month + timedelta(days=31)).replace(day=1), time(), BEIJING)


def begun(month: date, now: datetime) -> None:
    """Raises Invalid for a month to come in Beijing: nobody's score stands in it."""
    if span_of(month)[0] > now:
        raise Invalid(Said("the month has not begun"), field="month")
