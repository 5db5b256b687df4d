"""An SMS gateway over HTTP, described by a template; and how much of a text fits into a message.

The placeholders `{phone}`, `{text}` and `{key}` are filled in inside parsed values, never in raw JSON or a raw URL:
no text can end a string of the request.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import msgspec

from notify.exchange import Answered, exchange, taken_or
from notify.gateway import Message
from notify.outcome import Outcome, handed_over, retry, undeliverable, unknown

ALONE, JOINED = 70, 67
"""Characters (UCS-2) of a message alone, and of each part of a longer one."""
_PLACE = re.compile(r"\{(phone|text|key)\}")


@dataclass(frozen=True, slots=True)
class SmsTemplate:
    """How the gateway is asked, and what its answer has to say.

    `body` is JSON; `form` sends its top level as a form instead. `ok` is `path=value`, the path through the answer
    joined by dots, such as `code=0` or `SendStatusSet.0.Code=Ok`; without it every 2xx is a success. `later` are
    values at the same path that mean: too fast, come again.
    """

    url: str = field(repr=False)
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: bool = False
    ok: str | None = None
    later: frozenset[str] = frozenset()


def fitted(text: str, tail: str, segments: int) -> str:
    """`text` and `tail`, in at most so many segments of an SMS; the text is cut before the tail is.

    A link is of no use when half of it is missing: a tail that is longer than all of them stays whole.
    """
    most = ALONE if segments == 1 else JOINED * segments
    if units(text) + units(tail) <= most:
        return text + tail
    room = most - units(tail) - 1
    cut = text
    while cut and units(cut) > room:
        cut = cut[:-1]
    return f"{cut.rstrip()}…{tail}"


def units(text: str) -> int:
    """UTF-16 code units, as SMS count them."""
    return len(text.encode("utf-16-le")) // 2


def filled(value: Any, values: Mapping[str, str]) -> Any:
    """The template's value with its placeholders filled in, at every depth."""
    if isinstance(value, str):
        return _PLACE.sub(lambda found: values[found[1]], value)
    if isinstance(value, list):
        return [filled(inner, values) for inner in value]
    if isinstance(value, dict):
        return {name: filled(inner, values) for name, inner in value.items()}
    return value


class SmsWay:
    """Hands a text to the gateway. Whether a repeated one is told apart is the provider's affair: it counts as not."""

    def __init__(self, client: httpx.AsyncClient, template: SmsTemplate, *, timeout: float) -> None:
        self._client = client
        self._template = template
        self._timeout = timeout

    async def send(self, message: Message, *, now: datetime) -> Outcome:
        template = self._template
        values = {"phone": message.to.address, "text": message.text, "key": message.key}
        url = filled(template.url, {name: quote(value, safe="") for name, value in values.items()})
        body = filled(template.body, values)
        if template.form:
            kind, content = "application/x-www-form-urlencoded", urlencode(body).encode()
        else:
            kind, content = "application/json", msgspec.json.encode(body)
        answer = await exchange(
            self._client, "POST", url, content=content, headers={"content-type": kind} | dict(template.headers),
            timeout=self._timeout,
        )  # fmt: skip
        taken = taken_or(answer, now)
        return self._read(taken.body) if isinstance(taken, Answered) else taken

    def _read(self, body: bytes | None) -> Outcome:
        if self._template.ok is None:
            return handed_over()
        if body is None:
            return unknown("the answer did not come to its end")
        path, _, wanted = self._template.ok.partition("=")
        found = at_path(body, path)
        if found is None:
            return unknown("the answer does not say what became of it")
        if found == wanted:
            return handed_over()
        # The value is the provider's code; anything longer may quote the number.
        error = (
            f"{path}={found}" if re.fullmatch(r"[A-Za-z0-9._-]{1,40}", found) else f"{path} is not {wanted}"
        )
        if re.search(r"\d{6}", error.removeprefix(path)):
            error = f"{path} is not {wanted}"
        return retry(error, works=None) if found in self._template.later else undeliverable(error)


def at_path(body: bytes, path: str) -> str | None:
    """The scalar at a dotted path through a JSON answer, as text; None where there is none."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None
