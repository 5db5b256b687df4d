"""The SQL of signing in: persons, their duties in force, their API keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.enums import Role
from models.journal import ApiKey
from models.registry import Person


@dataclass(frozen=True, slots=True)
class Known:
    """A person who may sign in, with the duties in force."""

    id: int
    username: str
    name: str
    password_hash: str | None
    duties: tuple[tuple[Role, int], ...]


async def by_username(session: AsyncSession, username: str) -> Person | None:
    """The person of this user name, unless disabled."""
    statement = select(Person).where(Person.username == username, Person.disabled_at.is_(None))
    return (await session.execute(statement)).scalar_one_or_none()


# Asked at every request: plain SQL, since building an expression each time costs more than the look-up.
_KNOWN = """
SELECT p.id, p.username, p.name, p.password_hash, d.role, d.grid_id
  FROM person p
  LEFT JOIN duty d ON d.person_id = p.id AND d.valid_from <= $2 AND (d.valid_to IS NULL OR d.valid_to > $2)
 WHERE p.disabled_at IS NULL AND
"""
_BY_ID = f"{_KNOWN} p.id = $1 ORDER BY d.id"
_BY_SESSION = (
    f"{_KNOWN} p.id = $1 AND NOT EXISTS (SELECT FROM ended_session WHERE session = $3) ORDER BY d.id"
)
_BY_KEY = (
    f"{_KNOWN} p.id = (SELECT person_id FROM api_key WHERE digest = $1 AND revoked_at IS NULL) ORDER BY d.id"
)


async def by_id(session: AsyncSession, person_id: int, *, now: datetime) -> Known | None:
    return _known(await fetch(session, _BY_ID, person_id, now))


async def by_session(session: AsyncSession, person_id: int, signed_in: str, *, now: datetime) -> Known | None:
    """The person, unless disabled or signed out of this session."""
    return _known(await fetch(session, _BY_SESSION, person_id, now, signed_in))


async def end_session(session: AsyncSession, signed_in: str, *, person_id: int, now: datetime) -> None:
    """From now on no token of this session is taken, whoever has a copy of one."""
    await fetch(
        session,
        "INSERT INTO ended_session (session, person_id, ended_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        signed_in,
        person_id,
        now,
    )


async def by_key(session: AsyncSession, digest: bytes, *, now: datetime) -> Known | None:
    """The owner of the key with this digest, unless the key is revoked or the owner disabled."""
    return _known(await fetch(session, _BY_KEY, digest, now))


def _known(rows: Sequence[Any]) -> Known | None:
    if not rows:
        return None
    duties = tuple((Role(row.role), row.grid_id) for row in rows if row.role is not None)
    first = rows[0]
    return Known(first.id, first.username, first.name, first.password_hash, duties)


async def keys_of(session: AsyncSession, person_id: int) -> Sequence[ApiKey]:
    """The person's keys that still work, newest first."""
    statement = (
        select(ApiKey)
        .where(ApiKey.person_id == person_id, ApiKey.revoked_at.is_(None))
        .order_by(ApiKey.id.desc())
    )
    return (await session.execute(statement)).scalars().all()


async def lock_person(session: AsyncSession, person_id: int) -> None:
    """Makes whoever else changes this person's keys wait until this transaction ends."""
    await session.execute(select(Person.id).where(Person.id == person_id).with_for_update())


async def next_key_id(session: AsyncSession) -> int:
    """An id for a new key, known before the row, since the key's text is derived from it."""
    statement = select(func.nextval(func.pg_get_serial_sequence("api_key", "id")))
    return int((await session.execute(statement)).scalar_one())


async def revoke_key(session: AsyncSession, person_id: int, key_id: int, *, now: datetime) -> bool:
    """Ends one of the person's own keys; False when there is no such working key."""
    statement = (
        update(ApiKey)
        .where(ApiKey.id == key_id, ApiKey.person_id == person_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(ApiKey.id)
    )
    return (await session.execute(statement)).scalar_one_or_none() is not None


async def signed_in(session: AsyncSession, person_id: int, *, now: datetime) -> None:
    """Keeps when the person last signed in; while somebody changes the person it is left out, not waited for."""
    free = select(Person.id).where(Person.id == person_id).with_for_update(skip_locked=True).scalar_subquery()
    await session.execute(update(Person).where(Person.id == free).values(last_signed_in_at=now))
