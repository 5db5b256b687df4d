"""The project's documents, as these tests read them."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PUNCTUATION = re.compile(r"[^\w\- ]")


def documents() -> list[Path]:
    """Every document of the project: not what was installed, stored or made while running."""
    folders = [folder for folder in ROOT.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
    ours = (folder for folder in folders if folder.name not in ("var", "build", "dist", "node_modules"))
    found = [path for folder in ours for path in folder.rglob("*.md")]
    return sorted([*ROOT.glob("*.md"), *found])


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The contents of the fenced blocks in a language."""
    return [match[2] for match in _FENCE.finditer(text) if match[1] == language]


def prose(text: str) -> str:
    """The text without its fenced blocks."""
    return _FENCE.sub("", text)


def rows(text: str) -> Iterator[list[str]]:
    """The cells of every table row."""
    for line in prose(text).splitlines():
        if line.startswith("|") and line.rstrip().endswith("|"):
            # A pipe inside a cell is written `\|`.
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])]


def section(text: str, title: str) -> str:
    """What stands under a heading, up to the next one of its level or above."""
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, f"no section {title}"
    level = len(found[1])
    return re.split(rf"^#{{1,{level}}} ", found[2], flags=re.MULTILINE)[0]


def anchors(text: str) -> set[str]:
    """What a link may point to within a document, in the form that forges give headings."""
    headings = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {_PUNCTUATION.sub("", heading.strip().lower()).replace(" ", "-") for heading in headings}
