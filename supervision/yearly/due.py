"""Which yearly duties a grid has, by when, and how each stands."""

from datetime import date, timedelta
from enum import StrEnum

from models.enums import YearlyKind
from supervision.readings import Readings

ARTICLE = {
    YearlyKind.PLAN: "annex 1 art. 22",
    YearlyKind.LETTER: "annex 1 art. 22",
    YearlyKind.TRAINING: "annex 1 art. 17",
    YearlyKind.SUMMARY: "annex 1 art. 22",
}


class YearlyState(StrEnum):
    """How a yearly duty stands on a day."""

    DONE = "done"
    DONE_LATE = "done_late"
    OPEN = "open"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


def kinds_of(level: int) -> tuple[YearlyKind, ...]:
    """各级网格 plan, sign and sum up; the level-2 grid trains the people of the grids below."""
    every = (YearlyKind.PLAN, YearlyKind.LETTER, YearlyKind.SUMMARY)
    return (*every, YearlyKind.TRAINING) if level == 2 else every


def due_on(kind: YearlyKind, year: int, readings: Readings, *, opened: date) -> date:
    """The last day of the duty of that year; a grid that came late has its days of grace from when it `opened`."""
    day = {
        YearlyKind.PLAN: readings.plan_due,
        YearlyKind.LETTER: readings.letter_due,
        YearlyKind.TRAINING: readings.training_due,
        YearlyKind.SUMMARY: readings.summary_due,
    }[kind]
    due = date.fromisoformat(f"{year + (kind is YearlyKind.SUMMARY)}-{day}")
    if opened <= date(year, 1, 7):
        return due
    grace = opened + timedelta(days=readings.yearly_grace_days)
    return max(due, min(grace, date(year, 12, 31)) if kind is YearlyKind.TRAINING else grace)


def state_of(due: date, done_on: date | None, *, today: date, warn_days: int) -> YearlyState:
    """From the earliest day it was done on; the due day itself is in time."""
    if done_on is not None:
        return YearlyState.DONE if done_on <= due else YearlyState.DONE_LATE
    if today > due:
        return YearlyState.OVERDUE
    return YearlyState.DUE_SOON if today >= due - timedelta(days=warn_days) else YearlyState.OPEN
