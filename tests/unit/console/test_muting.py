"""What a mute may be."""

from datetime import UTC, datetime, timedelta

import pytest

from app.console.muting import Alarm, lifted_of, mute_of
from models.errors import Invalid

FIELDS = {"alarm": "breached", "minutes": "30", "reason": " 指挥长已到岗 "}


def test_a_mute_has_an_alarm_an_end_and_a_reason() -> None:
    mute = mute_of(FIELDS)
    assert (mute.alarm, mute.reason) == (Alarm.BREACHED, "指挥长已到岗")
    now = datetime(2026, 11, 27, tzinfo=UTC)
    assert mute.until(now) - now == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("name", "value"),
    [("alarm", ""), ("alarm", "all"), ("minutes", "0"), ("minutes", "600"), ("minutes", "15.0"), ("minutes", ""),
     ("reason", "  "), ("reason", "x" * 201)],
)  # fmt: skip
def test_anything_else_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        mute_of(FIELDS | {name: value})
    assert refused.value.extra["field"] == name


def test_what_is_lifted_is_named_by_its_alarm_and_its_end() -> None:
    alarm, until = lifted_of({"alarm": "breached", "until": "2026-11-27T00:30:00+00:00"})
    assert (alarm, until) == (Alarm.BREACHED, datetime(2026, 11, 27, 0, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("name", "value"), [("alarm", "all"), ("until", ""), ("until", "soon"), ("until", "2026-11-27T00:30:00")]
)
def test_no_such_mute_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        lifted_of({"alarm": "breached", "until": "2026-11-27T00:30:00+00:00"} | {name: value})
    assert refused.value.extra["field"] == name
