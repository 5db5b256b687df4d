"""One exchange over HTTP that never lasts longer than it may, and tells what did not go out from what may have."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx

from notify.outcome import Outcome, refused, retry, retry_after, undeliverable, unknown

LONGEST_BODY = 64 * 1024
"""Of an answer: what is said beyond is not read."""
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_HOPELESS = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError)


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    headers: Mapping[str, str]
    body: bytes | None
    """None when it did not come to its end in time, or was not asked for."""


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer. `error` names what happened and says nothing of the address."""

    error: str
    sent: bool = True
    """Whether the request may have reached the other side."""
    hopeless: bool = False
    """Such a request can never be made."""


async def exchange(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    content: bytes,
    headers: Mapping[str, str],
    timeout: float,  # noqa: ASYNC109 (of the whole exchange, also of what httpx does)
    params: Mapping[str, str] | None = None,
    body: bool = True,
) -> Answered | Lost:
    """Sends one request and reads the answer, both within `timeout` seconds; redirects are not followed."""
    status, heard = 0, httpx.Headers()
    parts: list[bytes] = []
    try:
        async with asyncio.timeout(timeout):
            async with client.stream(
                method, url, content=content, headers=headers, params=params, timeout=timeout,
                follow_redirects=False,
            ) as answer:  # fmt: skip
                status, heard = answer.status_code, answer.headers
                if body:
                    size = 0
                    async for part in answer.aiter_bytes():
                        size += len(part)
                        parts.append(part)
                        if size > LONGEST_BODY:
                            return Answered(status, heard, None)
                return Answered(status, heard, b"".join(parts) if body else None)
    except _HOPELESS as fault:
        return Lost(type(fault).__name__, sent=False, hopeless=True)
    except _NOT_SENT as fault:
        return Lost(_named(fault), sent=False)
    except (httpx.HTTPError, TimeoutError, OSError) as fault:
        return Answered(status, heard, None) if status else Lost(_named(fault))


def taken_or(answer: Answered | Lost, now: datetime) -> Answered | Outcome:
    """The answer of a gateway that took the message, or what it means that none did.

    For gateways that do not tell a repeated message from a new one: what may have arrived is not sent again.
    """
    if isinstance(answer, Lost):
        if answer.hopeless:
            return undeliverable(answer.error)
        return unknown(answer.error) if answer.sent else retry(answer.error)
    if not 200 <= answer.status < 300:
        return refused(answer.status, retry_after(answer.headers.get("retry-after"), now))
    return answer


def _named(fault: BaseException) -> str:
    """The kind of fault, and the system's own words where there are any; never a library's, which may quote a URL."""
    cause: BaseException | None = fault
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return f"{type(fault).__name__}: {cause.strerror}"
        cause = cause.__cause__ or cause.__context__
    return type(fault).__name__
