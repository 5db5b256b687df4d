"""Whether a text may be printed: its length, and nothing in it that names a party (annex 4 二(三))."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

SHORTEST, LONGEST = 1000, 1500
"""Characters, blanks not counted."""


class Leak(StrEnum):
    NAME = "name"
    """A party's whole name."""
    CORE = "core"
    """What is left of a company's name without place and legal form: whoever knows the town knows the company."""
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
        re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][A-Z0-9]{5,6}"),
    ),
)


def length(text: str) -> int:
    """The characters of a text as an editor counts them: without blanks and line ends."""
    return sum(not char.isspace() for char in text)


def fits(text: str) -> bool:
    """Whether it has 1,000 to 1,500 characters."""
    return SHORTEST <= length(text) <= LONGEST


def leaks(text: str, parties: Collection[str]) -> list[Finding]:
    """What in the text names a party, in the order of the parties; blanks, width and punctuation hide nothing."""
    plain, found = _plain(text), []
    for party in dict.fromkeys(parties):
        name, core = _plain(party), core_of(party)
        if name and name in plain:
            found.append(Finding(Leak.NAME, party))
        elif len(core) >= 2 and core in plain:
            found.append(Finding(Leak.CORE, core))
    wide = unicodedata.normalize("NFKC", text).upper()
    for leak, pattern in _PATTERNS:
        found += [Finding(leak, match.group()) for match in pattern.finditer(wide)]
    return found


def core_of(name: str) -> str:
    """A company's name without its place and legal form; empty for the name of a person, which has neither."""
    plain = _plain(name)
    core = _FORMS.sub("", plain)
    if core == plain:
        return ""
    while (shorter := _PLACES.sub("", core, count=1)) != core and len(shorter) >= 2:
        core = shorter
    return core


def _plain(text: str) -> str:
    """In one width and case, and nothing but letters and digits."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).upper() if char.isalnum())
