"""Months computed, and signed by a named person; after that only a later version replaces one."""

import zlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from airquality.months import month_written
from airquality.period import BEIJING
from models.air import AirMonth
from models.enums import MonthState
from models.errors import Invalid, NotFound, SecondPersonNeeded, VersionConflict
from models.said import Said
from supervision.air import month_repository as repository
from supervision.air.close import canonical, close, digest_of
from supervision.air.inputs import inputs_of

LONGEST_WHY = 2000


@dataclass(frozen=True, slots=True)
class MonthComputed:
    """A draft of a month, for whoever is to sign it."""

    month: date
    version: int
    digest: bytes
    by: int


@dataclass(frozen=True, slots=True)
class MonthSigned:
    """A month in force, and which version it replaced."""

    month: date
    version: int
    digest: bytes
    by: int
    replaced: int | None


def first_of(text: str, *, now: datetime) -> date:
    """The first day of a month written like 2026-03; raises Invalid for none, and for one that is not over."""
    try:
        month: date | None = month_written(text)
    except ValueError:
        month = None
    if month is None or not 2014 <= month.year <= 2200:
        raise Invalid(Said("a month is written like 2026-03"), field="month")
    if month >= now.astimezone(BEIJING).date().replace(day=1):
        raise Invalid(Said("the month is not over"), field="month")
    return month


async def compute(
    session: AsyncSession, month: date, *, by: int, now: datetime, why: str | None = None
) -> MonthComputed:
    """The draft of a month from everything known now; a draft that was there gives way to it.

    Where the month is signed already, `why` it is computed anew is demanded; raises Invalid without it, where nothing
    differs from what is in force, and for a month in which no unit has an index.
    """
    await repository.lock(session)
    signed = await repository.month_of(session, month, MonthState.SIGNED)
    reason = (why or "").strip() or None
    if reason is not None and len(reason) > LONGEST_WHY:
        raise Invalid(f"a reason has at most {LONGEST_WHY} characters", field="why")
    if signed is not None and reason is None:
        raise Invalid("a signed month is computed anew for a reason", field="why")
    inputs = await inputs_of(session, month)
    digest = digest_of(inputs)
    if signed is not None and signed.inputs_digest == digest:
        raise Invalid(Said("nothing differs from what is in force"), field="month")
    result = close(inputs)
    if all(unit["ranked"]["index"] is None and unit["published"] is None for unit in result["units"]):
        raise Invalid(Said("no unit has an index in this month"), field="month")
    old = await repository.month_of(session, month, MonthState.DRAFT)
    if old is not None:
        await session.delete(old)
        await session.flush()
    row = AirMonth(
        month=month,
        version=await repository.next_version(session, month),
        state=MonthState.DRAFT.value,
        readings_version=inputs["readings"]["version"],
        inputs=zlib.compress(canonical(inputs), 6),
        inputs_digest=digest,
        result=result,
        why=reason,
        computed_by=by,
        computed_at=now,
    )
    session.add(row)
    await session.flush()
    return MonthComputed(month, row.version, digest, by)


async def sign(session: AsyncSession, month: date, *, digest: bytes, by: int, now: datetime) -> MonthSigned:
    """Puts the draft in force; `digest` is of the inputs the signer was shown.

    Raises NotFound without a draft, VersionConflict where it is another one by now, SecondPersonNeeded for whoever
    computed it: what shames units is looked at by two people.
    """
    await repository.lock(session)
    draft = await repository.month_of(session, month, MonthState.DRAFT)
    if draft is None:
        raise NotFound("no draft of this month")
    if draft.inputs_digest != digest:
        raise VersionConflict("the draft is another one by now", field="draft")
    if draft.computed_by == by:
        raise SecondPersonNeeded("whoever computed a month does not sign it", field="signer")
    if digest_of(inputs_in(draft)) != draft.inputs_digest or close(inputs_in(draft)) != draft.result:
        raise Invalid(Said("the draft does not follow from its inputs"), field="month")
    replaced = await repository.month_of(session, month, MonthState.SIGNED)
    await repository.supersede(session, month)
    draft.state, draft.signed_by, draft.signed_at = MonthState.SIGNED.value, by, now
    await session.flush()
    return MonthSigned(month, draft.version, digest, by, replaced.version if replaced else None)


async def outdated(session: AsyncSession, month: date, digest: bytes) -> bool:
    """Whether a month computed now would rest on other inputs than those of this digest."""
    return digest_of(await inputs_of(session, month)) != digest


def inputs_in(row: AirMonth) -> dict[str, Any]:
    """The frozen inputs of a month."""
    found: dict[str, Any] = msgspec.json.decode(zlib.decompress(row.inputs))
    return found
