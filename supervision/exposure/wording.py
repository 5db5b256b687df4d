"""What is typed about a case, checked: bounded, and without a party's name where more people read it. Pure."""

import unicodedata
from collections.abc import Collection, Sequence

from models.errors import Invalid
from supervision.exposure.masking import Named, leaks

LONGEST_NUMBER, LONGEST_TITLE, LONGEST_PARTY = 60, 100, 200
LONGEST_BODY = 10_000
LONGEST_REASON, LONGEST_DOCUMENT, LONGEST_ADDRESS = 1000, 300, 500
MOST_PARTIES = 20
_CONTROL = ("Cc", "Cs", "Zl", "Zp")


def line(text: str, field: str, longest: int) -> str:
    """One line; raises Invalid naming the field for an empty or longer one, and for control characters."""
    said = _seen(text).strip()
    if not 0 < len(said) <= longest or any(unicodedata.category(char) in _CONTROL for char in said):
        raise Invalid(f"wants one line of 1 to {longest} characters", field=field)
    return said


def passage(text: str, field: str, longest: int) -> str:
    """Lines; raises Invalid naming the field for an empty or longer text, and for control characters."""
    said = _seen(text).replace("\r\n", "\n").strip()
    control = any(unicodedata.category(char) in _CONTROL and char not in "\n\t" for char in said)
    if not 0 < len(said) <= longest or control:
        raise Invalid(f"wants 1 to {longest} characters", field=field)
    return said


def nameless(text: str, field: str, parties: Sequence[Named], numbers: Collection[str] = ()) -> str:
    """The text itself; raises Invalid naming the field, and never the name, where it names a party."""
    if found := leaks(text, parties, numbers):
        raise Invalid(f"it names a party in line {found[0].line}, column {found[0].column}", field=field)
    return text


def _seen(text: str) -> str:
    """Without what turns or hides characters: it comes along from word processors, and nobody means it."""
    return "".join(char for char in text if unicodedata.category(char) != "Cf")
