"""A monthly paper of a month that is not over says so."""

from datetime import UTC, datetime

from app.console.texts import texts
from app.papers.response import to_date

LAST_EVENING = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
NEXT_MONTH = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)


def test_a_month_that_runs_is_told_with_its_last_day_in_beijing() -> None:
    assert to_date(texts("zh"), "2026-11", LAST_EVENING) == ["本月未满，统计截至 2026-11-30"]
    assert to_date(texts("en"), "2026-11", LAST_EVENING) == ["Month to date, through 2026-11-30"]


def test_a_month_that_is_over_is_not() -> None:
    assert to_date(texts("zh"), "2026-11", NEXT_MONTH) == []
