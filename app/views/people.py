"""People by their user names."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import Invalid
from models.ids import PersonId
from models.registry import Person


async def ids_of(session: AsyncSession, usernames: Sequence[str], field: str) -> dict[str, PersonId]:
    """By user name; raises Invalid when somebody is unknown."""
    rows = await session.execute(
        select(Person.username, Person.id).where(Person.username.in_(sorted(set(usernames))))
    )
    found = {row.username: PersonId(row.id) for row in rows}
    if unknown := [name for name in usernames if name not in found]:
        raise Invalid(f"nobody is called {unknown[0]}", field=field)
    return found
