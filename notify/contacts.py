"""Contacts, rules and targets as people and administrators keep them, inside the caller's transaction."""

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from models.enums import Channel, NoticeClass
from models.errors import Invalid, NotFound
from models.notice import Contact, NoticeTarget
from notify import outbox
from notify import people_repository as repository
from notify.decide import Target
from notify.outbox import Letter
from notify.rules import LONGEST_AFTER, MUST_REACH, OWN, PERSONAL, ROBOTS, Listener, Quiet, Rule
from notify.seal import Address, Seal, masked, tidy

MOST_CONTACTS = 10
CODE_LASTS = timedelta(minutes=15)
TRIES = 5


async def of(session: AsyncSession, person_id: int) -> list[Contact]:
    """The person's contacts, verified or not, oldest first."""
    return await repository.contacts_of(session, person_id)


async def rules_of(session: AsyncSession, person_id: int) -> tuple[list[Rule], Quiet | None]:
    """The person's own rules, and the quiet hours."""
    return await repository.rules_of(session, person_id)


async def listeners(
    session: AsyncSession, person_ids: Sequence[int], ways: frozenset[Channel]
) -> dict[int, Listener]:
    """The people with what they can be reached by over `ways`; four statements, however many people."""
    return await repository.listeners(session, person_ids, ways)


async def targets(session: AsyncSession) -> list[Target]:
    """Every robot and webhook that has not ended."""
    return await repository.targets(session)


async def end_target(session: AsyncSession, target_id: int, *, now: datetime) -> None:
    """Nothing goes there from now on."""
    await repository.end_target(session, target_id, now=now)


async def add(
    session: AsyncSession,
    person_id: int,
    channel: Channel,
    to: Address,
    *,
    seal: Seal,
    by_administrator: bool,
    now: datetime,
) -> Contact:
    """A new contact, sealed; verified at once only where an administrator answers for it."""
    if channel not in (PERSONAL if by_administrator else OWN):
        kinds = ", ".join(c.value for c in (PERSONAL if by_administrator else OWN))
        raise Invalid(f"a contact is one of: {kinds}", field="channel")
    address = tidy(channel, to.address)
    if address is None:
        raise Invalid(f"this is no address for {channel.value}", field="address")
    if await repository.count_contacts(session, person_id) >= MOST_CONTACTS:
        raise Invalid(f"a person has at most {MOST_CONTACTS} contacts; delete one first")
    digest = seal.mark(f"{channel.value}:{address}")
    if await repository.known(session, person_id, channel, digest):
        raise Invalid("this person has this contact already", field="address")
    row = Contact(
        person_id=person_id,
        channel=channel.value,
        sealed=seal.close(Address(address, to.secret)),
        digest=digest,
        masked=masked(channel, address),
        created_at=now,
        verified_at=now if by_administrator else None,
    )
    session.add(row)
    await session.flush()
    return row


async def remove(session: AsyncSession, person_id: int, contact_id: int) -> str:
    """What waits for this contact finds nowhere to go, and is listed as failed; gives its channel."""
    row = await _own(session, person_id, contact_id)
    await session.delete(row)
    await session.flush()
    return row.channel


async def challenge(
    session: AsyncSession, person_id: int, contact_id: int, *, seal: Seal, now: datetime
) -> Contact:
    """Sends a code to the contact, by the way notices will go, and forgets the one before."""
    row = await _own(session, person_id, contact_id)
    code = f"{secrets.randbelow(10**6):06d}"
    row.code_digest, row.code_until, row.code_tries = _code(seal, row, code), now + CODE_LASTS, 0
    await _send_test(session, row.channel, f"contact:{row.id}", {"code": code}, person_id, now)
    return row


async def verify(
    session: AsyncSession, person_id: int, contact_id: int, code: str, *, seal: Seal, now: datetime
) -> tuple[Contact, bool]:
    """Whether the code is right; a wrong one counts, so the caller has to commit either way."""
    row = await _own(session, person_id, contact_id)
    if row.code_digest is None or row.code_until is None or row.code_until <= now or row.code_tries >= TRIES:
        raise Invalid("there is no code to be confirmed; ask for a new one", field="code")
    if not hmac.compare_digest(row.code_digest, _code(seal, row, code)):
        row.code_tries += 1
        return row, False
    row.verified_at, row.code_digest, row.code_until = now, None, None
    return row, True


