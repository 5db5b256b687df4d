"""A whole document out of a text area: JSON, with the place of its first fault. Pure."""

import json
from typing import Any

from app.console.administering import told
from app.console.texts import Texts

LONGEST = 400_000


def shown(body: Any) -> str:
    """As it is laid out to be read and edited."""
    return json.dumps(body, ensure_ascii=False, indent=2)


def document_of(text: str, words: Texts) -> dict[str, Any]:
    """The JSON object that a text is; raises Invalid with `shown`, which says where the text stops being one."""
    if len(text) > LONGEST:
        raise told(words.say("The document is too long: at most %(most)s characters.", most=LONGEST))
    try:
        found = json.loads(text, parse_constant=_no_number, object_pairs_hook=_distinct)
    except json.JSONDecodeError as fault:
        line = words.say(
            "This is no JSON from line %(line)s, column %(column)s on.", line=fault.lineno, column=fault.colno
        )
        raise told(line) from None
    except _Twice as fault:
        raise told(words.say("A name stands twice in one place: %(name)s", name=str(fault)[:100])) from None
    except (ValueError, RecursionError):
        raise told(words.say("The document is nested too deeply or holds a number that is none.")) from None
    if not isinstance(found, dict):
        raise told(words.say("The document has to be an object: { … }"))
    return found


class _Twice(Exception):
    """Of two values under one name nobody knows which was meant."""


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(name)
        found[name] = value
    return found


def _no_number(name: str) -> Any:
    raise ValueError(name)
