"""The ways out: what a sender needs of a channel, and the signed webhook."""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from typing import Protocol

import httpx

from dispatch.outbox import Claimed


class Undeliverable(Exception):
    """The receiver will never take this message: trying again is useless."""


class Gateway(Protocol):
    """Delivers one message or raises; raising Undeliverable gives it up, anything else is tried again."""

    async def send(self, letter: Claimed, *, now: datetime) -> None: ...


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
    """POSTs each message to one URL; the receiver knows a repeated one by `webhook-id`."""

    def __init__(self, client: httpx.AsyncClient, url: str, secret: str, *, timeout: float) -> None:
        self._client = client
        self._url = url
        self._key = webhook_key(secret)
        self._timeout = timeout

    async def send(self, letter: Claimed, *, now: datetime) -> None:
        timestamp = int(now.timestamp())
        headers = {
            "content-type": "application/json",
            "webhook-id": letter.key,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self._key, letter.key, timestamp, letter.payload),
        }
        answer = await self._client.post(
            self._url, content=letter.payload, headers=headers, timeout=self._timeout, follow_redirects=False
        )
        if answer.status_code == 410:
            # Standard Webhooks: 410 Gone means the receiver wants no more of this.
            raise Undeliverable("HTTP 410")
        if not 200 <= answer.status_code < 300:
            raise ConnectionError(f"HTTP {answer.status_code}")
