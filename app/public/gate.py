"""Before a stranger's report is taken: how many may come, whether a person filled in the form, its tracking number.

Pure but for the counts, which are in memory, of each process. Nothing here is kept, or says who somebody is.
"""

import base64
import hashlib
import hmac
import ipaddress
import re
import secrets
from collections import OrderedDict, deque
from datetime import UTC, datetime, timedelta

from app.auth.errors import TooManyAttempts
from models.errors import Invalid

HOUR = timedelta(hours=1)
FASTEST = timedelta(seconds=3)
"""Nobody fills in the form in less."""
LONGEST = timedelta(hours=24)
"""A form that lay open for longer is sent once more, with what was typed."""
LOOKUPS = 20_000
"""Tracking numbers that are asked for in an hour by everybody together,"""
LOOKUPS_EACH = 200
"""and by one address."""
_REMEMBERED = 10_000
_FORM = re.compile(r"([0-9]{10,11})\.([A-Za-z0-9_-]{22})\.([0-9a-f]{64})")


class Floods:
    """How many tries of an hour, of each one and of all; a try counts whatever becomes of it."""

    def __init__(self, *, everybody: int) -> None:
        self._everybody = everybody
        self._all: deque[datetime] = deque()
        self._tries: OrderedDict[str, deque[datetime]] = OrderedDict()

    def attempt(self, who: str, most: int, *, now: datetime) -> None:
        """Counts a try; raises TooManyAttempts with the seconds to wait where a limit is used up."""
        mine = self._tries.setdefault(who, deque())
        self._tries.move_to_end(who)
        while len(self._tries) > _REMEMBERED:
            self._tries.popitem(last=False)
        for tries, limit in ((mine, most), (self._all, self._everybody)):
            while tries and tries[0] <= now - HOUR:
                tries.popleft()
            if len(tries) >= limit:
                seconds = max(1, int((tries[0] + HOUR - now).total_seconds()) + 1)
                raise TooManyAttempts("too many reports at once; try again later", retry_after_s=seconds)
        mine.append(now)
        self._all.append(now)


def neighbourhood(address: str) -> str:
    """What counts as one address: a machine of IPv6 has a whole /64 to itself."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def new_form(secret_key: str, *, now: datetime) -> str:
    """What a form carries, so that it is known when it was shown, and sent twice counts once."""
    begun = f"{int(now.timestamp())}.{secrets.token_urlsafe(16)}"
    return f"{begun}.{_signed(secret_key, begun)}"


def demand_form(secret_key: str, form: str, trap: str, *, now: datetime) -> None:
    """Raises Invalid, with a field that says why, for what no person sent from a form of ours."""
    found = _FORM.fullmatch(form)
    begun = form.rpartition(".")[0]
    if found is None or not hmac.compare_digest(found[3], _signed(secret_key, begun)):
        raise Invalid("the form carries no token of ours", field="form_expired")
    if trap:
        raise Invalid("the field that stays empty is filled in", field="form_trap")
    age = now - datetime.fromtimestamp(int(found[1]), UTC)
    if age < FASTEST:
        raise Invalid("the form was filled in faster than anybody can", field="form_fast")
    if age > LONGEST:
        raise Invalid("the form is too old", field="form_expired")


def tracking_of(secret_key: str, token: str) -> str:
    """The tracking number, 100 bits that nobody can guess; the same for a form that is sent again, and kept nowhere."""
    digest = hmac.new(secret_key.encode(), b"tracking:" + token.encode(), hashlib.sha256).digest()
    text = base64.b32encode(digest)[:20].decode()
    return "-".join(text[at : at + 5] for at in range(0, 20, 5))


def _signed(secret_key: str, begun: str) -> str:
    return hmac.new(secret_key.encode(), b"report form:" + begun.encode(), hashlib.sha256).hexdigest()
