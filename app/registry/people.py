"""Single people from the command line: one more person, another password."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.registry import staff
from app.registry.editor import Author
from models.errors import NotFound
from models.registry import Person

COMMAND_LINE = Author(None, "command line")


async def add_person(
    session: AsyncSession,
    *,
    username: str,
    name: str,
    phone: str | None,
    password: str,
    grid: str,
    role: str,
    now: datetime,
) -> int:
    """A new person with one duty from `now`; gives the id. Raises Invalid for what cannot be."""
    return await staff.add(
        session, username=username, name=name, phone=phone, password=password, grid=grid, role=role,
        by=COMMAND_LINE, now=now,
    )  # fmt: skip


async def set_password(session: AsyncSession, username: str, password: str, *, now: datetime) -> None:
    """Gives the person this password in place of any other; raises NotFound for a stranger."""
    person_id = await session.scalar(select(Person.id).where(Person.username == username))
    if person_id is None:
        raise NotFound(f"there is no person {username}")
    await staff.give_password(session, person_id, password, seen=None, by=COMMAND_LINE, now=now)
