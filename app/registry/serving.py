"""What a duty says beside its role, changed by a person: which chief, full time, the grids covered."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.registry import staff
from app.registry.editor import Author
from app.registry.said import SaidTerms, listed
from models.errors import NotFound


async def change_terms(
    session: AsyncSession,
    person_id: int,
    duty_id: int,
    *,
    terms: SaidTerms,
    seen: str | None,
    by: Author,
    now: datetime,
) -> None:
    """Which chief, full time, the grids covered: another one ends the duty and begins it anew; what is not said stays.

    Raises NotFound for a duty that is over.
    """
    person = await staff.hold(session, person_id, seen=seen, now=now)
    duty = next((one for one in person.duties if one.id == duty_id), None)
    if duty is None:
        raise NotFound("no such duty is in force or to come")
    entries = await listed(session, person.duties)
    (place,) = (n for n, one in enumerate(person.duties) if one.id == duty_id)
    said = {"post": terms.post, "full_time": terms.full_time, "covers": terms.covers}
    said = {name: value for name, value in said.items() if value is not None}
    about = {"duty": "terms", "role": duty.role, "grid": entries[place]["grid"], "to": said}
    entries[place] |= said
    await staff.enter_duties(session, person, entries, by=by, now=now, about=about)
