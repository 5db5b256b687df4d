"""What is said of public reports and rewards (msgids)."""

from collections.abc import Mapping
from typing import Any

from app.console.texts import N_
from models.enums import PublicReportAct, PublicReportChannel, PublicReportState, RewardState

PUBLIC_REPORT_STATE = {
    PublicReportState.RECEIVED: N_("Received, to be judged"),
    PublicReportState.ACCEPTED: N_("Being handled"),
    PublicReportState.ANSWERED: N_("Report answered"),
    PublicReportState.REJECTED: N_("Not accepted"),
    PublicReportState.MERGED: N_("Handled with another report"),
}
PUBLIC_REPORT_ACT = {
    PublicReportAct.ACCEPT: N_("Taken on"),
    PublicReportAct.MERGE: N_("Put together with another report"),
    PublicReportAct.REFER: N_("Referred"),
    PublicReportAct.REJECT: N_("Not accepted"),
    PublicReportAct.ANSWER: N_("Report answered"),
    PublicReportAct.LINK: N_("Linked to a problem"),
}
CHANNEL = {
    PublicReportChannel.WEB: N_("Web form"),
    PublicReportChannel.OPEN311: N_("Another city system"),
}
REWARD_STATE = {
    RewardState.PROPOSED: N_("Proposed, to be approved"),
    RewardState.APPROVED: N_("Approved, to be paid"),
    RewardState.DECLINED: N_("No reward"),
    RewardState.PAID: N_("Paid"),
}
RATING = {
    5: N_("Very satisfied"),
    4: N_("Satisfied"),
    3: N_("Neither"),
    2: N_("Dissatisfied"),
    1: N_("Very dissatisfied"),
}
PUBLIC_REPORT_NAMES: dict[str, Mapping[Any, str]] = {
    "public_report_state": PUBLIC_REPORT_STATE,
    "public_report_act": PUBLIC_REPORT_ACT,
    "public_report_channel": CHANNEL,
    "reward_state": REWARD_STATE,
}
NOTICE = N_("Tracking number: %(code)s")
GROUP = N_("Environment")
"""Of every service of Open311."""
REFUSED = {
    "form_fast": N_("That was too quick for a person; please look at it once more and send it again."),
    "form_trap": N_("A field that has to stay empty was filled in; please send it again without it."),
    "form_expired": N_("The form lay open for too long; please send it again, what you typed is still here."),
    "identity": N_("Names and phone numbers cannot be kept safely just now; please leave them empty."),
    "grid": N_("The report is there already, or its problem belongs to the grid where it is."),
    "report": N_("These two cannot be put together; please look at the other report."),
    "problem": N_(
        "The problem is of another grid, or one of the reports belongs to another problem already."
    ),
    "unit": N_("A problem belongs to a county or park: refer the report first."),
    "amount": N_("The amount lies outside the limits, or is no sum of money."),
    "paid_on": N_("A reward is paid between its approval and today."),
    "place": N_(
        "This place lies outside the prefecture: please look at longitude and latitude, or leave them empty and say"
        " in words where it is."
    ),
    "photos": N_("Only photos (JPEG, PNG, WebP, HEIC) are taken."),
}
"""What is said of a field that a form names."""
