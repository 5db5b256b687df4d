"""People of the registry, changed by a person: added, disabled, given duties and passwords; nobody is deleted.

Duties go the way of a registry file (`app.registry.editor`). Whatever happens, the prefecture keeps an administrator
who can sign in, and nobody takes their own administration from themselves.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.passwords import hash_password
from app.registry.duties import Held
from app.registry.duty_rows import held_by
from app.registry.editor import Author, enter, mark, names_of_grids, same
from app.registry.fields import not_a_username
from app.registry.file import MIN_SECRET
from app.registry.load import lock, tell
from app.registry.said import UNSAID, SaidTerms, duty_entry, duty_mark, listed
from dispatch.roster import service as roster
from models.enums import Role
from models.errors import Forbidden, Invalid, NotFound
from models.journal import ApiKey
from models.registry import Duty, Grid, Person

FOR_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Known:
    """A person as they stand, with every duty that is in force or still to come."""

    row: Person
    duties: tuple[Held, ...]

    @property
    def mark(self) -> str:
        """Changes with anything a form on the person's page may touch."""
        row = self.row
        return mark(
            row.name, row.phone, row.password_hash, row.disabled_at, [duty_mark(duty) for duty in self.duties]
        )


async def known(session: AsyncSession, person_id: int, *, now: datetime) -> Known:
    """The person; raises NotFound for a stranger."""
    row = await session.get(Person, person_id, populate_existing=True)
    if row is None:
        raise NotFound(f"no person {person_id}")
    held = await held_by(session, [person_id], after=now)
    return Known(row, tuple(held.get(person_id, ())))


async def hold(session: AsyncSession, person_id: int, *, seen: str | None, now: datetime) -> Known:
    """The person, with the registry locked; raises VersionConflict when they are no longer as `seen`."""
    await lock(session)
    person = await known(session, person_id, now=now)
    same(seen, person.mark)
    return person


async def administered_until(
    session: AsyncSession, *, now: datetime, person_id: int | None = None
) -> datetime:
    """Until when somebody who can sign in administers the prefecture, or until when this person administers anything.

    `now` where nobody does.
    """
    statement = (
        select(Duty.valid_to)
        .join(Person, Person.id == Duty.person_id)
        .join(Grid, Grid.id == Duty.grid_id)
        .where(
            Duty.role == Role.ADMINISTRATOR.value,
            Duty.valid_from <= now,
            or_(Duty.valid_to.is_(None), Duty.valid_to > now),
            Person.disabled_at.is_(None),
        )
    )
    if person_id is None:
        statement = statement.where(Grid.level == 1, Person.password_hash.isnot(None))
    else:
        statement = statement.where(Person.id == person_id)
    found = (await session.scalars(statement)).all()
    return max((until or FOR_EVER for until in found), default=now)


@dataclass(frozen=True, slots=True)
class Administered:
    """What must not become less by a change."""

    prefecture: datetime
    own: datetime


async def administered(session: AsyncSession, by: Author, *, now: datetime) -> Administered:
    return Administered(
        await administered_until(session, now=now),
        await administered_until(session, now=now, person_id=by.id),
    )


async def keep_administered(
    session: AsyncSession, before: Administered, by: Author, *, now: datetime
) -> None:
    """Raises Forbidden when the change left the prefecture without an administrator, or its author without the role."""
    after = await administered(session, by, now=now)
    if after.own < before.own:
        raise Forbidden("nobody takes their own administration from themselves", field="own_administration")
    if after.prefecture < before.prefecture:
        raise Forbidden("the prefecture would have no administrator left", field="last_administrator")


async def add(
    session: AsyncSession,
    *,
    username: str,
    name: str,
    phone: str | None,
    password: str,
    grid: str,
    role: str,
    by: Author,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    terms: SaidTerms = UNSAID,
) -> int:
    """A new person with one duty; gives the id. Raises Invalid for what a registry file could not say either."""
    await lock(session)
    _check_begin(since, until, now)
    # What is no user name at all is the loader's to say, and nothing the database could be asked for.
    taken = select(Person.id).where(Person.username == username)
    if not not_a_username(username) and await session.scalar(taken) is not None:
        raise Invalid(f"there is a person {username} already", field="username", taken=True)
    duty = duty_entry(grid, role, since or now, until, terms)
    person = {"username": username, "name": name, "password": password, "duties": [duty]}
    if phone:
        person["phone"] = phone
    about = {"person": username, "new": True, "role": role, "grid": grid}
    await enter(session, {"people": [person]}, by=by, now=now, about=about)
    return int(await session.scalar(select(Person.id).where(Person.username == username)) or 0)


async def give_password(
    session: AsyncSession, person_id: int, password: str, *, seen: str | None, by: Author, now: datetime
) -> str:
    """Another password: every session of the person ends; gives the user name."""
    person = await hold(session, person_id, seen=seen, now=now)
    if person.row.disabled_at is not None:
        raise Invalid("the person is disabled", field="disabled")
    await _set_password(session, person, password)
    await _tell(session, by, now=now, person=person.row.username, password=True)
    return person.row.username


