"""Beside a line of the checklist stands what the record says, by the limit that the order had."""

from typing import Any

import pytest

from app.console.checked import beside_lines, idle_lines
from app.console.texts import texts


def order(**over: Any) -> dict[str, Any]:
    clock = {
        "kind": "feedback", "started_at": "2026-11-23T00:00:00+00:00", "due_at": "2026-11-23T00:00:40+00:00",
    }  # fmt: skip
    return {"clocks": [clock], "feedback_at": None, "station": "WZ-1"} | over


@pytest.mark.parametrize(
    ("at", "zh", "en"),
    [
        (None, "记录：时限 40 秒，未反馈。", "By the record: limit 40 s, no feedback."),
        ("2026-11-23T00:00:40+00:00", "记录：时限 40 秒，按时。", "By the record: limit 40 s, in time."),
        (
            "2026-11-23T00:02:45+00:00", "记录：时限 40 秒，逾期 2 分钟 5 秒。",
            "By the record: limit 40 s, late by 2 min 5 s.",
        ),
    ],
)  # fmt: skip
def test_the_feedback_is_said_by_the_limit_of_the_order(at: str | None, zh: str, en: str) -> None:
    for language, said in (("zh", zh), ("en", en)):
        assert beside_lines(texts(language), order(feedback_at=at)) == {"seen_in_time": said}


def test_without_a_station_there_is_no_retest_to_look_at() -> None:
    bare = order(station=None, clocks=[])
    assert beside_lines(texts("en"), bare) == {
        "verdict_looked_at": "The order has no station: there is no re-test to look at."
    }
    assert (idle_lines(bare), idle_lines(order())) == ({"verdict_looked_at"}, frozenset())
