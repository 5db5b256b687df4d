"""Whoever writes a clock says so: a road that forgets it would leave every board wrong."""

import re

from tests.docs.markdown import ROOT

_WRITES = re.compile(
    r"(UPDATE|INSERT INTO|DELETE FROM)\s+sla_clock|(update|insert|delete)\(SlaClock\)|SlaClock\.__table__"
)


def test_every_module_that_writes_clocks_notes_the_change() -> None:
    writers = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for package in ("sla", "app", "dispatch", "alerts")
        for path in (ROOT / package).rglob("*.py")
        if _WRITES.search(path.read_text(encoding="utf-8"))
    }
    assert "sla/repository.py" in writers
    assert [path for path, text in writers.items() if "changes.note(" not in text] == []
