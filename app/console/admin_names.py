"""What the values on the pages of administration are called (msgids)."""

from app.console.texts import N_
from models.enums import (
    BacktestState,
    Channel,
    EventKind,
    OutboxState,
    PolicyState,
    QuarantineReason,
    RuleSetState,
    SilenceKind,
)

RULE_STATE = {
    RuleSetState.DRAFT: N_("Draft"),
    RuleSetState.BACK_TESTED: N_("Back-tested"),
    RuleSetState.ACTIVE: N_("In force"),
    RuleSetState.RETIRED: N_("Retired"),
}
POLICY_STATE = {
    PolicyState.DRAFT: N_("Draft"),
    PolicyState.TRIED: N_("Tried"),
    PolicyState.ACTIVE: N_("In force"),
    PolicyState.RETIRED: N_("Retired"),
}
BACKTEST_STATE = {
    BacktestState.QUEUED: N_("waits for an engine"),
    BacktestState.RUNNING: N_("is being computed"),
    BacktestState.DONE: N_("is done"),
    BacktestState.FAILED: N_("was given up"),
}
OUTBOX_STATE = {
    OutboxState.PENDING: N_("Waiting to go out"),
    OutboxState.SENDING: N_("Being sent"),
    OutboxState.SENT: N_("Sent"),
    OutboxState.DELIVERED: N_("Arrived"),
    OutboxState.FAILED: N_("Given up"),
    OutboxState.UNKNOWN: N_("Unknown whether it arrived"),
    OutboxState.SUPERSEDED: N_("Overtaken"),
}
CHANNEL = {
    Channel.MQTT: "MQTT",
    Channel.WEBHOOK: N_("Webhook"),
    Channel.WECOM: N_("WeCom robot"),
    Channel.DINGTALK: N_("DingTalk robot"),
    Channel.FEISHU: N_("Feishu robot"),
    Channel.EMAIL: N_("E-mail"),
    Channel.SMS: N_("Text message"),
}
QUARANTINE = {
    QuarantineReason.NOT_JSON: N_("Not JSON"),
    QuarantineReason.SCHEMA: N_("Wrong types, unknown pollutant or beyond any scale"),
    QuarantineReason.NO_VALUES: N_("No values"),
    QuarantineReason.BAD_TIME: N_("No usable time"),
    QuarantineReason.FUTURE: N_("From the future"),
    QuarantineReason.TOO_OLD: N_("Older than readings are kept"),
    QuarantineReason.TOO_MANY: N_("Too many readings at once"),
    QuarantineReason.OVERSIZE: N_("Too large"),
    QuarantineReason.BAD_TOPIC: N_("Wrong topic"),
    QuarantineReason.UNKNOWN_STATION: N_("Unknown station"),
    QuarantineReason.WRONG_GRID: N_("Station under another grid"),
    QuarantineReason.INTERNAL: N_("The service failed on it"),
    QuarantineReason.UNSUPPORTED: N_("A format that is not read"),
    QuarantineReason.BAD_FRAME: N_("HJ 212: broken frame"),
    QuarantineReason.BAD_LENGTH: N_("HJ 212: wrong length"),
    QuarantineReason.BAD_CRC: N_("HJ 212: wrong checksum"),
    QuarantineReason.BAD_FIELD: N_("HJ 212: field missing or odd"),
    QuarantineReason.BAD_MN: N_("HJ 212: wrong device number"),
    QuarantineReason.BAD_PART: N_("HJ 212: parts that do not fit"),
    QuarantineReason.INCOMPLETE: N_("HJ 212: parts did not come"),
    QuarantineReason.UNSUPPORTED_COMMAND: N_("HJ 212: command that is not read"),
    QuarantineReason.UNSUPPORTED_SYSTEM: N_("HJ 212: not about air"),
}
SILENCE_KIND = {SilenceKind.SILENCE: N_("Silence"), SilenceKind.MAINTENANCE: N_("Maintenance")}
SILENCE_STATE = {
    "active": N_("In force"),
    "planned": N_("Coming"),
    "ended": N_("Over"),
    "cancelled": N_("Ended early"),
}
MORE_EVENTS = {
    EventKind.ALERT_OPENED: N_("Alert opened"),
    EventKind.ALERT_RAISED: N_("Alert became graver"),
    EventKind.ALERT_JOINED: N_("Station joined the alert"),
    EventKind.ALERT_RESCOPED: N_("Scope of the alert changed"),
    EventKind.ALERT_CLEARED: N_("Alert over"),
    EventKind.STATION_OFFLINE: N_("Station went offline"),
    EventKind.STATION_ONLINE: N_("Station is back"),
    EventKind.ORDER_UNROUTED: N_("Nobody to answer an alert"),
    EventKind.REPORT_FILED: N_("Report from below filed"),
    EventKind.REPORT_FORWARDED: N_("Report from below passed on"),
    EventKind.REPORT_SOLVED: N_("Report from below solved on the spot"),
    EventKind.REPORT_TRIAGED: N_("Report from below judged"),
    EventKind.REPORT_REFERRED: N_("Report from below referred"),
    EventKind.DUTY_CHANGED: N_("Duty changed"),
    EventKind.CONFLICT_CHANGED: N_("Register of conflicts changed"),
    EventKind.POLICY_ACTIVATED: N_("SLA policy put in force"),
    EventKind.POLICY_RETIRED: N_("SLA policy put away"),
    EventKind.POLICY_APPLIED: N_("Open orders moved under a policy"),
    EventKind.PLATFORM_OUTAGE: N_("Part of the platform was away"),
    EventKind.REGISTRY_LOADED: N_("Registry loaded"),
    EventKind.RULES_ACTIVATED: N_("Rule set put in force"),
    EventKind.RULES_RETIRED: N_("Rule set put away"),
    EventKind.RESPONSE_SWITCHED: N_("Heavy-pollution response switched"),
    EventKind.SILENCE_STARTED: N_("Silence began"),
    EventKind.SILENCE_ENDED: N_("Silence ended"),
    EventKind.INTEGRITY_OPENED: N_("Integrity case opened"),
    EventKind.INTEGRITY_SIGNED: N_("Further sign in an integrity case"),
    EventKind.INTEGRITY_DECIDED: N_("Integrity case decided"),
    EventKind.SPOT_CHECK_COMMITTED: N_("Spot check committed to"),
    EventKind.SPOT_CHECK_DRAWN: N_("Spot check drawn"),
    EventKind.SPOT_CHECK_ASSIGNED: N_("Spot check assigned"),
    EventKind.REVIEW_POLICY_SET: N_("Rules of review set"),
    EventKind.CONTACT_CHANGED: N_("Contact changed"),
    EventKind.TARGET_CHANGED: N_("Robot or webhook changed"),
    EventKind.CHANNEL_DOWN: N_("A way out is down"),
    EventKind.CHANNEL_UP: N_("A way out works again"),
    EventKind.WATCHDOG_FOUND: N_("Watchdog found something"),
    EventKind.WATCHDOG_CLEARED: N_("Watchdog: over again"),
    EventKind.BOARD_MUTED: N_("Alarm of a board muted"),
}
"""Of the journal, beside those of an order's timeline."""
ADMIN_NAMES: dict[str, dict[str, str]] = {
    "rule_state": {k.value: v for k, v in RULE_STATE.items()},
    "policy_state": {k.value: v for k, v in POLICY_STATE.items()},
    "backtest_state": {k.value: v for k, v in BACKTEST_STATE.items()},
    "outbox_state": {k.value: v for k, v in OUTBOX_STATE.items()},
    "channel": {k.value: v for k, v in CHANNEL.items()},
    "quarantine": {k.value: v for k, v in QUARANTINE.items()},
    "silence_kind": {k.value: v for k, v in SILENCE_KIND.items()},
    "silence_state": SILENCE_STATE,
}
