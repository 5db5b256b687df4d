"""How wide the columns of a table are, and where its cells break: never within a word or a figure. Pure."""

import re
from collections.abc import Callable, Sequence

Measure = Callable[[str], float]
_OPENING = "（〔【《「『“‘([{"
# What opens goes with what follows, what closes with what stands before; Chinese breaks between any two characters.
_PIECE = re.compile(
    rf"[{re.escape(_OPENING)}]*(?:[^\s\u2e80-\u9fff\uf900-\uff60\U00020000-\U0003ffff（）〔〕“”‘’…—]+|\S)"
    r"[）〕】》」』”’，。、；：！？…)\]},;:!?%]*\s*"
)


_SHORT = 3


def pieces(text: str) -> list[str]:
    """What a text is broken into at most, blanks at the ends of pieces."""
    return _PIECE.findall(text)


def least(texts: Sequence[str], measure: Measure) -> float:
    """The width that no word or figure of these texts exceeds."""
    return max((measure(piece.rstrip()) for text in texts for piece in pieces(text)), default=0.0)


def least_of_head(text: str, measure: Measure) -> float:
    """The same of a head, of which short words of Chinese stay whole too."""
    words = [word for word in re.split(rf"\s|(?=[{re.escape(_OPENING)}])", text) if len(word) <= _SHORT]
    return max(least([text], measure), *map(measure, words), 0.0)


def shared(least: Sequence[float], body: Sequence[float], whole: Sequence[float], room: float) -> list[float]:
    """Widths that fill the room; every column has its least before any has more, and wide texts give way.

    `body` is what a column would take on one line without its head, `whole` with it. Where not even the least fit, all
    give way alike.
    """
    if sum(least) >= room:
        return [width * room / sum(least) for width in least]
    if sum(whole) <= room:
        widths = list(whole)
    elif sum(body) <= room:
        widths = _filled(body, whole, room)
    else:
        widths = _filled(least, body, room)
    spare = (room - sum(widths)) / len(widths)
    return [width + spare for width in widths]


def _filled(few: Sequence[float], full: Sequence[float], room: float) -> list[float]:
    """Between `few` and `full`, the narrow columns first: none that gives way is narrower than one that does not."""
    low, high = 0.0, room
    for _ in range(50):
        level = (low + high) / 2
        taken = sum(max(one, min(top, level)) for one, top in zip(few, full, strict=True))
        low, high = (level, high) if taken <= room else (low, level)
    return [max(one, min(top, low)) for one, top in zip(few, full, strict=True)]


def lines(text: str, width: float, measure: Measure, *, indent: float = 0.0) -> list[str]:
    """The text in lines of at most this width, the first shorter by `indent`; a wider piece stands alone."""
    found: list[str] = []
    line = ""
    for piece in pieces(text):
        if line and measure((line + piece).rstrip()) > width - (0.0 if found else indent):
            found.append(line.rstrip())
            line = ""
        line += piece
    return [*found, line.rstrip()] if line else found
