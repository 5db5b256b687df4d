"""What the values of the domain and the codes of its errors are called on screen (msgids)."""

from alerts.upwind import Reason
from alerts.wind import WindWord
from app.console.admin_names import ADMIN_NAMES, MORE_EVENTS
from app.console.texts import N_, Texts
from models.enums import (
    AlertKind,
    AlertScope,
    CauseCode,
    ChecklistAnswer,
    ClockKind,
    ClockState,
    EventKind,
    FalseAlarm,
    HoldReason,
    JointMode,
    OrderState,
    ReportClaim,
    RequestKind,
    RequestState,
    ReturnReason,
    Role,
    Severity,
    StationKind,
    TaskState,
    TransferPolicy,
    TransferReason,
    VerdictState,
    WatchdogCode,
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
THEME = {"auto": N_("Theme of the device"), "light": N_("Light"), "dark": N_("Dark")}
SEVERITY = {
    Severity.NOTICE: N_("Notice"),
    Severity.SERIOUS: N_("Serious"),
    Severity.CRITICAL: N_("Critical"),
}
CLOCK = {
    ClockKind.ACKNOWLEDGE: N_("Acknowledgement"),
    ClockKind.FEEDBACK: N_("On-site feedback"),
    ClockKind.REPORT: N_("Disposal report"),
    ClockKind.REVIEW: N_("Review"),
    ClockKind.REWORK: N_("Rework"),
    ClockKind.DECISION: N_("Decision"),
    ClockKind.TASK: N_("Task"),
    ClockKind.TRIAGE: N_("Triage"),
    ClockKind.RECHECK: N_("Re-check"),
}
CLOCK_STATE = {
    ClockState.RUNNING: N_("Running"),
    ClockState.MET: N_("Met"),
    ClockState.BREACHED: N_("Breached"),
    ClockState.VOID: N_("Void"),
}
ROLE = {
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.DUTY_OFFICER: N_("Duty officer"),
    Role.CHIEF: N_("Grid chief"),
    Role.SUPERVISOR: N_("Grid supervisor"),
    Role.PATROLLER: N_("Patroller"),
    Role.VIEWER: N_("Viewer"),
}
ALERT = {
    AlertKind.EXCEEDANCE_HOUR: N_("Hourly exceedance"),
    AlertKind.EXCEEDANCE_SHORT: N_("Short exceedance"),
    AlertKind.SUDDEN_RISE: N_("Sudden rise"),
    AlertKind.OFFLINE: N_("Offline"),
    AlertKind.SUSTAINED_HIGH: N_("Lasting high level"),
    AlertKind.ABOVE_NEIGHBOURS: N_("Above its neighbours"),
    AlertKind.EPISODE: N_("Region-wide episode"),
    AlertKind.FLAT_LINE: N_("Flat line"),
    AlertKind.IMPLAUSIBLE: N_("Beyond the instrument's range"),
    AlertKind.SPIKE: N_("Spike"),
    AlertKind.SPIKE_BURST: N_("Burst of spikes"),
    AlertKind.NOISE: N_("Noise"),
    AlertKind.ATTENUATED: N_("Reads too low"),
    AlertKind.OFFSET: N_("Stepped up"),
    AlertKind.DRIFT: N_("Drift"),
    AlertKind.HUMIDITY: N_("Swollen by damp air"),
    AlertKind.CLOCK_SHIFT: N_("Clock is wrong"),
    AlertKind.MOVED: N_("Moved"),
    AlertKind.NETWORK_SILENCE: N_("Whole network silent"),
}
SCOPE = {
    AlertScope.LOCAL: N_("Local"),
    AlertScope.REGIONAL: N_("Regional"),
    AlertScope.INSTRUMENT: N_("Instrument"),
}
EVENT = {
    EventKind.ORDER_DISPATCHED: N_("Order dispatched"),
    EventKind.ORDER_ATTACHED: N_("Further alert joined the order"),
    EventKind.ORDER_ACKNOWLEDGED: N_("Order acknowledged"),
    EventKind.ORDER_FEEDBACK: N_("Feedback from the site"),
    EventKind.ORDER_REPORTED: N_("Disposal reported"),
    EventKind.ORDER_RETURNED: N_("Report returned"),
    EventKind.ORDER_CLOSED: N_("Order closed"),
    EventKind.ORDER_VOID: N_("Order withdrawn"),
    EventKind.ORDER_PACKED: N_("Evidence pack taken"),
    EventKind.SUMMARY_SIGNED: N_("Summary signed"),
    EventKind.ORDER_JOINT: N_("Joint handling"),
    EventKind.TASK_HANDED: N_("Task handed down"),
    EventKind.TASK_TAKEN: N_("Task taken"),
    EventKind.TASK_DONE: N_("Task done"),
    EventKind.TASK_TAKEN_BACK: N_("Task taken back"),
    EventKind.ORDER_TRANSFERRED: N_("Order handed over"),
    EventKind.ORDER_SUSPENDED: N_("Order suspended"),
    EventKind.ORDER_RESUMED: N_("Suspended order goes on"),
    EventKind.REQUEST_FILED: N_("Request filed"),
    EventKind.REQUEST_APPROVED: N_("Request approved"),
    EventKind.REQUEST_REJECTED: N_("Request rejected"),
    EventKind.REQUEST_WITHDRAWN: N_("Request withdrawn"),
    EventKind.REQUEST_EXPIRED: N_("Request lapsed"),
    EventKind.SLA_EXTENDED: N_("Deadline extended"),
    EventKind.SLA_DUE_SOON: N_("Due soon"),
    EventKind.SLA_BREACHED: N_("Breach"),
    EventKind.SLA_ESCALATED: N_("Escalated"),
    EventKind.SLA_MET_LATE: N_("Answered late"),
    EventKind.SLA_NOTED: N_("Warning acknowledged"),
    EventKind.VERDICT_JUDGED: N_("Verdict of the station"),
    EventKind.VERDICT_MISMATCH: N_("The station contradicts the report"),
    EventKind.ORDER_RECURRED: N_("The place has come back"),
    EventKind.CANDIDATE_RAISED: N_("May not have been put right"),
    EventKind.CANDIDATE_DECIDED: N_("Decided whether it was put right"),
    EventKind.SPOT_CHECK_PASSED: N_("Spot check passed"),
    EventKind.SPOT_CHECK_FAILED: N_("Spot check failed"),
    EventKind.SLA_MOVED: N_("Moved under another policy"),
    EventKind.SLA_EXCUSE_PROPOSED: N_("Excuse proposed"),
    EventKind.SLA_EXCUSE_DECIDED: N_("Excuse decided"),
    EventKind.SLA_CHANGED: N_("Clocks changed"),
    EventKind.ORDER_LEFT: N_("Order left the grid"),
    EventKind.ORDER_CATEGORISED: N_("Category set"),
    EventKind.ORDER_CONFLICTED: N_("Nobody without an interest in it"),
    EventKind.DUTY_GAP: N_("Nobody on turn"),
}
"""Of the timeline of an order."""
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
WATCHDOG = {
    WatchdogCode.CLOCK_UNJUDGED: N_("Deadlines are not judged"),
    WatchdogCode.ESCALATION_MISSING: N_("Escalations are missing"),
    WatchdogCode.ORDER_WITHOUT_CLOCKS: N_("Orders without their clocks"),
    WatchdogCode.ORDER_WITHOUT_HOLDER: N_("Orders that nobody holds"),
    WatchdogCode.ALERT_WITHOUT_ORDER: N_("Alerts without an order"),
    WatchdogCode.UNROUTED_WAITING: N_("Alerts wait for somebody to answer"),
    WatchdogCode.OUTBOX_OLD: N_("What is to go out waits too long"),
    WatchdogCode.ENGINE_STOPPED: N_("An engine has stopped"),
    WatchdogCode.DETECTION_BEHIND: N_("Detection is behind"),
}
VERDICT = {
    VerdictState.PENDING: N_("Being watched"),
    VerdictState.RECOVERED: N_("Recovered"),
    VerdictState.NOT_RECOVERED: N_("Not recovered"),
    VerdictState.REGIONAL: N_("Regional rise"),
    VerdictState.NO_DATA: N_("No valid data"),
}
CLAIM = {
    ReportClaim.RECOVERED: N_("The air has recovered"),
    ReportClaim.IMPROVED: N_("The air has become better"),
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
DECISION = {"accept": N_("Accepted"), "return": N_("Returned")}
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
USED_FOR = {
    "feedback": N_("On-site feedback"),
    "report": N_("Disposal report"),
    "task": N_("Task"),
    "spot_check": N_("Spot check"),
}
WIND = {
    WindWord.STEADY: N_("steady"),
    WindWord.VARIABLE: N_("turning about, so no direction is to be relied on"),
    WindWord.CALM: N_("Calm: the air hardly moved"),
    WindWord.UNKNOWN: N_("The wind is not known"),
}
SOURCE_REASON = {
    Reason.AT_STATION: N_("at the station itself"),
    Reason.NEAR: N_("near"),
    Reason.UPWIND: N_("upwind"),
    Reason.EDGE_OF_WIND: N_("at the edge of the wind"),
    Reason.OFF_WIND: N_("off the wind"),
    Reason.WIND_CALM: N_("wind calm"),
    Reason.WIND_VARIABLE: N_("wind turning about"),
    Reason.WIND_UNKNOWN: N_("wind unknown"),
    Reason.CATEGORY_FITS: N_("its kind fits what rose"),
    Reason.CATEGORY_DIFFERS: N_("its kind hardly fits what rose"),
    Reason.CATEGORY_UNKNOWN: N_("kind unknown"),
    Reason.POLLUTANT_LISTED: N_("registered for what rose most"),
    Reason.NO_SIGNATURE: N_("what rose does not tell kinds apart"),
}
GRID_KIND = {
    "administrative": N_("administrative"),
    "park": N_("industrial park"),
    "key": N_("key grid"),
}
STATION_KIND = {
    StationKind.MICRO: N_("microstation"),
    StationKind.REFERENCE: N_("reference station"),
}
HEALTH = {"online": N_("online"), "offline": N_("offline"), "never": N_("has never reported")}
POLLUTANT = {"pm25": "PM2.5", "pm10": "PM10", "so2": "SO₂", "no2": "NO₂", "co": "CO", "o3": "O₃"}

STALE = N_("This order has been handled by somebody else; please look at its newest state.")
ERROR = {
    "version_conflict": STALE,
    "forbidden_transition": N_("The order does not take this step in its present state."),
    "handler_may_not_review": N_("You handled this order yourself, so you may not review it."),
    "unfinished": N_("Tasks or parts of this order are unfinished; please say why that should not matter."),
    "recused": N_("You have declared an interest in this order, so you keep out of it."),
    "conflict_of_interest": N_(
        "The register of conflicts names you for what this order is about, so you keep out of it."
    ),
    "second_person_needed": N_(
        "A deadline of this order has passed: withdrawing it takes a request and a second person of the prefecture."
    ),
    "already_pending": N_("A request of this kind waits for its decision already."),
    "request_closed": N_("The request has been decided or taken back, or its ground is gone."),
    "past_due": N_("The deadline has passed: it can be answered late, but not be moved any more."),
    "limit_reached": N_("As often as this may be done it has been done already."),
    "transfer_locked": N_("The prefecture has decided who holds this order; it is not handed on any more."),
    "may_not_decide": N_("Whoever filed a request, or handles its order, cannot decide it."),
    "overlap": N_("Something else holds for that time already."),
    "forbidden": N_("Your duties do not allow this step."),
    "not_found": N_("There is no such page, or it lies outside your grids."),
    "idempotency_conflict": N_("This form was sent already; please look at the newest state."),
    "csrf_failed": N_("The form has expired; please send it again."),
    "invalid_credentials": N_("User name or password is wrong."),
    "too_large": N_("The files are too large: at most %(megabytes)s MB together."),
    "unsupported_media": N_("Only photos (JPEG, PNG, WebP, HEIC), PDF, DOCX and ZIP files are taken."),
    "database_unavailable": N_("The database cannot be reached just now; please try again shortly."),
    "invalid": N_("The form could not be understood; please check it and send it again."),
}
FIELD_ERROR = {
    "until": N_("The time lies outside what is possible; please look at the limits beside it."),
    "others": N_("Please name other units than the lead, each once, of the fitting level."),
    "checklist": N_("Please answer every item of the checklist; a no wants a reason."),
    "override_reason": N_("The station has not recovered: say why the order is closed all the same."),
}
"""Said instead, where a refusal names one of these fields."""
_NAMES: dict[str, dict[str, str]] = {
    "state": {k.value: v for k, v in STATE.items()},
    "severity": {k.value: v for k, v in SEVERITY.items()},
    "clock": {k.value: v for k, v in CLOCK.items()},
    "clock_state": {k.value: v for k, v in CLOCK_STATE.items()},
    "role": {k.value: v for k, v in ROLE.items()},
    "alert": {k.value: v for k, v in ALERT.items()},
    "scope": {k.value: v for k, v in SCOPE.items()},
    "event": {k.value: v for k, v in (EVENT | MORE_EVENTS).items()},
    "decision": DECISION,
    "change": CHANGE,
    "request": {k.value: v for k, v in REQUEST.items()},
    "request_meaning": {k.value: v for k, v in REQUEST_MEANING.items()},
    "transfer_reason": {k.value: v for k, v in TRANSFER_REASON.items()},
    "transfer_policy": {k.value: v for k, v in TRANSFER_POLICY.items()},
    "joint_mode": {k.value: v for k, v in JOINT_MODE.items()},
    "request_state": {k.value: v for k, v in REQUEST_STATE.items()},
    "hold": {k.value: v for k, v in HOLD.items()},
    "task_state": {k.value: v for k, v in TASK_STATE.items()},
    "false_alarm": {k.value: v for k, v in FALSE_ALARM.items()},
    "used_for": USED_FOR,
    "cause": {k.value: v for k, v in CAUSE.items()},
    "watchdog": {k.value: v for k, v in WATCHDOG.items()},
    "verdict": {k.value: v for k, v in VERDICT.items()},
    "claim": {k.value: v for k, v in CLAIM.items()},
    "return_reason": {k.value: v for k, v in RETURN_REASON.items()},
    "answer": {k.value: v for k, v in ANSWER.items()},
    "pollutant": POLLUTANT,
    "health": HEALTH,
    "wind": {k.value: v for k, v in WIND.items()},
    "source_reason": {k.value: v for k, v in SOURCE_REASON.items()},
    "grid_kind": GRID_KIND,
    "station_kind": {k.value: v for k, v in STATION_KIND.items()},
} | ADMIN_NAMES


def named(words: Texts, group: str, value: str) -> str:
    """The name of a value in this language; the bare value where it has none."""
    return words.say(_NAMES[group].get(value, value)) if value else ""
