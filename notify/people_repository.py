"""The SQL of contacts, rules, quiet hours and targets."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.enums import Channel, NoticeClass
from models.notice import Contact, NoticeRule, NoticeTarget, QuietHours
from models.registry import Person
from notify.decide import Target
from notify.rules import Listener, Quiet, Reach, Rule
from notify.seal import tidy

_REACHES = """
SELECT c.person_id, c.channel, 'contact:' || c.id AS destination, NULL AS phone
  FROM contact c JOIN person p ON p.id = c.person_id
 WHERE c.person_id = ANY($1::int[]) AND c.verified_at IS NOT NULL AND p.disabled_at IS NULL
UNION ALL
SELECT p.id, 'sms', 'phone:' || p.id, p.phone
  FROM person p
 WHERE p.id = ANY($1::int[]) AND p.phone IS NOT NULL AND p.disabled_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM contact c
                    WHERE c.person_id = p.id AND c.channel = 'sms' AND c.verified_at IS NOT NULL)
ORDER BY 1, 2, 3
"""


async def listeners(
    session: AsyncSession, person_ids: Sequence[int], ways: frozenset[Channel]
) -> dict[int, Listener]:
    """The people with what they can be reached by over `ways`: four statements, however many people."""
    if not person_ids:
        return {}
    reaches: dict[int, list[Reach]] = defaultdict(list)
    for row in await fetch(session, _REACHES, list(person_ids)):
        channel = Channel(row.channel)
        if channel in ways and (row.phone is None or tidy(channel, row.phone) is not None):
            reaches[row.person_id].append(Reach(row.destination, channel))
    rules: dict[int, list[Rule]] = defaultdict(list)
    for found in (await session.execute(_rules_of(person_ids))).scalars():
        rules[found.person_id].append(_rule(found))
    hours = await session.execute(select(QuietHours).where(QuietHours.person_id.in_(person_ids)))
    quiet = {row.person_id: Quiet(row.begins, row.ends) for row in hours.scalars()}
    return {
        id_: Listener(id_, tuple(reaches[id_]), tuple(rules[id_]), quiet.get(id_))
        for id_ in person_ids
        if id_ in reaches
    }


def _rules_of(person_ids: Sequence[int]) -> Any:
    return select(NoticeRule).where(NoticeRule.person_id.in_(person_ids)).order_by(NoticeRule.id)


def _rule(row: NoticeRule) -> Rule:
    channel = None if row.channel is None else Channel(row.channel)
    return Rule(NoticeClass(row.about), channel, timedelta(seconds=row.after_s), row.min_level)


async def rules_of(session: AsyncSession, person_id: int) -> tuple[list[Rule], Quiet | None]:
    rows = (await session.execute(_rules_of([person_id]))).scalars()
    hours = await session.get(QuietHours, person_id, populate_existing=True)
    return [_rule(row) for row in rows], None if hours is None else Quiet(hours.begins, hours.ends)


async def replace_rules(
    session: AsyncSession, person_id: int, rules: Sequence[Rule], quiet: Quiet | None
) -> None:
    """All of the person's rules at once; the person's row is held meanwhile, so two never mix."""
    await session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
    await session.execute(delete(NoticeRule).where(NoticeRule.person_id == person_id))
    await session.execute(delete(QuietHours).where(QuietHours.person_id == person_id))
    for rule in rules:
        session.add(
            NoticeRule(
                person_id=person_id,
                about=rule.about.value,
                channel=None if rule.channel is None else rule.channel.value,
                after_s=int(rule.after.total_seconds()),
                min_level=rule.min_level,
            )
        )
    if quiet is not None:
        session.add(QuietHours(person_id=person_id, begins=quiet.begins, ends=quiet.ends))
    await session.flush()


async def targets(session: AsyncSession) -> list[Target]:
    """Every robot and webhook that has not ended."""
    rows = await fetch(
        session,
        "SELECT id, channel, grid_id, classes::text FROM notice_target WHERE ended_at IS NULL ORDER BY id",
    )
    return [
        Target(
            id_, Channel(channel), grid_id, frozenset(NoticeClass(c) for c in msgspec.json.decode(classes))
        )
        for id_, channel, grid_id, classes in rows
    ]


async def contacts_of(session: AsyncSession, person_id: int) -> list[Contact]:
    rows = await session.execute(select(Contact).where(Contact.person_id == person_id).order_by(Contact.id))
    return list(rows.scalars())


async def count_contacts(session: AsyncSession, person_id: int) -> int:
    """How many contacts the person has, whose row is held from here on."""
    await session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
    found = await session.scalar(
        select(func.count()).select_from(Contact).where(Contact.person_id == person_id)
    )
    return int(found or 0)


async def contact(session: AsyncSession, person_id: int, contact_id: int) -> Contact | None:
    """The person's own contact, held until the transaction ends."""
    rows = await session.execute(
        select(Contact).where(Contact.id == contact_id, Contact.person_id == person_id).with_for_update()
    )
    return rows.scalar_one_or_none()


async def known(session: AsyncSession, person_id: int, channel: Channel, digest: bytes) -> bool:
    rows = await session.execute(
        select(Contact.id).where(
            Contact.person_id == person_id, Contact.channel == channel.value, Contact.digest == digest
        )
    )
    return rows.first() is not None


async def sealed(session: AsyncSession, destinations: Sequence[str]) -> dict[str, bytes | str]:
    """Of each destination that still stands: what was sealed, or the registry's telephone number."""
    ids: dict[str, list[int]] = defaultdict(list)
    for destination in destinations:
        kind, _, number = destination.partition(":")
        if number.isdigit():
            ids[kind].append(int(number))
    found: dict[str, bytes | str] = {}
    if ids["contact"]:
        rows = await session.execute(
            select(Contact.id, Contact.sealed)
            .join(Person, Person.id == Contact.person_id)
            .where(
                Contact.id.in_(ids["contact"]),
                Person.disabled_at.is_(None),
                # A contact that is being verified gets its code, and nothing else is written to it.
                or_(Contact.verified_at.is_not(None), Contact.code_digest.is_not(None)),
            )
        )
        found |= {f"contact:{row.id}": row.sealed for row in rows}
    if ids["target"]:
        rows = await session.execute(
            select(NoticeTarget.id, NoticeTarget.sealed).where(
                NoticeTarget.id.in_(ids["target"]), NoticeTarget.ended_at.is_(None)
            )
        )
        found |= {f"target:{row.id}": row.sealed for row in rows}
    if ids["phone"]:
        people = await session.execute(
            select(Person.id, Person.phone).where(Person.id.in_(ids["phone"]), Person.disabled_at.is_(None))
        )
        found |= {f"phone:{row.id}": row.phone for row in people if row.phone}
    return found


async def end_target(session: AsyncSession, target_id: int, *, now: datetime) -> None:
    row = await session.get(NoticeTarget, target_id)
    if row is not None:
        row.ended_at = now
