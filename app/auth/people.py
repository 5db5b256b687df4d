"""The SQL of signing in: persons, their duties in force, their API keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.enums import Role
from models.journal import ApiKey
from models.registry import Duty, Person


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


async def by_id(session: AsyncSession, person_id: int, *, now: datetime) -> Known | None:
    return await _known(session, Person.id == person_id, now=now)


async def by_key(session: AsyncSession, digest: bytes, *, now: datetime) -> Known | None:
    """The owner of the key with this digest, unless the key is revoked or the owner disabled."""
    owner = select(ApiKey.person_id).where(ApiKey.digest == digest, ApiKey.revoked_at.is_(None))
    return await _known(session, Person.id == owner.scalar_subquery(), now=now)


async def _known(session: AsyncSession, condition: object, *, now: datetime) -> Known | None:
    in_force = and_(
        Duty.person_id == Person.id,
        Duty.valid_from <= now,
        or_(Duty.valid_to.is_(None), Duty.valid_to > now),
    )
    statement = (
        select(Person.id, Person.username, Person.name, Person.password_hash, Duty.role, Duty.grid_id)
        .outerjoin(Duty, in_force)
        .where(condition, Person.disabled_at.is_(None))  # type: ignore[arg-type] # a column condition of ours
        .order_by(Duty.id)
    )
    rows = (await session.execute(statement)).all()
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
