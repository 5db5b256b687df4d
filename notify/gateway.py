"""The ways out: what a sender needs of a channel, and the signed webhook."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import httpx

from notify.exchange import Lost, exchange
from notify.outbox import Claimed
from notify.outcome import Outcome, delivered, retry, retry_after, undeliverable
from notify.seal import Address


@dataclass(frozen=True, slots=True)
class Message:
    """One message to people, ready to go out."""

    key: str
    title: str
    text: str
    to: Address = field(repr=False)


class Gateway(Protocol):
    """Sends one letter that machines read.

    What it raises of the network's errors (OSError, TimeoutError) did not arrive and is tried again.
    """

    async def send(self, letter: Claimed, *, now: datetime) -> Outcome: ...


class Way(Protocol):
    """Sends one message to people; never raises for what the other side does."""

    async def send(self, message: Message, *, now: datetime) -> Outcome: ...


def webhook_key(secret: str) -> bytes:
    """The key of a Standard Webhooks secret: base64 after `whsec_`, else the text itself."""
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body` (Standard Webhooks)."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class WebhookGateway:
    """POSTs each message, signed, to the URL of its target; the receiver knows a repeated one by `webhook-id`.

    `url` and `secret` are those of the settings, for letters without a target of their own.
    """

    def __init__(
        self, client: httpx.AsyncClient, url: str | None = None, secret: str | None = None, *, timeout: float
    ) -> None:
        self._client = client
        self._own = None if url is None else Address(url, secret)
        self._timeout = timeout

    async def send(self, letter: Claimed, *, now: datetime) -> Outcome:
        to = letter.to or self._own
        if to is None:
            return undeliverable("no webhook is set up any more")
        timestamp = int(now.timestamp())
        headers = {
            "content-type": "application/json",
            "webhook-id": letter.key,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(
                webhook_key(to.secret or ""), letter.key, timestamp, letter.payload
            ),
        }
        answer = await exchange(
            self._client, "POST", to.address, content=letter.payload, headers=headers, timeout=self._timeout,
            body=False,
        )  # fmt: skip
        if isinstance(answer, Lost):
            # Whether it arrived or not: the receiver knows it again by its id.
            return undeliverable(answer.error) if answer.hopeless else retry(answer.error)
        if 200 <= answer.status < 300:
            return delivered()
        if answer.status == 410:
            # Standard Webhooks: 410 Gone means the receiver wants no more of this.
            return undeliverable("HTTP 410", works=False)
        wait = retry_after(answer.headers.get("retry-after"), now)
        return retry(f"HTTP {answer.status}", wait, works=None if answer.status == 429 else False)
