"""Months seen while they run, frozen with their inputs, signed by another hand, replaced and never edited."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from airquality.months import month_written
from models.assessment import AssessmentMonth, AssessmentPoint
from models.enums import MonthState
from models.errors import Invalid, NotFound, SecondPersonNeeded, Unfinished, VersionConflict
from models.said import Said
from supervision.air.close import canonical, digest_of
from supervision.assessment import assessment_repository as repository
from supervision.assessment.claims import waits
from supervision.assessment.gathering import span_of
from supervision.assessment.items import Grade
from supervision.assessment.points import life_of, readings_of, reason_of
from supervision.assessment.sheet import sheet
from supervision.assessment.year import MonthScore, YearStanding, year_of

FIRST_YEAR, LAST_YEAR = 2023, 2200


@dataclass(frozen=True, slots=True)
class MonthFrozen:
    """A month that waits for its signature."""

    month: date
    version: int
    digest: bytes
    by: int


@dataclass(frozen=True, slots=True)
class MonthSigned:
    """A month in force, what it says of each unit, and which version it replaced."""

    month: date
    version: int
    digest: bytes
    by: int
    replaced: int | None
    result: Mapping[str, Any]


def month_named(text: str) -> date:
    """The first day of a month written like 2026-03; raises Invalid for none."""
    try:
        month: date | None = month_written(text)
    except ValueError:
        month = None
    if month is None or not FIRST_YEAR <= month.year <= LAST_YEAR:
        raise Invalid(Said("a month is written like 2026-03"), field="month")
    return month


def over(month: date, now: datetime) -> bool:
    """Whether the month has ended in Beijing."""
    return span_of(month)[1] <= now


async def inputs_of(
    session: AsyncSession, month: date, *, units: Sequence[tuple[str, int]]
) -> dict[str, Any]:
    """Everything the sheets of a month follow from, as it stands; `units` are codes and ids."""
    version, readings = await readings_of(session, month)
    rows = await repository.points(session, month, [id_ for _, id_ in units])
    numbers = {
        id_: number
        for id_, (_, number, _) in (
            await repository.roots(session, [row.problem_id for row in rows if row.problem_id is not None])
        ).items()
    }
    of: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        of.setdefault(row.grid_id, []).append(_frozen(row, numbers))
    return {
        "month": f"{month:%Y-%m}",
        "readings": {"version": version, "body": readings.document()},
        "units": [{"code": code, "points": of.get(id_, [])} for code, id_ in sorted(units)],
    }


async def freeze(
    session: AsyncSession,
    month: date,
    *,
    units: Sequence[tuple[str, int]],
    by: int,
    now: datetime,
    why: str | None = None,
) -> MonthFrozen:
    """Freezes a month that is over, for its signature; what waited for one gives way.

    Raises Invalid for a month that is not over, without a reason where one is signed already, and where nothing differs
    from what is in force; Unfinished naming the points that wait for a decision or may still be objected to.
    """
    await repository.lock(session)
    if not over(month, now):
        raise Invalid(Said("the month is not over"), field="month")
    signed = await repository.month_of(session, month, MonthState.SIGNED)
    reason = reason_of(why) if why and why.strip() else None
    if signed is not None and reason is None:
        raise Invalid(Said("a signed month is frozen anew for a reason"), field="reason")
    rows = await repository.points(session, month, [id_ for _, id_ in units])
    waiting = [row.id for row in rows if waits(life_of(row), now=now)]
    if waiting:
        raise Unfinished(Said("points wait for a decision, or may still be objected to"), points=waiting)
    inputs = await inputs_of(session, month, units=units)
    digest = digest_of(inputs)
    if signed is not None and signed.inputs_digest == digest:
        raise Invalid(Said("nothing differs from what is in force"), field="month")
    old = await repository.month_of(session, month, MonthState.DRAFT)
    if old is not None:
        await session.delete(old)
        await session.flush()
    row = AssessmentMonth(
        month=month,
        version=await repository.next_version(session, month),
        state=MonthState.DRAFT.value,
        readings_version=inputs["readings"]["version"],
        inputs=zlib.compress(canonical(inputs), 6),
        inputs_digest=digest,
        result=sheet(inputs),
        why=reason,
        frozen_by=by,
        frozen_at=now,
    )
    session.add(row)
    await session.flush()
    return MonthFrozen(month, row.version, digest, by)


async def sign(session: AsyncSession, month: date, *, digest: bytes, by: int, now: datetime) -> MonthSigned:
    """Puts the frozen month in force; `digest` is of the inputs the signer was shown.

    Raises NotFound where none waits, VersionConflict where it is another one by now, SecondPersonNeeded for whoever
    froze it, Invalid where its result does not follow from its inputs.
    """
    await repository.lock(session)
    draft = await repository.month_of(session, month, MonthState.DRAFT)
    if draft is None:
        raise NotFound(Said("no frozen month waits for a signature"))
    if draft.inputs_digest != digest:
        raise VersionConflict(Said("it was frozen anew meanwhile"))
    if draft.frozen_by == by:
        raise SecondPersonNeeded(Said("whoever froze a month does not sign it"))
    inputs = inputs_in(draft)
    if digest_of(inputs) != draft.inputs_digest or sheet(inputs) != draft.result:
        raise Invalid(Said("the result does not follow from its inputs"), field="month")
    before = await repository.month_of(session, month, MonthState.SIGNED)
    replaced = None if before is None else before.version
    await repository.supersede(session, month)
    draft.state, draft.signed_by, draft.signed_at = MonthState.SIGNED.value, by, now
    await session.flush()
    return MonthSigned(month, draft.version, digest, by, replaced, draft.result)


async def in_force(session: AsyncSession, month: date) -> AssessmentMonth | None:
    """The signed month."""
    return await repository.month_of(session, month, MonthState.SIGNED)


async def waiting(session: AsyncSession, month: date) -> AssessmentMonth | None:
    """The frozen month that waits for its signature."""
    return await repository.month_of(session, month, MonthState.DRAFT)


async def version(session: AsyncSession, month: date, number: int) -> AssessmentMonth:
    """One version of a month; raises NotFound."""
    row = await repository.version_of(session, month, number)
    if row is None:
        raise NotFound(f"the month has no version {number}")
    return row


async def year(
    session: AsyncSession, number: int, *, units: Sequence[tuple[str, int]]
) -> tuple[YearStanding, ...]:
    """The standing of each unit after the signed months of a year, by code."""
    first, last = date(number, 1, 1), date(number, 12, 1)
    results = await repository.signed_results(session, first, last)
    _, readings = await readings_of(session, last)
    months: dict[str, dict[int, MonthScore]] = {}
    for month, result in results.items():
        for unit in result["units"]:
            one = MonthScore(Decimal(unit["total"]), Grade(unit["grade"]))
            months.setdefault(unit["code"], {})[month.month] = one
    return tuple(year_of(code, months.get(code, {}), readings) for code, _ in sorted(units))


def inputs_in(row: AssessmentMonth) -> dict[str, Any]:
    """The frozen inputs of a month."""
    found: dict[str, Any] = msgspec.json.decode(zlib.decompress(row.inputs))
    return found


def _frozen(row: AssessmentPoint, numbers: Mapping[int, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "item": row.item,
        "ground": row.ground,
        "article": row.article,
        "count": row.count,
        "text": row.text,
        "record": {"kind": row.record_kind, "ref": row.record_ref},
        "problem": None if row.problem_id is None else numbers[row.problem_id],
        "evidence": row.evidence,
        "state": row.state,
    }
