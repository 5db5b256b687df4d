"""What the values of ladders and acts are called (msgids)."""

from collections.abc import Mapping
from typing import Any

from app.console.texts import N_
from models.enums import ActBy, ActGround, ActKind, ActReport, ActState, ActStep, LadderKind, PaperState

ACT_KIND = {
    ActKind.NOTICE: N_("Notice of criticism"),
    ActKind.INTERVIEW: N_("Interview"),
    ActKind.INSPECTION: N_("Special inspection"),
    ActKind.ACCOUNTABILITY: N_("Accountability proposal"),
}
ACT_BY = {
    ActBy.OFFICE: N_("Office of the prefecture"),
    ActBy.DEPUTY_LEADER: N_("Deputy head of government in charge"),
    ActBy.MAIN_LEADER: N_("Head of government"),
}
LADDER = {
    LadderKind.SHARE: N_("Share of the prefecture's problems"),
    LadderKind.LAST_PLACE: N_("Last in improvement"),
    LadderKind.LAST_IN_YEAR: N_("Often last in the year, and target missed"),
    LadderKind.FAILED: N_("Failed assessments in a row"),
    LadderKind.FAILED_YEAR: N_("Failed assessment of the year"),
    LadderKind.FALSIFIED: N_("Falsified data"),
    LadderKind.UNCORRECTED: N_("Found uncorrected by a check"),
}
ACT_GROUND = {
    ActGround.TARGET_MISSED: N_("Environmental target missed"),
    ActGround.INSPECTION_SLOW: N_("Slow to correct what central inspectors found"),
    ActGround.MEASURES_MISSING: N_("Measures of prevention and control not carried out"),
    ActGround.GRAVE_VIOLATION: N_("Grave environmental violation"),
}
ACT_STATE = {
    ActState.PROPOSED: N_("Waits for a signature"),
    ActState.DECLINED: N_("Declined"),
    ActState.SIGNED: N_("Act signed"),
    ActState.ISSUED: N_("Document issued"),
    ActState.HELD: N_("Carried out, followed up"),
    ActState.COMPLETED: N_("Act completed"),
    ActState.WITHDRAWN: N_("Act withdrawn"),
}
ACT_STEP = {
    ActStep.PROPOSE: N_("Entered by hand"),
    ActStep.DECLINE: N_("Declined"),
    ActStep.SIGN: N_("Act signed"),
    ActStep.DRAFT: N_("Document drafted"),
    ActStep.ISSUE: N_("Document issued"),
    ActStep.HOLD: N_("Delivered or held"),
    ActStep.OBJECT: N_("The unit objects"),
    ActStep.ANSWER: N_("The prefecture answers"),
    ActStep.REPORT: N_("Report of correction"),
    ActStep.ACCEPT_REPORT: N_("Report of correction accepted"),
    ActStep.RETURN_REPORT: N_("Report of correction sent back"),
    ActStep.COMPLETE: N_("Act completed"),
    ActStep.WITHDRAW: N_("Act withdrawn"),
}
ACT_REPORT = {
    ActReport.AWAITED: N_("not handed in yet"),
    ActReport.GIVEN: N_("handed in, to be looked at"),
    ActReport.RETURNED: N_("sent back, due anew"),
    ActReport.ACCEPTED: N_("accepted"),
}
PROPOSAL_STATE = {
    "open": N_("Waits for a signature"),
    "signed": N_("Act signed"),
    "declined": N_("Declined"),
    "overtaken": N_("Overtaken"),
}
CAUTION = {
    "few_problems": N_("The whole prefecture had few problems in this month: a share says little."),
    "even_share_reaches": N_(
        "With so many units an even share reaches the bound by itself: everybody may be on this ladder."
    ),
    "tied_last": N_("Several units share the last place: equal values are all last."),
}
ACT_PAPER = {
    PaperState.DRAFT: N_("Draft"),
    PaperState.ISSUED: N_("Document issued"),
    PaperState.SUPERSEDED: N_("Replaced by a later document"),
    PaperState.WITHDRAWN: N_("Draft withdrawn"),
}
ACT_NAMES: Mapping[str, Mapping[Any, str]] = {
    "act_kind": ACT_KIND,
    "act_by": ACT_BY,
    "ladder": LADDER,
    "act_ground": ACT_GROUND,
    "act_state": ACT_STATE,
    "act_step": ACT_STEP,
    "act_report": ACT_REPORT,
    "proposal_state": PROPOSAL_STATE,
    "caution": CAUTION,
    "act_paper": ACT_PAPER,
}
