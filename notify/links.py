"""One-time links: a short token, signed over everything it stands for, and the row that lets it work once."""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import bulk_insert
from models.enums import OrderAct
from models.notice import ActLink
from notify.seal import derived

VALID_FOR = timedelta(hours=24)
_TOKEN = re.compile(r"([0-9a-z]{1,13})\.([A-Za-z0-9_-]{22})")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_MAC = 16
"""Bytes of the signature: nobody guesses 128 bits."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a token stands for."""

    id: int
    person_id: int
    order_id: int
    act: OrderAct
    expires_at: datetime
    used_at: datetime | None = None


class Signer:
    """Signs and checks with a key of its own, derived from the service's secret key."""

    def __init__(self, secret_key: str) -> None:
        self._key = derived(secret_key, b"geshao act links")

    def token(self, link: Link) -> str:
        return f"{_base36(link.id)}.{self._mac(link)}"

    def fits(self, token: str, link: Link) -> bool:
        """Whether the token was made for exactly this: person, order, act and end."""
        return hmac.compare_digest(token.encode(), self.token(link).encode())

    def _mac(self, link: Link) -> str:
        until = int(link.expires_at.timestamp() * 1_000_000)
        said = f"{link.id}:{link.person_id}:{link.order_id}:{link.act.value}:{until}"
        digest = hmac.new(self._key, said.encode(), hashlib.sha256).digest()[:_MAC]
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def link_id(token: str) -> int | None:
    """The id a token names, whether or not it is signed; None for what is no token at all."""
    found = _TOKEN.fullmatch(token)
    number = int(found[1], 36) if found else 0
    return number if 0 < number < 2**63 else None


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


_COLUMNS = ("person_id", "order_id", "act", "created_at", "expires_at")


async def make(
    session: AsyncSession, wanted: Sequence[tuple[int, int]], act: OrderAct, *, now: datetime
) -> dict[tuple[int, int], int]:
    """A link for each (person, order), good for VALID_FOR; gives their ids."""
    if not wanted:
        return {}
    pairs = sorted(set(wanted))
    n = len(pairs)
    arrays: list[list[Any]] = [
        [person for person, _ in pairs],
        [order for _, order in pairs],
        [act.value] * n,
        [now] * n,
        [now + VALID_FOR] * n,
    ]
    returning = "RETURNING id, person_id, order_id"
    rows = await bulk_insert(session, ActLink, _COLUMNS, arrays, returning)
    return {(row.person_id, row.order_id): row.id for row in rows}


async def load(session: AsyncSession, ids: Sequence[int]) -> dict[int, Link]:
    if not ids:
        return {}
    rows = (await session.execute(select(ActLink).where(ActLink.id.in_(ids)))).scalars()
    return {
        row.id: Link(row.id, row.person_id, row.order_id, OrderAct(row.act), row.expires_at, row.used_at)
        for row in rows
    }


async def use(session: AsyncSession, link: Link, *, now: datetime) -> bool:
    """Takes the link, once; False when somebody was quicker. Whoever comes second waits here for the first.

    Held before the order's row, as an idempotency key is: nobody who holds an order waits for a link.
    """
    rows = await session.execute(
        update(ActLink)
        .where(ActLink.id == link.id, ActLink.used_at.is_(None), ActLink.expires_at > now)
        .values(used_at=now)
        .returning(ActLink.id)
    )
    return rows.first() is not None


async def forget(session: AsyncSession, before: datetime) -> None:
    """Removes links that ended before an instant."""
    await session.execute(delete(ActLink).where(ActLink.expires_at < before))
