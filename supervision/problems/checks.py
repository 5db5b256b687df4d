"""The three checks 三次核查调度 of body §4(三): what the text prescribes for what is not corrected by then. Pure."""

from datetime import date, datetime, timedelta

from airquality.period import BEIJING
from models.enums import CheckMeasure, ProblemState
from models.errors import ForbiddenTransition, Invalid

ARTICLE = "正文第四部分（三）"
WORDS: dict[CheckMeasure, str] = {
    CheckMeasure.CRITICISM: "由州大气办通报批评",
    CheckMeasure.INTERVIEW_DEPUTY: "由州政府分管领导对二级网格相关同志进行公开约谈",
    CheckMeasure.INTERVIEW_HEAD: "由州政府主要负责同志对二级网格相关同志进行公开约谈",
}
"""As the text says it."""


def measure(number: int) -> CheckMeasure:
    """What the text prescribes after the check of this number; after the third it stays with the third."""
    if number < 1:
        raise ValueError(f"{number} is no check")
    return (CheckMeasure.CRITICISM, CheckMeasure.INTERVIEW_DEPUTY, CheckMeasure.INTERVIEW_HEAD)[
        min(number, 3) - 1
    ]


def week_of(now: datetime) -> date:
    """The Monday, Beijing time, of the week an instant lies in: the dispatch is weekly."""
    day = now.astimezone(BEIJING).date()
    return day - timedelta(days=day.weekday())


def next_number(
    state: ProblemState, due_at: datetime | None, checked: tuple[date, ...], now: datetime
) -> int:
    """The number of a check made now of a problem that was checked in these weeks.

    Raises ForbiddenTransition for a problem that is not with its grid, Invalid before its due day is over and for a
    second check in one week.
    """
    if state is not ProblemState.PUSHED or due_at is None:
        raise ForbiddenTransition(
            "only a problem that its grid has not corrected is checked", state=state.value, act="check"
        )
    if now < due_at:
        raise Invalid("its due day is not over", field="due_on")
    if week_of(now) in checked:
        raise Invalid("it was checked in this week already", field="week")
    return len(checked) + 1
