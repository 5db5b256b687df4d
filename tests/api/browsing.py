"""Pages as a person reads them, and their forms as a browser would send them."""

import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from typing import get_args

import httpx

from app.console.asking import Asking
from app.console.forms import Act

ACTS = get_args(Act)
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
    return {act: hidden for act, hidden in found.items() if act in ACTS}


async def asks(client: httpx.AsyncClient, order_id: int) -> dict[str, dict[str, str]]:
    """The forms beside the order's states: what may be asked and decided."""
    page = await client.get(f"/orders/{order_id}")
    assert page.status_code == 200, page.text
    found = Forms(page.text).found
    return {act: hidden for act, hidden in found.items() if act in get_args(Asking)}


def visible(text: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))
