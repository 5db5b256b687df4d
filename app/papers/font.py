"""The one font of pages, embedded in every file that uses it, and what is shown for a character it lacks."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics, ttfonts

NAME = "NotoSansSC"
FILE = Path(__file__).parent / "font" / "NotoSansSC-Regular.subset.ttf"
_SPACES = str.maketrans({"\t": " ", "\n": " ", "\r": " ", "\u00a0": " ", "\u3000": " "})
_ASTRAL = re.compile(r"<([0-9A-F]{5,6})>")


@dataclass(frozen=True, slots=True)
class Font:
    widths: Mapping[int, float]
    """By code point, of an em of 1; what is not in here the font cannot show."""

    def printable(self, text: str) -> str:
        """The text as the font can show it: nothing is left out without a trace.

        What it lacks is shown as the plain characters it stands for (₂ as 2), else as 〓 and the code point.
        """
        text = text.translate(_SPACES)
        if all(ord(char) in self.widths for char in text):
            return text
        return "".join(map(self._shown, text))

    def _shown(self, char: str) -> str:
        if ord(char) in self.widths:
            return char
        plain = unicodedata.normalize("NFKC", char)
        if plain and all(ord(part) in self.widths for part in plain):
            return plain
        return f"〓U+{ord(char):04X}"

    def width(self, text: str) -> float:
        """Of printable text, in em."""
        return sum(map(self.widths.__getitem__, map(ord, text)))


@cache
def font() -> Font:
    """The font, made known to the library that writes pages."""
    face = ttfonts.TTFont(NAME, str(FILE))
    pdfmetrics.registerFont(face)
    _mend()
    known = face.face.charToGlyph
    widths = {code: face.face.charWidths.get(code, 1000) / 1000 for code in known if code >= 32}
    return Font(widths)


def _mend() -> None:
    """Has rare characters found again by whoever searches or copies.

    The library writes the code point of one beyond U+FFFF as five digits, which readers refuse; the format wants
    UTF-16.
    """
    theirs = ttfonts.makeToUnicodeCMap

    def whole(fontname: str, subset: Any) -> str:
        return _ASTRAL.sub(_utf16, theirs(fontname, subset))

    ttfonts.makeToUnicodeCMap = whole


def _utf16(found: re.Match[str]) -> str:
    return f"<{chr(int(found[1], 16)).encode('utf-16-be').hex().upper()}>"
