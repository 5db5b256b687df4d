"""What is said of orders, their clocks, requests and tasks (msgids)."""

from collections.abc import Mapping
from typing import Any

from app.board.only import Only
from app.console.texts import N_
from models.enums import (
    CauseCode,
    ChecklistAnswer,
    ClockKind,
    ClockState,
    FalseAlarm,
    HoldReason,
    JointMode,
    OrderState,
    ReportClaim,
    RequestKind,
    RequestState,
    ReturnReason,
    TaskState,
    TransferPolicy,
    TransferReason,
)

STATE = {
    OrderState.DISPATCHED: N_("Dispatched"),
    OrderState.ACKNOWLEDGED: N_("Acknowledged"),
    OrderState.ON_SITE: N_("Feedback given"),
    OrderState.REPORTED: N_("Reported"),
    OrderState.RETURNED: N_("Returned"),
    OrderState.CLOSED: N_("Closed"),
    OrderState.VOID: N_("Void"),
}
CLOCK = {
    ClockKind.ACKNOWLEDGE: N_("Acknowledgement"),
    ClockKind.FEEDBACK: N_("On-site feedback"),
    ClockKind.REPORT: N_("Disposal report"),
    ClockKind.REVIEW: N_("Review"),
    ClockKind.REWORK: N_("Rework"),
    ClockKind.DECISION: N_("Decision"),
    ClockKind.TASK: N_("Finish the task"),
    ClockKind.TRIAGE: N_("Triage"),
    ClockKind.RECHECK: N_("Re-check"),
}
CLOCK_STATE = {
    ClockState.RUNNING: N_("Running"),
    ClockState.MET: N_("Met"),
    ClockState.BREACHED: N_("Breached"),
    ClockState.VOID: N_("Void"),
}
CHANGE = {
    "started": N_("started"),
    "stopped": N_("stopped"),
    "moved": N_("moved"),
    "left": N_("handed on"),
    "came": N_("taken over"),
}
"""What became of a clock."""
REQUEST = {
    RequestKind.EXTENSION: N_("Extension"),
    RequestKind.TRANSFER: N_("Transfer"),
    RequestKind.JOINT: N_("Joint handling"),
    RequestKind.RECUSAL: N_("Recusal"),
    RequestKind.SUSPENSION: N_("Suspension"),
    RequestKind.VOID: N_("Withdrawal"),
}
REQUEST_MEANING = {
    RequestKind.EXTENSION: N_("another deadline"),
    RequestKind.TRANSFER: N_("the order is another grid's"),
    RequestKind.JOINT: N_("several units under a lead"),
    RequestKind.RECUSAL: N_("I have an interest in it and keep out"),
    RequestKind.SUSPENSION: N_("it takes longer than any deadline"),
    RequestKind.VOID: N_("it is late, so two people withdraw it"),
}
TRANSFER_REASON = {
    TransferReason.OUTSIDE_GRID: N_("Outside this grid"),
    TransferReason.SOURCE_ELSEWHERE: N_("The source lies elsewhere"),
    TransferReason.NOT_RESPONSIBLE: N_("Not this unit's duty"),
    TransferReason.OTHER: N_("Another ground"),
}
TRANSFER_POLICY = {
    TransferPolicy.CONTINUE: N_("it has what is left"),
    TransferPolicy.RESTART_FOR_RECEIVER: N_("it gets deadlines of its own"),
}
JOINT_MODE = {
    JointMode.JOINT: N_("Several units of one county"),
    JointMode.CROSS_COUNTY: N_("Several counties or parks"),
}
REQUEST_STATE = {
    RequestState.PENDING: N_("Pending"),
    RequestState.APPROVED: N_("Approved"),
    RequestState.REJECTED: N_("Rejected"),
    RequestState.WITHDRAWN: N_("Taken back"),
    RequestState.LAPSED: N_("Lapsed"),
}
HOLD = {
    HoldReason.DISPATCH: N_("Dispatched"),
    HoldReason.TRANSFER: N_("Handed over"),
    HoldReason.RECUSAL: N_("Recusal"),
}
TASK_STATE = {
    TaskState.HANDED: N_("Handed down"),
    TaskState.TAKEN: N_("Taken"),
    TaskState.DONE: N_("Done"),
    TaskState.TAKEN_BACK: N_("Taken back"),
}
FALSE_ALARM = {
    FalseAlarm.INSTRUMENT_FAULT: N_("Instrument fault"),
    FalseAlarm.NO_SOURCE_FOUND: N_("No source found"),
    FalseAlarm.REGIONAL: N_("Regional pollution"),
    FalseAlarm.NATURAL: N_("Natural cause, such as dust"),
    FalseAlarm.DUPLICATE: N_("Another order is about the same"),
    FalseAlarm.MAINTENANCE: N_("Maintenance work"),
    FalseAlarm.OTHER: N_("Another reason"),
}
CAUSE = {
    CauseCode.CONSTRUCTION_DUST: N_("Construction dust"),
    CauseCode.ROAD_DUST: N_("Road dust"),
    CauseCode.OPEN_BURNING: N_("Open burning"),
    CauseCode.BULK_MATERIALS: N_("Bulk materials"),
    CauseCode.INDUSTRIAL_STACK: N_("Industrial emission"),
    CauseCode.COAL_HEATING: N_("Coal heating"),
    CauseCode.CATERING: N_("Catering"),
    CauseCode.VEHICLES: N_("Vehicles and machinery"),
    CauseCode.STRAW: N_("Straw"),
    CauseCode.OTHER: N_("Another cause"),
    CauseCode.NONE_FOUND: N_("None found"),
}
CLAIM = {
    ReportClaim.RECOVERED: N_("The concentration is back to normal"),
    ReportClaim.IMPROVED: N_("The concentration has fallen"),
    ReportClaim.NO_SOURCE: N_("No source was found"),
    ReportClaim.INSTRUMENT: N_("It is the instrument"),
}
RETURN_REASON = {
    ReturnReason.EVIDENCE_MISSING: N_("Evidence missing or unclear"),
    ReturnReason.CAUSE_NOT_FOUND: N_("Cause not found"),
    ReturnReason.MEASURE_INSUFFICIENT: N_("Measure insufficient"),
    ReturnReason.PLACE_WRONG: N_("Wrong place"),
    ReturnReason.NOT_RECOVERED: N_("The air has not recovered"),
    ReturnReason.LATE_WITHOUT_REASON: N_("Late without a reason"),
    ReturnReason.OTHER: N_("Another reason"),
}
ANSWER = {
    ChecklistAnswer.YES: N_("yes"),
    ChecklistAnswer.NO: N_("no"),
    ChecklistAnswer.NOT_APPLICABLE: N_("not applicable"),
}
ONLY = {
    Only.IN_TIME: N_("in time"),
    Only.SOON: N_("due within 15 min"),
    Only.OVERDUE: N_("overdue now"),
    Only.BREACHED_TODAY: N_("with a breach today"),
    Only.JUDGED_TODAY: N_("with a deadline answered or breached today"),
    Only.TO_REVIEW: N_("reported, to be reviewed"),
    Only.ASKED: N_("with a request to be decided"),
}
"""Which orders are shown: the rows behind a counter."""
DECISION = {"accept": N_("Accepted"), "return": N_("Returned")}
USED_FOR = {
    "feedback": N_("On-site feedback"),
    "report": N_("Disposal report"),
    "task": N_("Task"),
    "spot_check": N_("Spot check"),
}
DONE = {
    "acknowledge": N_("The order is acknowledged."),
    "feedback": N_("The feedback is recorded."),
    "report": N_("The report is submitted."),
    "accept": N_("The report is accepted and the order closed."),
    "return": N_("The report is returned for rework."),
    "void": N_("The order is withdrawn."),
    "asked": N_("The request is filed."),
    "approved": N_("The request is approved and carried out."),
    "rejected": N_("The request is rejected."),
    "taken_back": N_("The request is taken back."),
    "assigned": N_("It is decided who holds the order."),
    "rechecked": N_("The order goes on."),
    "given": N_("The order is given; whoever is on duty there has been told."),
    "handed": N_("The task is handed down."),
    "task_taken_back": N_("The task is taken back."),
}
ORDER_NAMES: dict[str, Mapping[Any, str]] = {
    "state": STATE,
    "clock": CLOCK,
    "clock_state": CLOCK_STATE,
    "change": CHANGE,
    "request": REQUEST,
    "request_meaning": REQUEST_MEANING,
    "transfer_reason": TRANSFER_REASON,
    "transfer_policy": TRANSFER_POLICY,
    "joint_mode": JOINT_MODE,
    "request_state": REQUEST_STATE,
    "hold": HOLD,
    "task_state": TASK_STATE,
    "false_alarm": FALSE_ALARM,
    "cause": CAUSE,
    "claim": CLAIM,
    "return_reason": RETURN_REASON,
    "answer": ANSWER,
    "decision": DECISION,
    "used_for": USED_FOR,
    "only": ONLY,
}
