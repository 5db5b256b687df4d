"""What is said of the problem list 问题清单 (msgids)."""

from collections.abc import Mapping
from typing import Any

from app.console.texts import N_
from models.enums import (
    CheckMeasure,
    FindingKind,
    ProblemAct,
    ProblemState,
    SpotCheckState,
)

PROBLEM_STATE = {
    ProblemState.OPEN: N_("To be pushed"),
    ProblemState.PUSHED: N_("Being corrected"),
    ProblemState.CORRECTED: N_("To be looked at"),
    ProblemState.CLEARED: N_("Cleared off the list"),
    ProblemState.MERGED: N_("Merged"),
    ProblemState.VOID: N_("Withdrawn as none"),
}
PROBLEM_ACT = {
    ProblemAct.PUSH: N_("Pushed to its grid"),
    ProblemAct.CORRECT: N_("Said to be corrected"),
    ProblemAct.CLEAR: N_("Cleared off the list"),
    ProblemAct.RETURN: N_("Given back"),
    ProblemAct.MERGE: N_("Merged"),
    ProblemAct.WITHDRAW: N_("Withdrawn as none"),
    ProblemAct.JUDGE: N_("Decided whether the grid missed it"),
}
FINDING = {
    FindingKind.ORDER: N_("Order of an alert"),
    FindingKind.UP_REPORT: N_("Report from below"),
    FindingKind.INSPECTION: N_("Inspection"),
    FindingKind.COMPLAINT: N_("Complaint"),
    FindingKind.MEDIA: N_("Media"),
    FindingKind.PATROL: N_("Patrol"),
    FindingKind.MONITORING: N_("Monitoring"),
}
MEASURE = {
    CheckMeasure.CRITICISM: N_("notice of criticism by the prefecture's air office"),
    CheckMeasure.INTERVIEW_DEPUTY: N_("public interview by the deputy head of the prefecture in charge"),
    CheckMeasure.INTERVIEW_HEAD: N_("public interview by the head of the prefecture"),
}
CANDIDATE_REASON = {
    "cause_found": N_("a cause was found on site"),
    "returned": N_("its report was returned"),
    "spot_check_failed": N_("a spot check failed"),
    "upheld": N_("upheld as not put right"),
    "reported": N_("reported from below, without an order"),
}
SAMPLED = {
    SpotCheckState.OPEN: N_("Not looked at yet"),
    SpotCheckState.PASSED: N_("Corrected"),
    SpotCheckState.FAILED: N_("Not corrected"),
}
PROBLEM_NAMES: dict[str, Mapping[Any, str]] = {
    "problem_state": PROBLEM_STATE,
    "problem_act": PROBLEM_ACT,
    "finding": FINDING,
    "check_measure": MEASURE,
    "candidate_reason": CANDIDATE_REASON,
    "sampled": SAMPLED,
}
