"""What a registry file says of a station's part in its unit's air."""

import pytest

from app.registry.file import parse

FILE = """
grids: [{{code: P, name: 州, level: 1}}, {{code: K, name: 县, level: 2, parent: P}}]
stations: [{{code: A, name: 甲, grid: K, lon: 87.3, lat: 44.0, kind: {kind}{purpose}}}]
"""


def said(kind: str, purpose: str | None) -> tuple[str | None, list[str]]:
    text = FILE.format(kind=kind, purpose="" if purpose is None else f", purpose: {purpose}")
    parsed = parse(text, "registry.yaml", {})
    found = None if parsed.registry is None else parsed.registry.stations[0].purpose
    return found, [str(fault.message) for fault in parsed.faults]


@pytest.mark.parametrize(
    ("kind", "purpose", "found"),
    [
        ("reference", None, None),
        ("reference", "background", "background"),
        ("reference", "evaluation", "evaluation"),
        ("micro", None, "evaluation"),
        ("micro", "evaluation", "evaluation"),
    ],
)
def test_a_file_says_nothing_or_what_a_station_is_for(
    kind: str, purpose: str | None, found: str | None
) -> None:
    assert said(kind, purpose) == (found, [])


@pytest.mark.parametrize(
    ("kind", "purpose", "why"),
    [
        ("micro", "background", "only a reference station"),
        ("reference", "traffic", "none of"),
        ("micro", "traffic", "none of"),
    ],
)
def test_what_it_cannot_be_is_a_fault(kind: str, purpose: str, why: str) -> None:
    found, faults = said(kind, purpose)
    assert found is None
    assert len(faults) == 1
    assert why in faults[0]
