"""A link that acknowledges an order, once, as the person it was written to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import people
from app.auth.callers import scope_of
from app.auth.scope import Caller
from app.pipeline import Pipeline
from dispatch.commands import Acknowledge
from models.clock import Clock
from models.enums import OrderAct
from models.errors import DomainError, NotFound
from notify import links
from notify.links import Link, Signer


class LinkFault(StrEnum):
    """Why a link does nothing."""

    USED = "used"
    EXPIRED = "expired"


class LinkOver(DomainError):
    """The link was used before, or its time is over."""

    code = "link_over"

    def __init__(self, fault: LinkFault) -> None:
        super().__init__(f"this link is {fault.value}", fault=fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Opened:
    """A genuine link, and the person it acts as, with the duties of now."""

    link: Link
    caller: Caller


async def find(
    session: AsyncSession, token: str, signer: Signer, pipeline: Pipeline, *, now: datetime
) -> Opened:
    """What a token stands for, used or not; raises NotFound for one that is not ours, or whose person is gone."""
    number = links.link_id(token)
    link = None if number is None else (await links.load(session, [number])).get(number)
    if link is None or not signer.fits(token, link):
        raise NotFound("no such link")
    person = await people.by_id(session, link.person_id, now=now)
    if person is None:
        raise NotFound("no such link")
    scope = scope_of(person.duties, pipeline.directory)
    return Opened(link, Caller(person.id, person.username, person.name, person.duties, scope))


def fault_of(link: Link, now: datetime) -> LinkFault | None:
    """Why the link does nothing at `now`; None while it does."""
    if link.used_at is not None:
        return LinkFault.USED
    return LinkFault.EXPIRED if link.expires_at <= now else None


async def acknowledge(pipeline: Pipeline, session: AsyncSession, opened: Opened, *, clock: Clock) -> None:
    """Uses the link and acknowledges, in one transaction; raises LinkOver, or whatever forbids the act.

    A refused act leaves the link unused: its transaction is rolled back.
    """
    link = opened.link
    if link.act is not OrderAct.ACKNOWLEDGE:
        raise NotFound("no such link")
    now = clock.now()
    if not await links.use(session, link, now=now):
        raise LinkOver(LinkFault.EXPIRED if link.expires_at <= now else LinkFault.USED)
    await pipeline.act(
        session, link.order_id, Acknowledge(), caller=opened.caller, expected_version=None, clock=clock
    )
