"""Station secrets and rights in Mosquitto's own file forms, which the embedded broker reads as well.

Source of the forms: mosquitto_passwd(1) (`$7$`, PBKDF2-HMAC-SHA512) and mosquitto.conf(5) (acl_file).
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterable

from app.ingest.source import STATION_KINDS, TOPIC_ROOT

_ITERATIONS = (
    101  # mosquitto_passwd's default: station secrets are random and long, and sign-ins are frequent
)
_MAX_ITERATIONS = 1_000_000
_SALT_BYTES = 12
_KEY_BYTES = 64


def hash_secret(secret: str) -> str:
    """The secret as `$7$iterations$salt$hash`, with a fresh salt."""
    salt = os.urandom(_SALT_BYTES)
    return f"$7${_ITERATIONS}${_text(salt)}${_text(_derive(secret, salt, _ITERATIONS))}"


def verify_secret(secret: str, hashed: str) -> bool:
    """Whether the secret made this hash, compared in constant time; False for what is no such hash."""
    try:
        empty, kind, rounds, salt, key = hashed.split("$")
        iterations = int(rounds)
        expected = base64.b64decode(key, validate=True)
        if empty or kind != "7" or not 0 < iterations <= _MAX_ITERATIONS or len(expected) != _KEY_BYTES:
            return False
        return hmac.compare_digest(
            expected, _derive(secret, base64.b64decode(salt, validate=True), iterations)
        )
    except (ValueError, binascii.Error):
        return False


def password_file(entries: Iterable[tuple[str, str]]) -> str:
    """Mosquitto's password file for (user name, hash); raises ValueError for a name the form cannot carry."""
    lines = []
    for username, hashed in entries:
        if (
            not username
            or any(sign in username for sign in ":\r\n")
            or any(sign in hashed for sign in "\r\n")
        ):
            raise ValueError(f"no user name for a password file: {username!r}")
        lines.append(f"{username}:{hashed}\n")
    return "".join(lines)


def parse_password_file(text: str) -> dict[str, str]:
    """The hash of each user name; lines that are no entry are passed over, as Mosquitto does."""
    users: dict[str, str] = {}
    for line in text.splitlines():
        username, colon, hashed = line.partition(":")
        if colon and username and not username.startswith("#"):
            users[username] = hashed
    return users


def acl_file(service_user: str) -> str:
    """Mosquitto's rights file: the service may do everything, a station only report as itself."""
    stations = "".join(f"pattern write {TOPIC_ROOT}/+/%u/{kind}\n" for kind in STATION_KINDS)
    return (
        f"user {service_user}\n"
        f"topic readwrite {TOPIC_ROOT.partition('/')[0]}/#\n"
        "topic read $SYS/#\n"
        "\n"
        f"{stations}"
    )


def _derive(secret: str, salt: bytes, iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, iterations, _KEY_BYTES)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
