"""Figures of the air as they read: zeros kept, levels alike, a minus that is one."""

from app.console.figures import alike, index, level, signed, tenths
from app.papers.paper import Figure, Kind, in_words


def test_an_index_keeps_its_zeros_and_a_third_decimal_that_was_published() -> None:
    assert [index(one) for one in ("4.9", "3.1", "5", "3.655", "-0.1", None)] == [
        "4.90", "3.10", "5.00", "3.655", "−0.10", "—",
    ]  # fmt: skip
    assert in_words(Kind.INDEX, Figure(4.9)) == "4.90"


def test_levels_stand_alike_and_a_minus_is_one() -> None:
    assert (level("pm25", "34.968"), level("co", "0.74"), level("o3", None)) == ("35", "0.7", "—")
    assert alike(["66", "69.9", "70"]) == ["66.0", "69.9", "70.0"]
    assert (tenths("66"), tenths("-3.25"), signed("-7.2")) == ("66.0", "−3.25", "−7.2")
    assert in_words(Kind.SHARE, Figure(-0.072)) == "−7.2%"
