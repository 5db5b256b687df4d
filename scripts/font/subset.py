"""Makes the font of printed papers: Noto Sans SC, regular, with the characters of Chinese administration alone.

`python scripts/font/subset.py FROM.ttf TO.ttf`. The same font and the same fontTools give the same bytes.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

STANDARD = Path(__file__).parent / "standard-characters.txt"
"""通用规范汉字表 (国发〔2013〕23号): 8,105 characters in their order, as Unicode's kTGH lists them."""
_LATIN = (
    *range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x2010, 0x20A0), *range(0x2190, 0x2194), *range(0xFF01, 0xFF5F),
)  # fmt: skip
_SIGNS = "₀₁₂₃₄₅₆₇₈₉µμ℃≤≥≠±×÷−○●□■△▲☆★…—〓〔〕、。「」『』《》〈〉€"
_DROPPED = ["GSUB", "GPOS", "GDEF", "BASE", "vhea", "vmtx", "VORG", "DSIG", "STAT"]
"""Layout for shaping and for columns of characters: papers are set in lines, a glyph a character."""


def _gb2312() -> set[str]:
    found = set()
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                found.add(bytes([row, cell]).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return found


def wanted() -> list[int]:
    """The code points that papers can show."""
    standard = set(STANDARD.read_text(encoding="utf-8")) - {"\n"}
    return sorted({ord(c) for c in standard | _gb2312() | set(_SIGNS)} | set(_LATIN))


def main(source: str, target: str) -> None:
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True, name_IDs=["*"])
    options.drop_tables += _DROPPED
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted())
    cutter.subset(font)
    font.save(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