async def disable(
    session: AsyncSession, person_id: int, *, seen: str | None, by: Author, now: datetime
) -> None:
    """The person is out at once: sessions and API keys end, no order and no notice goes to them; twice is as once."""
    await lock(session)
    before = await administered(session, by, now=now)
    person = await hold(session, person_id, seen=seen, now=now)
    if person_id == by.id:
        raise Forbidden("nobody disables themselves", field="own_administration")
    if person.row.disabled_at is not None:
        return
    person.row.disabled_at = now
    await session.execute(
        update(ApiKey)
        .where(ApiKey.person_id == person_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    await session.flush()
    await keep_administered(session, before, by, now=now)
    await roster.extend(session, now=now, wait=True)
    await _tell(session, by, now=now, person=person.row.username, disabled=True)


async def enable(
    session: AsyncSession, person_id: int, password: str, *, seen: str | None, by: Author, now: datetime
) -> str:
    """The person may sign in again, with this password: sessions from before stay ended; gives the user name."""
    person = await hold(session, person_id, seen=seen, now=now)
    if person.row.disabled_at is None:
        raise Invalid("the person is not disabled", field="disabled")
    person.row.disabled_at = None
    await _set_password(session, person, password)
    await roster.extend(session, now=now, wait=True)
    await _tell(session, by, now=now, person=person.row.username, disabled=False)
    return person.row.username


async def begin_duty(
    session: AsyncSession,
    person_id: int,
    *,
    grid: str,
    role: str,
    since: datetime | None,
    until: datetime | None,
    seen: str | None,
    by: Author,
    now: datetime,
    terms: SaidTerms = UNSAID,
) -> None:
    """One more duty, from now or later; raises Invalid where the person has it already at that time."""
    person = await hold(session, person_id, seen=seen, now=now)
    _check_begin(since, until, now)
    duties = [*await listed(session, person.duties), duty_entry(grid, role, since or now, until, terms)]
    about = {"duty": "begins", "role": role, "grid": grid}
    await enter_duties(session, person, duties, by=by, now=now, about=about)


async def end_duty(
    session: AsyncSession,
    person_id: int,
    duty_id: int,
    *,
    at: datetime | None,
    seen: str | None,
    by: Author,
    now: datetime,
) -> None:
    """The duty ends now or at a later instant; one that is still to come and is ended now never begins."""
    await lock(session)
    before = await administered(session, by, now=now)
    person = await hold(session, person_id, seen=seen, now=now)
    duty = next((one for one in person.duties if one.id == duty_id), None)
    if duty is None:
        raise NotFound("no such duty is in force or to come")
    if at is not None and (at <= now or at <= duty.valid_from):
        raise Invalid("a duty ends now or later", field="to")
    kept = [one for one in person.duties if one.id != duty_id]
    if at is not None:
        kept.append(duty._replace(valid_to=at))
    (grid,) = (await names_of_grids(session, [duty.grid_id])).values()
    about = {"duty": "ends", "role": duty.role, "grid": grid}
    await enter_duties(session, person, await listed(session, kept), by=by, now=now, about=about)
    await keep_administered(session, before, by, now=now)


async def revoke_key(
    session: AsyncSession, person_id: int, key_id: int, *, by: Author, now: datetime
) -> None:
    """Ends one of somebody's API keys; raises NotFound where there is none that works."""
    await lock(session)
    username = await session.scalar(select(Person.username).where(Person.id == person_id))
    revoked = await session.scalar(
        update(ApiKey)
        .where(ApiKey.id == key_id, ApiKey.person_id == person_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(ApiKey.id)
    )
    if username is None or revoked is None:
        raise NotFound(f"no API key {key_id}")
    await _tell(session, by, now=now, person=username, api_key=key_id, revoked=True)


def _check_begin(since: datetime | None, until: datetime | None, now: datetime) -> None:
    if since is not None and since < now:
        raise Invalid("a duty begins now or later", field="from")
    if until is not None and until <= (since or now):
        raise Invalid("a duty would end before it begins", field="to")


async def enter_duties(
    session: AsyncSession,
    person: Known,
    duties: Sequence[dict[str, Any]],
    *,
    by: Author,
    now: datetime,
    about: dict[str, Any],
) -> None:
    """These duties instead of what the person has from now on, as a registry file would say it."""
    entry = {"username": person.row.username, "name": person.row.name, "duties": list(duties)}
    about = {"person": person.row.username, **about}
    await enter(session, {"people": [entry]}, by=by, now=now, about=about)


async def _set_password(session: AsyncSession, person: Known, password: str) -> None:
    if len(password) < MIN_SECRET:
        raise Invalid(f"a password has at least {MIN_SECRET} characters")
    person.row.password_hash = await asyncio.to_thread(hash_password, password)
    await session.flush()


async def _tell(session: AsyncSession, by: Author, *, now: datetime, **about: Any) -> None:
    await tell(session, now=now, author=by.name, actor_id=by.id, said=by.said(edited=about))
