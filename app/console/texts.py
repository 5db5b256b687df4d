"""Every text a person reads: English in the code, Chinese from the catalogue, read once without a compile step."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LOCALE = Path(__file__).parent / "locale"
CHINESE, ENGLISH = "zh", "en"
DEFAULT = CHINESE
_CATALOGUES = {CHINESE: "zh_CN"}
TAGS = {CHINESE: "zh-CN", ENGLISH: "en"}
"""What the page declares itself to be written in."""


def N_(msgid: str) -> str:  # noqa: N802 (the name gettext tools look for)
    """Marks a text that is said later; gives it back as it is."""
    return msgid


@dataclass(frozen=True, slots=True)
class Texts:
    """One language. An unknown text is said in English rather than not at all."""

    language: str
    messages: Mapping[str, str]

    @property
    def tag(self) -> str:
        return TAGS[self.language]

    def say(self, msgid: str, **values: object) -> str:
        """The text in this language, with `%(name)s` filled in where values are given."""
        text = self.messages.get(msgid, msgid)
        return text % values if values else text


@cache
def texts(language: str) -> Texts:
    """The texts of a language, of the default one for a language that is none of ours."""
    known = language if language in TAGS else DEFAULT
    name = _CATALOGUES.get(known)
    return Texts(known, {} if name is None else _read(LOCALE / name / "LC_MESSAGES" / "messages.po"))


def _read(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    return {m.id: m.string for m in catalogue if isinstance(m.id, str) and isinstance(m.string, str) and m.id}
