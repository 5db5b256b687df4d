"""Addresses and secrets of others: sealed where they are stored, masked where they are shown.

Fernet (AES-128-CBC and HMAC-SHA256, `cryptography`) under a key derived from the service's secret key: whoever
has the database alone reads no telephone number and no token of a robot.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.enums import Channel

URLS = frozenset({Channel.WEBHOOK, Channel.WECOM, Channel.DINGTALK, Channel.FEISHU})
"""Channels whose address is a URL; the URL itself is the credential there."""
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_PHONE = re.compile(r"\+?[0-9]{6,15}")


@dataclass(frozen=True, slots=True)
class Address:
    """Where something goes, and what signs it there; never in a log, not even by mistake."""

    address: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)


class Unreadable(Exception):
    """What was sealed cannot be opened: the secret key is another one by now."""


class Seal:
    """Seals and opens with a key of its own, derived from the service's secret key."""

    def __init__(self, secret_key: str) -> None:
        self._fernet = Fernet(urlsafe_b64encode(derived(secret_key, b"geshao notice addresses")))
        self._marking = derived(secret_key, b"geshao notice marks")

    def close(self, address: Address) -> bytes:
        return self._fernet.encrypt(msgspec.json.encode([address.address, address.secret]))

    def open(self, sealed: bytes) -> Address:
        """Raises Unreadable for what another key has sealed."""
        try:
            address, secret = msgspec.json.decode(self._fernet.decrypt(sealed), type=tuple[str, str | None])
        except (InvalidToken, msgspec.DecodeError) as fault:
            raise Unreadable("sealed under another secret key") from fault
        return Address(address, secret)

    def mark(self, text: str) -> bytes:
        """Tells equal texts without giving them away: 32 bytes."""
        return hmac.new(self._marking, text.encode(), hashlib.sha256).digest()


def derived(secret_key: str, purpose: bytes) -> bytes:
    """32 bytes for one purpose; no purpose's key says anything of another's."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret_key.encode())


def tidy(channel: Channel, address: str) -> str | None:
    """The address in the form it is kept in; None where it cannot be one of this channel."""
    text = address.strip()
    match channel:
        case Channel.EMAIL:
            return text if _MAIL.fullmatch(text) and ".." not in text else None
        case Channel.SMS:
            digits = re.sub(r"[\s()-]", "", text)
            return digits if _PHONE.fullmatch(digits) else None
        case Channel.MQTT:
            return None
        case _:
            return text if _is_url(text) else None


def _is_url(text: str) -> bool:
    if len(text) > 500 or not text.isascii() or any(ord(c) < 33 or ord(c) == 127 for c in text):
        return False
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def masked(channel: Channel, address: str) -> str:
    """Enough to know one's own address again, too little to use it."""
    if channel is Channel.EMAIL:
        name, _, host = address.rpartition("@")
        return f"{name[:1]}***@{host}"[:80]
    if channel is Channel.SMS:
        return f"{address[:3]}****{address[-2:]}" if len(address) >= 9 else f"****{address[-2:]}"
    parts = urlsplit(address)
    # Nothing of path and query: that is where robots carry their token. Nothing of a secret either.
    return f"{parts.scheme}://{parts.hostname or ''}/…"[:80]
