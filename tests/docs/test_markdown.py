"""Links lead somewhere, and no document knows on which machine it was written."""

import re
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, anchors, documents, prose, text_of

_LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(
    r"`((?:app|alerts|dispatch|sla|models|migrations|tests|benchmarks|scripts|deploy)/[\w./-]+\.\w+)"
)
_MACHINE = re.compile(r"(?<![\w.<])/(work|root|home|Users|tmp)/|[A-Z]:\\")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_are_the_documents_the_readme_promises() -> None:
    names = {_name(path) for path in documents()}
    assert {"README.md", "CHANGELOG.md", "docs/ARCHITECTURE.md", "docs/states.md"} <= names
    assert {"docs/glossary.md", "docs/operations.md"} <= names


@pytest.mark.parametrize("path", documents(), ids=_name)
def test_relative_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in _LINK.findall(prose(text)):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        there = (path.parent / place).resolve() if place else path
        assert there.exists(), f"{_name(path)}: {target}"
        if anchor:
            assert anchor in anchors(there.read_text(encoding="utf-8")), f"{_name(path)}: {target}"


@pytest.mark.parametrize("path", documents(), ids=_name)
def test_files_named_in_a_document_are_there(path: Path) -> None:
    for name in _CODE.findall(prose(path.read_text(encoding="utf-8"))):
        assert (ROOT / name).exists(), f"{_name(path)}: {name}"


@pytest.mark.parametrize("path", documents(), ids=_name)
def test_no_document_names_a_place_on_one_machine(path: Path) -> None:
    assert not _MACHINE.findall(path.read_text(encoding="utf-8")), _name(path)


def test_decisions_are_numbered_without_a_gap_and_have_their_five_headings() -> None:
    paths = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [path.name[:4] for path in paths] == [f"{n:04d}" for n in range(1, len(paths) + 1)]
    wanted = ["Status", "Context", "Decision", "Consequences", "Alternatives"]
    for path in paths:
        text = text_of(_name(path))
        assert text.startswith(f"# {path.name[:4]} "), path.name
        assert re.search(r"^Date: \d{4}-\d{2}-\d{2}$", text, re.MULTILINE), path.name
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == wanted, path.name
