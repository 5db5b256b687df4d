"""Places of the policy, as files and the database name them, as a reader would cite them. Pure."""

import re

from app.console.texts import N_, Texts

_BODY = re.compile(r"body §(\d{1,2})(?:\(([一二三四五六七八九十]|\d{1,2})\))?")
_ANNEX = re.compile(r"annex (\d{1,2}) art\. (\d{1,2})(?:\(([一二三四五六七八九十])\)(\d{1,2})?)?")
_DIGITS = "〇一二三四五六七八九"
OWN = N_("own")


def cited(words: Texts, source: str) -> str:
    """Such as 正文第三部分（三） for `body §3(三)`; what is no such place is given as it is."""
    if source == OWN:
        return words.say(OWN)
    if found := _BODY.fullmatch(source):
        part, item = _numeral(words, found[1]), found[2]
        if item is None:
            return words.say("policy, part %(part)s", part=part)
        return words.say("policy, part %(part)s (%(item)s)", part=part, item=_numeral(words, item))
    if found := _ANNEX.fullmatch(source):
        article, item = _numeral(words, found[2]), found[3]
        if item is not None:
            return words.say(
                "policy, annex %(annex)s art. %(article)s (%(item)s) %(point)s", annex=found[1], article=article,
                item=_numeral(words, item), point=found[4] or "",
            ).strip()  # fmt: skip
        return words.say("policy, annex %(annex)s art. %(article)s", annex=found[1], article=article)
    return source


def _numeral(words: Texts, number: str) -> str:
    """The number as the policy writes it in Chinese, in digits in English; up to 99."""
    value = int(number) if number.isdigit() else ("〇一二三四五六七八九十".index(number))
    if words.language != "zh":
        return str(value)
    tens, ones = divmod(value, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones or not tens else "")
