"""Pages out of templates: escaped, in the reader's language, with headers that allow nothing but our own files."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

from app.auth.callers import context_of, csrf_token_of
from app.auth.scope import Caller
from app.console import figures, shown
from app.console.citing import cited
from app.console.durations import duration_in_words
from app.console.duty_names import gap_in_words
from app.console.menu import menu_of
from app.console.names import THEME, named
from app.console.places import place_in_words
from app.console.texts import Texts, texts
from app.console.verdict import verdict_in_words
from app.console.why import why_in_words
from models.clock import BEIJING

HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
THEMES = ("auto", "light", "dark")
"""The first, as the device is set, unless somebody chose."""
FRESH = "no-store"
"""A page shows the state of its moment: no cache, and no copy on a shared machine."""
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file with the address that changes whenever its content does."""

    url: str
    digest: str
    media_type: str
    content: bytes


@cache
def assets() -> Mapping[str, Asset]:
    found = {}
    for path in sorted((HERE / "static").iterdir()):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:16]
            url = f"/static/{digest}/{path.name}"
            found[path.name] = Asset(url, digest, _TYPES[path.suffix], content)
    return found


class _Compiled(BytecodeCache):
    """What templates were compiled to, for the environment of the other language."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


@cache
def _environment(language: str) -> Environment:
    words = texts(language)
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        bytecode_cache=_COMPILED,
        # Otherwise a filter of a constant, and with it a language, would be compiled in.
        optimized=False,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals |= {
        "_": words.say,
        "words": words,
        "theme_names": {theme: words.say(name) for theme, name in THEME.items()},
        "named": partial(named, words),
        "why": partial(why_in_words, words),
        "verdict_said": partial(verdict_in_words, words),
        "as_published": figures.level,
        "countdown": shown.countdown,
        "next_clock": shown.next_clock,
        "asset": lambda name: assets()[name].url,
    }
    environment.filters |= {
        "beijing": shown.beijing, "span": shown.span, "size": shown.size, "json": shown.json_text,
        "plain": shown.plain, "moment": shown.moment, "last_day": shown.last_day,
        "duration": partial(duration_in_words, words),
        "index": figures.index, "signed": figures.signed, "tenths": figures.tenths, "alike": figures.alike,
        "pollutant_name": partial(named, words, "pollutant"),
        "cited": partial(cited, words),
        "gap_words": partial(gap_in_words, words),
        "place_name": partial(place_in_words, words),
    }  # fmt: skip
    return environment


def ready() -> None:
    """Reads every template, text and file, so that a fault in one stops the start and not a person's work."""
    for language in ("zh", "en"):
        environment = _environment(language)
        for name in environment.list_templates():
            environment.get_template(name)
    assets()


def words_of(request: Request) -> Texts:
    """The texts of the language this request is answered in."""
    return texts(getattr(request.state, "language", ""))


def address_of(request: Request) -> str:
    """The path of the page that is looked at: a form's own path leads nowhere by GET, but its order does."""
    path = request.url.path
    return path if request.method == "GET" or path.count("/") < 2 else path.rpartition("/")[0]


def rendered(language: str, template: str, values: Mapping[str, Any]) -> str:
    """A template in a language, for what is the same for every reader."""
    return _environment(language).get_template(template).render(values)


def page(
    request: Request, template: str, status: int = 200, *, caller: Caller | None = None, **values: Any
) -> Response:
    """A page or fragment; `now` is the server's instant that countdowns start from."""
    context = context_of(request)
    now = values.pop("now", None) or context.clock.now()
    text = (
        _environment(words_of(request).language)
        .get_template(template)
        .render(
            values
            | {
                "caller": caller,
                "menu": menu_of(caller) if caller else [],
                "theme": getattr(request.state, "theme", THEMES[0]),
                "themes": THEMES,
                "now": now,
                "year": now.astimezone(BEIJING).year,
                "csrf_token": csrf_token_of(request),
                "here": address_of(request),
                "query": [
                    (k, v)
                    for k, v in request.query_params.multi_items()
                    if k not in ("lang", "theme", "done")
                ],
            }
        )
    )
    return Response(text, status, {"Cache-Control": FRESH}, "text/html; charset=utf-8")
