"""Whether a text may be printed: its length, and nothing in it that names a party (annex 4 二(三))."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

SHORTEST, LONGEST = 1000, 1500
"""Characters, blanks not counted."""
MOST = 50
"""Findings that are told of one text."""


class Leak(StrEnum):
    NAME = "name"
    """A party's whole name."""
    CORE = "core"
    """What is left of a company's name without place and legal form: whoever knows the town knows the company."""
    NUMBER = "number"
    """The number of the decision: what is disclosed of it elsewhere has the name beside it."""
    IDENTITY = "identity"
    """The number of an identity card."""
    CREDIT_CODE = "credit_code"
    """统一社会信用代码"""
    TELEPHONE = "telephone"
    PLATE = "plate"
    """The number of a vehicle."""


@dataclass(frozen=True, slots=True)
class Finding:
    leak: Leak
    text: str
    """What was found, as it stands in the party's name or in the text."""
    line: int = 1
    column: int = 1
    """Where it begins in the text, both counted from 1."""


@dataclass(frozen=True, slots=True)
class Named:
    """What must not stand in a text."""

    name: str
    common: bool = False
    """What is left of the name without place and form is a word that any text may use, so only the whole counts."""


_FORMS = re.compile(
    r"(股份有限公司|有限责任公司|集团有限公司|有限公司|集团公司|总公司|分公司|公司|集团|合作社|工作室|经营部|加工厂|"
    r"个体工商户|事务所|中心|商行|厂)$"
)
_PLACES = re.compile(
    r"^(中国|新疆维吾尔自治区|新疆|昌吉回族自治州|昌吉州|[一-鿿]{1,8}?(?:自治州|自治县|地区|兵团|园区|市|州|县|区|乡|镇))"
)
_PATTERNS = (
    (Leak.IDENTITY, re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{9}[\dX](?![\dA-Z])")),
    (Leak.CREDIT_CODE, re.compile(r"(?<![0-9A-Z])[159Y][1239][0-9]{6}[0-9A-HJ-NP-RT-UW-Y]{10}(?![0-9A-Z])")),
    (Leak.TELEPHONE, re.compile(r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8})(?!\d)")),
    (
        Leak.PLATE,
        re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z]-?[A-Z0-9]{5,6}"),
    ),
)


def length(text: str) -> int:
    """The characters of a text as an editor counts them: without blanks and line ends."""
    return sum(not char.isspace() for char in text)


def fits(text: str) -> bool:
    """Whether it has 1,000 to 1,500 characters."""
    return SHORTEST <= length(text) <= LONGEST


def leaks(text: str, parties: Collection[str | Named], numbers: Collection[str] = ()) -> list[Finding]:
    """What in the text names a party, each with its place; blanks, width and punctuation hide nothing.

    In the order of the parties, then the numbers of decisions, then what looks like a number of a person or a company;
    at most MOST.
    """
    plain, at = _plain(text)
    found: dict[tuple[Leak, int], Finding] = {}
    named = dict.fromkeys(Named(one) if isinstance(one, str) else one for one in parties)
    for party in named:
        name, core = _plain(party.name)[0], "" if party.common else core_of(party.name)
        whole = set()
        for start in _starts(name, plain):
            whole.add(range(start, start + len(name)))
            _add(found, Leak.NAME, party.name, text, at[start])
        if len(core) >= 2:
            for start in _starts(core, plain):
                if not any(start in one for one in whole):
                    _add(found, Leak.CORE, core, text, at[start])
    for number in dict.fromkeys(numbers):
        for start in _starts(_plain(number)[0], plain):
            _add(found, Leak.NUMBER, number, text, at[start])
    # With its blanks, and without: a number may be spaced out, or stand between others.
    for wide, places in (_wide(text, blanks=True), _wide(text, blanks=False)):
        for leak, pattern in _PATTERNS:
            for match in pattern.finditer(wide):
                _add(found, leak, match.group(), text, places[match.start()])
    return list(found.values())[:MOST]


def core_of(name: str) -> str:
    """A company's name without its place and legal form; empty for the name of a person, which has neither."""
    plain = _plain(name)[0]
    core = _FORMS.sub("", plain)
    if core == plain:
        return ""
    while (shorter := _PLACES.sub("", core, count=1)) != core and len(shorter) >= 2:
        core = shorter
    return core


def _add(found: dict[tuple[Leak, int], Finding], leak: Leak, said: str, text: str, at: int) -> None:
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    found.setdefault((leak, at), Finding(leak, said, line, column))


def _starts(part: str, whole: str) -> Iterator[int]:
    """Where a part begins, each place of it that overlaps no earlier one."""
    start = whole.find(part) if part else -1
    while start >= 0:
        yield start
        start = whole.find(part, start + len(part))


def _plain(text: str) -> tuple[str, list[int]]:
    """In one width and case, and nothing but letters and digits; with the place of each in the text."""
    return _mapped((place, char) for place, char in _characters(text) if char.isalnum())


def _wide(text: str, *, blanks: bool) -> tuple[str, list[int]]:
    """In one width and case, with or without what is not seen."""
    return _mapped(
        (place, char)
        for place, char in _characters(text)
        if blanks or not (char.isspace() or unicodedata.category(char) == "Cf")
    )


def _characters(text: str) -> Iterator[tuple[int, str]]:
    for place, char in enumerate(text):
        for plain in unicodedata.normalize("NFKD", char).upper():
            yield place, plain


def _mapped(pairs: Iterable[tuple[int, str]]) -> tuple[str, list[int]]:
    characters, places = [], []
    for place, char in pairs:
        characters.append(char)
        places.append(place)
    return "".join(characters), places
