"""What became of one attempt to send, and how an answer over HTTP is read. Pure.

The difference that matters is between what surely did not arrive and what may have: the first is tried again, the
second only where the receiver knows a repeated message, or marked as a repetition.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from models.enums import Channel

LONGEST_WAIT = timedelta(hours=1)
"""Of a Retry-After: nobody outside can put a letter off for longer at once."""

DEDUPES = frozenset({Channel.MQTT, Channel.WEBHOOK})
"""Their receivers know a repeated message: by the order's version, by `webhook-id`."""


class Fate(StrEnum):
    DELIVERED = "delivered"  # the receiver has confirmed it
    SENT = "sent"  # handed over to somebody who carries it on
    RETRY = "retry"  # it did not arrive
    UNKNOWN = "unknown"  # it went out, and nobody knows whether it arrived
    UNDELIVERABLE = "undeliverable"  # this receiver will never take it


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fate of one message; `error` never holds an address, a secret, or what the other side wrote."""

    fate: Fate
    error: str | None = None
    retry_after: timedelta | None = None
    works: bool | None = None
    """What the attempt says of the way itself; None for nothing, as when only this receiver is wrong."""

    @property
    def arrived(self) -> bool:
        return self.fate in (Fate.DELIVERED, Fate.SENT)


def delivered() -> Outcome:
    return Outcome(Fate.DELIVERED, works=True)


def handed_over() -> Outcome:
    return Outcome(Fate.SENT, works=True)


def retry(error: str, after: timedelta | None = None, *, works: bool | None = False) -> Outcome:
    return Outcome(Fate.RETRY, error, after, works)


def unknown(error: str) -> Outcome:
    return Outcome(Fate.UNKNOWN, error, works=False)


def undeliverable(error: str, *, works: bool | None = None) -> Outcome:
    return Outcome(Fate.UNDELIVERABLE, error, works=works)


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """The wait a Retry-After asks for, in seconds or as a date, at most LONGEST_WAIT; None for nonsense."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        wait = timedelta(seconds=int(text))
    else:
        try:
            at = parsedate_to_datetime(text)
        except ValueError:
            return None
        wait = (at if at.tzinfo is not None else at.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(0)), LONGEST_WAIT)


def refused(status: int, wait: timedelta | None) -> Outcome:
    """What an answer that is no 2xx means, for a receiver that cannot tell a repeated message."""
    error = f"HTTP {status}"
    if status == 429:
        return retry(error, wait, works=None)
    if status == 504:
        # A gateway that stopped waiting: what stands behind it may have the message.
        return unknown(error)
    if status >= 500 or status in (408, 425) or 300 <= status < 400:
        return retry(error, wait)
    # The address or the credentials are wrong where it says so; otherwise only this message is.
    return undeliverable(error, works=False if status in (401, 403, 404, 405, 410) else None)
