"""Every frame that was seen in the field has its verdict, and the document says the same."""

from pathlib import Path

import pytest

from scripts.hj212_verdicts import table
from tests.docs.markdown import text_of
from tests.hj212 import field_frames, verdicts

STRICT = "reading of 7"


@pytest.fixture(scope="module")
def seen(shared: Path) -> list[bytes]:
    return list(field_frames(shared))


def test_the_document_has_the_verdict_of_every_frame(shared: Path) -> None:
    text = text_of("docs/hj212.md")
    assert text.split("<!-- verdicts -->\n")[1].split("\n<!-- /verdicts -->")[0] == table(shared)


def test_only_what_the_standard_wants_passes_without_a_profile(seen: list[bytes]) -> None:
    assert len(seen) == 36
    passed = [n for n, raw in enumerate(seen, start=1) if verdicts(raw)[0] == STRICT]
    assert passed == [24]


@pytest.mark.parametrize(
    ("number", "tolerance"),
    [
        (1, "modbus_crc"),
        (11, "odd_data_time"),
        (23, "length_plus_6"),
        (25, "odd_qn"),
        (26, "swapped_crc"),
        (32, "version_2025"),
        (33, "lower_case_crc"),
        (35, "three_digit_length"),
    ],
)
def test_each_habit_of_devices_needs_its_own_word(seen: list[bytes], number: int, tolerance: str) -> None:
    assert tolerance in verdicts(seen[number - 1])[1].split(", ")


def test_a_crc_that_nothing_explains_is_never_taken(seen: list[bytes]) -> None:
    for number in (16, 18, 20, 21, 22, 30, 31, 35):
        assert verdicts(seen[number - 1])[2] in ("bad_crc", "bad_length")
