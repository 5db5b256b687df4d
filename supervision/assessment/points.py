"""Points claimed, objected to, upheld and withdrawn; what is claimed never changes, and no record counts twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.assessment import AssessmentPoint
from models.enums import PointItem, PointRecord, PointState
from models.errors import AlreadyPending, Invalid, NotFound
from models.said import Said
from supervision import versions
from supervision.assessment import assessment_repository as repository
from supervision.assessment.claims import (
    LONGEST_TEXT,
    Life,
    Proposed,
    article_of,
    check,
    may_object,
    may_uphold,
    may_withdraw,
)
from supervision.assessment.gathering import Gatherer, begun, span_of
from supervision.readings import Readings


@dataclass(frozen=True, slots=True)
class PointMoved:
    """What became of a point, for journal and feed."""

    id: int
    grid_id: int
    month: date
    item: PointItem
    state: PointState
    record: str
    by: int | None
    why: str


async def propose(
    session: AsyncSession, month: date, claim: Proposed, *, grid_id: int, by: int | None, now: datetime
) -> PointMoved:
    """A point of a unit's month that has begun.

    Raises Invalid for what cannot be claimed and for records that there are none of in this unit, AlreadyPending where
    the record counts in this month and item already.
    """
    check(claim)
    begun(month, now)
    problem = await _problem(session, claim, grid_id)
    record = claim.record
    if record.kind in (PointRecord.ORDER, PointRecord.UP_REPORT) and not await repository.stands_below(
        session, record.kind, record.ref.strip(), grid_id
    ):
        raise Invalid(Said("this unit has no such record"), field="ref")
    row = AssessmentPoint(
        grid_id=grid_id,
        month=month,
        item=claim.item.value,
        ground=None if claim.ground is None else claim.ground.value,
        article=article_of(claim.item, claim.ground),
        count=claim.count,
        text=claim.text.strip(),
        record_kind=record.kind.value,
        record_ref=record.ref.strip(),
        problem_id=problem,
        evidence=(claim.evidence or "").strip() or None,
        state=PointState.PROPOSED.value,
        proposed_by=by,
        proposed_at=now,
        object_until=now + timedelta(days=(await readings_of(session, month))[1].objection_days),
    )
    if await repository.same(session, row):
        raise AlreadyPending(Said("this record counts in this month and item already"))
    charged = None
    if claim.item is PointItem.UNDISCOVERED and problem is not None:
        charged = await repository.undiscovered(session, problem, ever=by is None)
    if charged is not None:
        raise AlreadyPending(
            Said("this problem is charged as undiscovered in %(month)s already", month=f"{charged:%Y-%m}")
        )
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError as error:  # somebody else was faster
        raise AlreadyPending(Said("this record counts in this month and item already")) from error
    return _moved(row, by, row.text)


async def gather(
    session: AsyncSession,
    month: date,
    gatherers: Sequence[Gatherer],
    *,
    units: Mapping[str, int],
    now: datetime,
) -> list[PointMoved]:
    """Points for everything the gatherers know of the month that nobody has claimed yet.

    What a person withdrew is not claimed again, and what lies in no unit is left out. `units`: ids by code.
    """
    known = await repository.claimed(session, month)
    made = []
    for gatherer in gatherers:
        for claim in await gatherer(session, month):
            grid_id = units.get(claim.grid)
            ground = None if claim.ground is None else claim.ground.value
            if grid_id is None:
                continue
            key = (grid_id, claim.item.value, ground, claim.record.kind.value, claim.record.ref)
            if key in known:
                continue
            known.add(key)
            try:
                made.append(await propose(session, month, claim, grid_id=grid_id, by=None, now=now))
            except AlreadyPending:
                continue
    return made


async def object_to(session: AsyncSession, point_id: int, *, why: str, by: int, now: datetime) -> PointMoved:
    """A unit's objection. Raises NotFound, ForbiddenTransition, PastDue, Invalid without a reason."""
    row = await _held(session, point_id)
    reason = reason_of(why)
    may_object(life_of(row), now=now)
    row.objected_by, row.objected_at, row.objected_why = by, now, reason
    row.state = PointState.OBJECTED.value
    await session.flush()
    return _moved(row, by, reason)


async def uphold(session: AsyncSession, point_id: int, *, why: str, by: int, now: datetime) -> PointMoved:
    """The objection is not followed; of a bonus: it is approved.

    Raises NotFound, ForbiddenTransition, SecondPersonNeeded, Invalid without a reason.
    """
    row = await _held(session, point_id)
    reason = reason_of(why)
    may_uphold(life_of(row), by=by)
    row.upheld_by, row.upheld_at, row.upheld_why = by, now, reason
    row.state = PointState.UPHELD.value
    await session.flush()
    return _moved(row, by, reason)


async def withdraw(session: AsyncSession, point_id: int, *, why: str, by: int, now: datetime) -> PointMoved:
    """The point counts no more; of a bonus: it is not approved. Raises as `uphold` does."""
    row = await _held(session, point_id)
    reason = reason_of(why)
    may_withdraw(life_of(row), by=by)
    row.withdrawn_by, row.withdrawn_at, row.withdrawn_why = by, now, reason
    row.state = PointState.WITHDRAWN.value
    await session.flush()
    return _moved(row, by, reason)


async def readings_of(session: AsyncSession, month: date) -> tuple[int, Readings]:
    """Version and readings in force on the last day of a month."""
    last = (span_of(month)[1].astimezone(BEIJING) - timedelta(days=1)).date()
    return await versions.readings_on(session, last)


def life_of(row: AssessmentPoint) -> Life:
    """What the rules look at."""
    return Life(
        PointItem(row.item), PointState(row.state), row.proposed_by, row.object_until, row.objected_by
    )


def reason_of(why: str) -> str:
    """A reason as it is kept; raises Invalid for none and for one that is too long."""
    reason = why.strip()
    if not 0 < len(reason) <= LONGEST_TEXT:
        raise Invalid(
            Said("wants a reason of at most %(most)s characters", most=LONGEST_TEXT), field="reason"
        )
    return reason


async def _held(session: AsyncSession, point_id: int) -> AssessmentPoint:
    row = await repository.point(session, point_id, hold=True)
    if row is None:
        raise NotFound(f"no point {point_id}")
    return row


async def _problem(session: AsyncSession, claim: Proposed, grid_id: int) -> int | None:
    """The problem that a claim is about: of this unit, and the one that others were merged into."""
    record = claim.record
    number = record.ref.strip() if record.kind is PointRecord.PROBLEM else claim.problem
    if number is None:
        return None
    field = "ref" if record.kind is PointRecord.PROBLEM else "problem"
    if record.kind is PointRecord.PROBLEM and claim.problem not in (None, number):
        raise Invalid(Said("the record is another problem"), field="problem")
    found = await repository.problem_id(session, number)
    root = None if found is None else (await repository.roots(session, [found])).get(found)
    if root is None or root[2] != grid_id:
        raise Invalid(Said("this unit has no problem of this number"), field=field)
    return root[0]


def _moved(row: AssessmentPoint, by: int | None, why: str) -> PointMoved:
    return PointMoved(
        row.id,
        row.grid_id,
        row.month,
        PointItem(row.item),
        PointState(row.state),
        f"{row.record_kind}:{row.record_ref}",
        by,
        why,
    )
