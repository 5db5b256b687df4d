"""Pages as a person reads them, and their forms as a browser would send them."""

import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser

import httpx

Browser = Callable[[str | None], httpx.AsyncClient]


class Forms(HTMLParser):
    """The forms of a page: where each posts to, and its hidden fields."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._open: dict[str, str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form":
            self._open = self.found.setdefault((values.get("action") or "").rpartition("/")[2], {})
        if tag == "input" and values.get("type") == "hidden" and self._open is not None:
            self._open[values.get("name") or ""] = values.get("value") or ""


async def forms(client: httpx.AsyncClient, order_id: int) -> dict[str, dict[str, str]]:
    page = await client.get(f"/orders/{order_id}")
    assert page.status_code == 200, page.text
    found = Forms(page.text).found
    found.pop("logout")
    return found


def visible(text: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))
