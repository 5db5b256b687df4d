"""Single people by hand: one more person, another password."""

import asyncio
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.passwords import hash_password
from app.registry.fields import not_a_username
from app.registry.file import MIN_SECRET
from models.enums import Role
from models.errors import Invalid, NotFound
from models.registry import Duty, Grid, Person


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
    wrong = not_a_username(username)
    if wrong:
        raise Invalid(f"username {wrong}")
    if not name.strip() or len(name) > 100 or len(username) > 64 or len(phone or "") > 40:
        raise Invalid("a username has at most 64 characters, a name 1 to 100, a phone at most 40")
    roles = [known.value for known in Role]
    if role not in roles:
        raise Invalid(f"there is no role {role}; known are {', '.join(roles)}")
    grid_id = await session.scalar(select(Grid.id).where(Grid.code == grid))
    if grid_id is None:
        raise Invalid(f"there is no grid {grid}")
    hashed = await _hashed(password)
    person_id: int | None = await session.scalar(
        insert(Person)
        .values(username=username, name=name.strip(), phone=phone or None, password_hash=hashed)
        .on_conflict_do_nothing(index_elements=[Person.username])
        .returning(Person.id)
    )
    if person_id is None:
        raise Invalid(f"there is a person {username} already")
    session.add(Duty(person_id=person_id, grid_id=grid_id, role=role, valid_from=now))
    await session.flush()
    return person_id


async def set_password(session: AsyncSession, username: str, password: str) -> None:
    """Gives the person this password in place of any other; raises NotFound for a stranger."""
    hashed = await _hashed(password)
    changed = await session.scalar(
        update(Person).where(Person.username == username).values(password_hash=hashed).returning(Person.id)
    )
    if changed is None:
        raise NotFound(f"there is no person {username}")


async def _hashed(password: str) -> str:
    if len(password) < MIN_SECRET:
        raise Invalid(f"a password has at least {MIN_SECRET} characters")
    return await asyncio.to_thread(hash_password, password)
