"""Versions of how the text is read: added with a reason, in force from a day on, never changed."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from airquality.composite import composite_rules
from models.air import SupervisionReadings
from models.errors import Invalid
from supervision.readings import Readings

LONGEST_WHY = 2000
EARLIEST = date(2013, 1, 1)
LATEST = date(2200, 1, 1)
_ON = (
    select(SupervisionReadings.version, SupervisionReadings.body)
    .order_by(SupervisionReadings.valid_from.desc(), SupervisionReadings.version.desc())
    .limit(1)
)


async def in_force(session: AsyncSession, day: date) -> tuple[int, Mapping[str, Any]]:
    """Version and body of the readings in force on a day: the newest of those that began by then.

    The first version holds for every day before it too: the year before the first one asked for is read as that one.
    """
    row = (await session.execute(_ON.where(SupervisionReadings.valid_from <= max(day, EARLIEST)))).one()
    return row.version, row.body


async def readings_on(session: AsyncSession, day: date) -> tuple[int, Readings]:
    """Version and readings in force on a day."""
    version, body = await in_force(session, day)
    return version, Readings.parse(body)


async def add(
    session: AsyncSession, *, valid_from: date, body: Mapping[str, object], why: str, by: int, now: datetime
) -> SupervisionReadings:
    """A further version; months whose last day lies at or after `valid_from` are computed by it from now on.

    What is signed keeps the version it was signed with. Raises Invalid naming the reading that is none, a day beyond
    what there is, or without a reason, and where the version says what is in force that day already.
    """
    if not EARLIEST <= valid_from < LATEST:
        raise Invalid(f"a version begins between {EARLIEST} and {LATEST}", field="valid_from")
    reason = why.strip()
    if not 0 < len(reason) <= LONGEST_WHY:
        raise Invalid(f"wants a reason of at most {LONGEST_WHY} characters", field="why")
    readings = Readings.parse(body)
    try:
        composite_rules(readings.composite_rules)
    except LookupError:
        raise Invalid("no composite index follows these rules", field="composite_rules") from None
    before = (await session.execute(_ON.where(SupervisionReadings.valid_from <= valid_from))).first()
    if before is not None and Readings.parse(before.body) == readings:
        raise Invalid("it says what holds on that day already", field="body")
    row = SupervisionReadings(
        valid_from=valid_from, body=dict(readings.document()), why=reason, entered_by=by, entered_at=now
    )
    session.add(row)
    await session.flush()
    return row
