"""Who sent a report, readable only with a key that the database does not have. Pure.

AES-256-GCM with a fresh nonce; the report's number is authenticated beside the text, so that a sealed identity moved to
another report opens nowhere. Every sealed text names its key: an old one opens for as long as its key is kept.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_KEY = 32
_ID = re.compile(r"[A-Za-z0-9._-]{1,40}")
_DIGITS = re.compile(r"\D+")


class Unreadable(Exception):
    """The key of a sealed identity is not among those given, or it was tampered with."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who sent a report; `repr` says nothing of it, so that no log or trace can."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None
    """Of the connection."""

    def __repr__(self) -> str:
        return "Reporter(…)"


@dataclass(frozen=True, slots=True)
class Sealed:
    key_id: str
    content: bytes


class Keyring:
    """Keys by id; the first one seals, all of them open."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """Raises ValueError, which shows no key, for none, a wrong id or a key that has not 256 bits."""
        if not keys:
            raise ValueError("wants at least one key")
        for key_id, key in keys.items():
            if _ID.fullmatch(key_id) is None:
                raise ValueError("the id of a key has 1 to 40 of A-Z a-z 0-9 . _ -")
            if len(key) != _KEY:
                raise ValueError(f"key {key_id} wants 32 bytes in base64")
        self._keys = dict(keys)
        self._first = next(iter(keys))

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self._keys)})"

    @property
    def sealing(self) -> str:
        """The id of the key that seals."""
        return self._first

    def seal(self, reporter: Reporter, number: str) -> Sealed:
        """The identity of the report of this number; never the same bytes twice."""
        nonce = os.urandom(_NONCE)
        text = json.dumps(asdict(reporter), ensure_ascii=False).encode()
        key_id = self._first
        content = nonce + AESGCM(self._keys[key_id]).encrypt(nonce, text, _beside(key_id, number))
        return Sealed(key_id, content)

    def open(self, sealed: Sealed, number: str) -> Reporter:
        """What was sealed for this report; raises Unreadable."""
        key = self._keys.get(sealed.key_id)
        if key is None:
            raise Unreadable(f"the key {sealed.key_id} is not among those given")
        nonce, text = sealed.content[:_NONCE], sealed.content[_NONCE:]
        try:
            return Reporter(**json.loads(AESGCM(key).decrypt(nonce, text, _beside(sealed.key_id, number))))
        except (InvalidTag, ValueError):
            raise Unreadable("the sealed identity was changed, or belongs to another report") from None


def _beside(key_id: str, number: str) -> bytes:
    return f"geshao reporter\0{key_id}\0{number}".encode()


def parse_keys(text: str) -> Keyring:
    """`id:base64,id:base64`, the first one seals; raises ValueError, which shows no key."""
    keys: dict[str, bytes] = {}
    for part in text.replace("\n", ",").split(","):
        if not part.strip():
            continue
        key_id, colon, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            colon = ""
            key = b""
        if not colon:
            raise ValueError("wants ID:BASE64, separated by commas")
        if key_id in keys:
            raise ValueError(f"names the key {key_id[:40]} twice")
        keys[key_id] = key
    return Keyring(keys)


def new_key(key_id: str) -> str:
    """A key drawn at random, as `parse_keys` reads it."""
    return f"{key_id}:{base64.b64encode(os.urandom(_KEY)).decode()}"


def mark_of(reporter: Reporter, secret: str, *, beside: str = "") -> bytes | None:
    """What tells one reporter from another without saying who: by phone, else mail, else the connection's address.

    `beside` is what another system calls the reporter. None where nothing tells who it was.
    """
    if reporter.phone and (digits := _DIGITS.sub("", reporter.phone)):
        # With or without the country's prefix it is the same telephone.
        said = f"phone:{digits[2:] if len(digits) == 13 and digits.startswith('86') else digits}"
    elif reporter.email:
        said = f"email:{reporter.email.strip().casefold()}"
    elif beside:
        said = f"beside:{beside}"
    elif reporter.address:
        said = f"address:{reporter.address}"
    else:
        return None
    return hmac.new(secret.encode(), b"reporter mark\0" + said.encode(), hashlib.sha256).digest()
