"""What is said of reports from below 上报 (msgids)."""

from collections.abc import Mapping
from typing import Any

from app.console.texts import N_
from models.enums import ProblemCategory, ProblemOrigin, ReportAct, ReportState

REPORT_STATE = {
    ReportState.COLLECTED: N_("With the township"),
    ReportState.FILED: N_("To be judged"),
    ReportState.REFERRED: N_("With the prefecture"),
    ReportState.SOLVED: N_("Solved by the township"),
    ReportState.ORDERED: N_("Became an order"),
    ReportState.TASKED: N_("Handed back as a task"),
    ReportState.MERGED: N_("Merged"),
    ReportState.DISMISSED: N_("Dismissed"),
}
REPORT_ACT = {
    ReportAct.FORWARD: N_("Passed on to the county or park"),
    ReportAct.SOLVE: N_("Solved by the township"),
    ReportAct.ORDER: N_("Became an order"),
    ReportAct.TASK: N_("Handed back as a task"),
    ReportAct.MERGE: N_("Merged"),
    ReportAct.DISMISS: N_("Dismissed"),
    ReportAct.REFER: N_("Referred to the prefecture"),
}
"""What was done, in the steps of a report."""
PROBLEM = {
    ProblemCategory.SCATTERED: N_("Small scattered polluting workshop"),
    ProblemCategory.ENTERPRISE: N_("Unlawful discharge of an enterprise"),
    ProblemCategory.COAL_BOILER: N_("Coal-fired boiler"),
    ProblemCategory.DUST: N_("Dust from sites or roads"),
    ProblemCategory.BURNING: N_("Open burning of waste or straw"),
    ProblemCategory.BLACK_WATER: N_("Black, smelling water"),
    ProblemCategory.SEWAGE: N_("Dumped sewage"),
    ProblemCategory.WASTE: N_("Heap of waste"),
    ProblemCategory.FILM: N_("Plastic film and pesticide packaging"),
    ProblemCategory.LIVESTOCK: N_("Livestock pollution"),
    ProblemCategory.NOISE: N_("Noise that disturbs people"),
    ProblemCategory.OTHER: N_("Another problem"),
}
ORIGIN = {
    ProblemOrigin.PATROL: N_("Found on patrol"),
    ProblemOrigin.PUBLIC: N_("Told by residents"),
    ProblemOrigin.OTHER: N_("Found in another way"),
}
REPORT_NAMES: dict[str, Mapping[Any, str]] = {
    "report_state": REPORT_STATE,
    "report_act": REPORT_ACT,
    "problem": PROBLEM,
    "origin": ORIGIN,
}
