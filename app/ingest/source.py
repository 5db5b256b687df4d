"""The small interface behind which any reader of station messages can stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

TOPIC_ROOT = "geshao/v1"
STATION_KINDS = ("reading", "hj212", "status")
"""What a station may send: topics `geshao/v1/{grid}/{station}/{kind}`."""


@dataclass(slots=True)
class Message:
    """One message as it came; `mid` names it on connection number `generation` only, and is 0 without QoS."""

    topic: str
    payload: bytes
    mid: int
    generation: int
    retained: bool = False
    """Kept by the broker and given again at every new subscription: a state, not news."""


class MessageSource(Protocol):
    """Gives messages in the order of arrival and keeps each until it is acknowledged.

    A message that was given and never acknowledged comes again, on a later connection or in a later process.
    """

    @property
    def connected(self) -> bool:
        """Whether messages can arrive now: signed in and subscribed."""
        ...

    async def start(self) -> None:
        """Begins to connect, and keeps trying; a broker that is away is no error."""
        ...

    async def stop(self) -> None:
        """Sends what was acknowledged, then leaves; what was not comes again at the next start."""
        ...

    async def take(self, limit: int, linger: float) -> list[Message]:
        """1 to `limit` messages; waits for the first, then `linger` seconds for company."""
        ...

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Tells the broker that these are kept: to be called after their rows are committed."""
        ...
