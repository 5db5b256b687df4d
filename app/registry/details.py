"""What a person is called and under which number they are reached, changed by a person."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.registry import staff
from app.registry.editor import Author, enter
from app.registry.load import tell


async def describe(
    session: AsyncSession,
    person_id: int,
    *,
    name: str,
    phone: str | None,
    seen: str | None,
    by: Author,
    now: datetime,
) -> bool:
    """Another name or telephone number (None: none any more); False where nothing is different.

    The journal tells the name before and after, and of the number only that it is another one.
    """
    person = await staff.hold(session, person_id, seen=seen, now=now)
    row, before = person.row, (person.row.name, person.row.phone)
    if (name, phone) == before:
        return False
    about: dict[str, Any] = {"person": row.username, "from": {}, "to": {}, "renewed": []}
    if name != before[0]:
        about |= {"from": {"name": before[0]}, "to": {"name": name}}
    if phone != before[1]:
        about["renewed"] = ["phone"]
    if phone is None:
        # A file that says no number leaves the one there is.
        row.phone = None
        await session.flush()
    if name == before[0] and phone is None:
        await tell(session, now=now, author=by.name, actor_id=by.id, said=by.said(edited=about))
        return True
    entry = {"username": row.username, "name": name} | ({"phone": phone} if phone else {})
    await enter(session, {"people": [entry]}, by=by, now=now, about=about)
    return True
