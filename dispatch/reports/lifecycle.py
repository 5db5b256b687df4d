"""The way of a report from below as one table, and how near another one looks the same: pure."""

from datetime import datetime, timedelta

from models import transitions
from models.enums import ProblemCategory, ReportAct, ReportState
from models.errors import Invalid

ALLOWED: dict[ReportState, dict[ReportAct, ReportState]] = {
    # The township collects what its villages report, and solves it or hands it onward (annex 1 art. 7).
    ReportState.COLLECTED: {
        ReportAct.FORWARD: ReportState.FILED,
        ReportAct.SOLVE: ReportState.SOLVED,
    },
    # The county or park judges it (annex 1 art. 6, 18).
    ReportState.FILED: {
        ReportAct.ORDER: ReportState.ORDERED,
        ReportAct.TASK: ReportState.TASKED,
        ReportAct.MERGE: ReportState.MERGED,
        ReportAct.DISMISS: ReportState.DISMISSED,
        ReportAct.REFER: ReportState.REFERRED,
    },
    # Beyond one county or one department the prefecture coordinates (annex 1 art. 18).
    ReportState.REFERRED: {
        ReportAct.ORDER: ReportState.ORDERED,
        ReportAct.MERGE: ReportState.MERGED,
        ReportAct.DISMISS: ReportState.DISMISSED,
    },
    ReportState.SOLVED: {},
    ReportState.ORDERED: {},
    ReportState.TASKED: {},
    ReportState.MERGED: {},
    ReportState.DISMISSED: {},
}
CATEGORY_NAMES = {
    ProblemCategory.SCATTERED: "“散乱污”企业",
    ProblemCategory.ENTERPRISE: "企业违法排污",
    ProblemCategory.COAL_BOILER: "燃煤锅炉",
    ProblemCategory.DUST: "扬尘污染",
    ProblemCategory.BURNING: "露天焚烧",
    ProblemCategory.BLACK_WATER: "黑臭水体",
    ProblemCategory.SEWAGE: "倾倒污水",
    ProblemCategory.WASTE: "垃圾堆放",
    ProblemCategory.FILM: "残膜和农药包装废弃物",
    ProblemCategory.LIVESTOCK: "畜禽养殖污染",
    ProblemCategory.NOISE: "噪音扰民",
    ProblemCategory.OTHER: "其他",
}
# What is shown to the triager as perhaps the same problem.
NEAR_M = 500.0
NEAR = timedelta(hours=24)
LATEST_FOUND = timedelta(days=30)
"""A problem that was found longer ago is none to be reported now."""


def following(state: ReportState, act: ReportAct) -> ReportState:
    """The state an act leads to; raises ForbiddenTransition, naming what could be done instead."""
    return transitions.following(ALLOWED, state, act, what="a report")


def check_found(found_at: datetime, now: datetime) -> None:
    """Raises Invalid for a problem found in the future, or too long ago."""
    if found_at > now:
        raise Invalid("a problem cannot have been found in the future", field="found_at")
    if now - found_at > LATEST_FOUND:
        raise Invalid(f"it was found more than {LATEST_FOUND.days} days ago", field="found_at")


def first_state(level: int, township_answers: bool) -> ReportState:
    """Where a report of a grid of this level waits first; a village's goes to its township, if anybody is there.

    Raises Invalid for a grid that has nobody above it to report to.
    """
    if level < 3:
        raise Invalid("grids of level 3 and 4 report upward", field="grid")
    return ReportState.COLLECTED if level == 4 and township_answers else ReportState.FILED
