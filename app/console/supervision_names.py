"""What the values on the pages of supervision are called (msgids)."""

from collections.abc import Mapping
from typing import Any

from app.console.texts import N_
from models.enums import PaperKind, PaperState
from supervision.targets.standing import Outlook

PAPER_KIND = {
    PaperKind.BRIEF: N_("Daily brief"),
    PaperKind.DISPATCH: N_("Weekly dispatch report"),
    PaperKind.SPECIAL_REPORT: N_("Special report to the chief"),
    PaperKind.NOTICE: N_("Notice to a unit"),
    PaperKind.BULLETIN: N_("Bulletin of the air"),
    PaperKind.ASSESSMENT: N_("Notice of the assessment"),
    PaperKind.ACT: N_("Paper of an act"),
    PaperKind.EXPOSURE: N_("Exposed cases"),
}
PAPER_STATE = {
    PaperState.DRAFT: N_("Draft"),
    PaperState.ISSUED: N_("Issued"),
    PaperState.SUPERSEDED: N_("Overtaken"),
    PaperState.WITHDRAWN: N_("Withdrawn"),
}
OUTLOOK = {
    Outlook.MET: N_("met"),
    Outlook.ON_TRACK: N_("on track"),
    Outlook.AT_RISK: N_("at risk: wants cleaner days than so far"),
    Outlook.OUT_OF_REACH: N_("out of reach"),
    Outlook.MISSED: N_("missed"),
    Outlook.UNKNOWN: N_("nothing measured yet"),
}
SUPERVISION_NAMES: dict[str, Mapping[Any, str]] = {
    "paper_kind": PAPER_KIND,
    "paper_state": PAPER_STATE,
    "outlook": OUTLOOK,
}
