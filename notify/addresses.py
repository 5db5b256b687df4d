"""From a destination in the outbox to where it goes, at the moment of sending and nowhere before."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from models.enums import Channel
from notify import people_repository as repository
from notify.seal import Address, Seal, Unreadable, tidy

GONE = "this contact or target is no longer there"
UNREADABLE = "the address was sealed under another secret key: enter it again"


async def resolve(session: AsyncSession, destinations: Sequence[str], seal: Seal) -> dict[str, Address | str]:
    """The address of each, or in words why there is none."""
    found = await repository.sealed(session, sorted(set(destinations)))
    return {destination: _opened(found.get(destination), seal) for destination in destinations}


def _opened(kept: bytes | str | None, seal: Seal) -> Address | str:
    if kept is None:
        return GONE
    if isinstance(kept, str):
        number = tidy(Channel.SMS, kept)
        return GONE if number is None else Address(number)
    try:
        return seal.open(kept)
    except Unreadable:
        return UNREADABLE
