"""What a page asks for until it can be used, counted on the wire: exchanges one after another, and their bytes.

Neither depends on how fast a machine is; on a slow network they are nearly all there is to wait for.
"""

from dataclasses import dataclass
from typing import Any, Self

from playwright.async_api import CDPSession, Page

LATENCY_MS, BYTES_PER_MS = 400, 50
"""Slow 3G: 400 ms before each answer begins, 400 kbit/s."""


@dataclass
class Asked:
    url: str
    at_ms: float
    """Of the epoch, as the browser tells it."""
    because: str
    """The address of what asked for it, "" for the page itself."""
    bytes: int = 0


class Loading:
    """Listens to the network of one page from now on."""

    def __init__(self) -> None:
        self._asked: dict[str, Asked] = {}

    @classmethod
    async def of(cls, page: Page) -> Self:
        loading = cls()
        session: CDPSession = await page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", loading._sent)
        session.on("Network.loadingFinished", loading._received)
        await session.send("Network.enable")
        return loading

    def _sent(self, event: dict[str, Any]) -> None:
        because = _asker(event["initiator"])
        self._asked[event["requestId"]] = Asked(event["request"]["url"], event["wallTime"] * 1000, because)

    def _received(self, event: dict[str, Any]) -> None:
        if (asked := self._asked.get(event["requestId"])) is not None:
            asked.bytes = int(event["encodedDataLength"])

    def until(self, epoch_ms: float) -> list[Asked]:
        return [asked for asked in self._asked.values() if asked.at_ms <= epoch_ms]


def _asker(initiator: dict[str, Any]) -> str:
    if "url" in initiator:
        return str(initiator["url"])
    stack = initiator.get("stack")
    while stack is not None:
        for frame in stack["callFrames"]:
            if frame["url"]:
                return str(frame["url"])
        stack = stack.get("parent")
    return ""


def exchanges(asked: list[Asked]) -> int:
    """How many answers have to be waited for, each before the next can be asked for."""
    because: dict[str, str] = {}
    for one in asked:
        because.setdefault(one.url, one.because)

    def depth(url: str) -> int:
        return 1 + depth(because[url]) if because.get(url) else 1

    return max(depth(one.url) for one in asked)


def on_slow_network_ms(asked: list[Asked]) -> float:
    return exchanges(asked) * LATENCY_MS + sum(one.bytes for one in asked) / BYTES_PER_MS