def _code(seal: Seal, row: Contact, code: str) -> bytes:
    return seal.mark(f"code:{row.id}:{code}")


async def _own(session: AsyncSession, person_id: int, contact_id: int) -> Contact:
    row = await repository.contact(session, person_id, contact_id)
    if row is None:
        raise NotFound(f"no contact {contact_id}")
    return row


async def set_rules(
    session: AsyncSession, person_id: int, rules: Sequence[Rule], quiet: Quiet | None
) -> None:
    """Takes the place of all the rules the person had; without any, those of the person's role hold."""
    seen = set()
    for rule in rules:
        if rule.about is NoticeClass.TEST or (rule.channel is not None and rule.channel not in PERSONAL):
            raise Invalid("a rule is about a class of notices, by a channel to people", field="rules")
        if rule.about in MUST_REACH and rule.after > LONGEST_AFTER:
            minutes = int(LONGEST_AFTER.total_seconds() // 60)
            raise Invalid(f"{rule.about.value} may be put off by {minutes} min at most", field="rules")
        if (rule.about, rule.channel) in seen:
            raise Invalid(f"two rules say how {rule.about.value} is told by one channel", field="rules")
        seen.add((rule.about, rule.channel))
    if quiet is not None and quiet.begins == quiet.ends:
        raise Invalid("quiet hours that end when they begin are none", field="quiet")
    await repository.replace_rules(session, person_id, rules, quiet)


async def add_target(
    session: AsyncSession,
    grid_id: int,
    channel: Channel,
    name: str,
    to: Address,
    classes: Sequence[NoticeClass],
    *,
    seal: Seal,
    author: int,
    now: datetime,
) -> NoticeTarget:
    """A robot of a group, or a webhook, for a grid and all below it."""
    if channel is not Channel.WEBHOOK and channel not in ROBOTS:
        raise Invalid("a target is a webhook, or a robot of wecom, dingtalk or feishu", field="channel")
    address = tidy(channel, to.address)
    if address is None:
        raise Invalid("wants an http(s) address of at most 500 characters", field="url")
    if channel is Channel.WEBHOOK and not to.secret:
        raise Invalid("a webhook is signed: it wants a secret", field="secret")
    if channel is Channel.WECOM and to.secret:
        raise Invalid("robots of WeCom have no secret: their URL is one", field="secret")
    if (channel in ROBOTS) != bool(classes) or NoticeClass.TEST in classes:
        raise Invalid(
            "a robot is told of classes; a webhook gets the events every webhook gets", field="classes"
        )
    row = NoticeTarget(
        grid_id=grid_id,
        channel=channel.value,
        name=name,
        sealed=seal.close(Address(address, to.secret)),
        masked=masked(channel, address),
        classes=sorted({c.value for c in classes}),
        created_by=author,
        created_at=now,
    )
    session.add(row)
    await session.flush()
    return row


async def test_target(session: AsyncSession, target: NoticeTarget, *, now: datetime) -> None:
    """A message that says nothing but that the way works."""
    await _send_test(session, target.channel, f"target:{target.id}", {}, None, now)


async def _send_test(
    session: AsyncSession,
    channel: str,
    destination: str,
    payload: dict[str, str],
    person_id: int | None,
    now: datetime,
) -> None:
    # A key that nobody has used: a test may be asked for as often as one likes.
    key = f"test_{secrets.token_hex(8)}_{destination}"
    if channel == Channel.WEBHOOK.value:
        body = {"type": "test", "timestamp": now.isoformat(), "data": payload}
        await outbox.enqueue(session, [Letter(channel, destination, key, key, body)], now=now)
        return
    letter = Letter(
        channel,
        destination,
        destination,
        key,
        payload,
        about=NoticeClass.TEST,
        urgent=True,
        person_id=person_id,
    )
    await outbox.enqueue(session, [letter], now=now)
