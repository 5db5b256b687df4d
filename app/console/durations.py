"""How long something lasts, as people say and type it: `1 小时 30 分钟`, `20 s`. Pure."""

import re

from app.console.rule_tables import number_of
from app.console.texts import N_, Texts
from models.said import Said, misplaced

_UNITS = (
    (86_400, N_("%(count)s d")),
    (3_600, N_("%(count)s h")),
    (60, N_("%(count)s min")),
    (1, N_("%(count)s s")),
)
_TYPED = {
    "d": 86_400, "天": 86_400, "h": 3_600, "小时": 3_600, "时": 3_600, "min": 60, "分钟": 60, "分": 60, "s": 1, "秒": 1,
}  # fmt: skip
_PART = re.compile(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*(d|天|h|小时|时|min|分钟|分|s|秒)", re.ASCII)


def duration_in_words(words: Texts, seconds: float) -> str:
    """From days to seconds, what is none of left out; a fraction stays with the seconds."""
    left, parts = round(seconds, 3), []
    for size, name in _UNITS[:-1]:
        count, left = divmod(left, size)
        if count:
            parts.append(words.say(name, count=f"{count:.0f}"))
    if left or not parts:
        parts.append(words.say(_UNITS[-1][1], count=f"{left:.3f}".rstrip("0").rstrip(".")))
    return " ".join(parts)


def seconds_of(said: str, place: str) -> float:
    """What somebody typed, in either language; a number alone is minutes. Raises Invalid, naming the place."""
    text = said.strip()
    if not any(unit in text for unit in _TYPED):
        return round(number_of(text, place) * 60, 3)
    total, at = 0.0, 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            raise misplaced(place, Said("%(value)s is no time such as 15 min", value=repr(said[:40])))
        total += float(part[1]) * _TYPED[part[2]]
        at = part.end()
    return round(total, 3)
