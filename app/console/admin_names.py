"""What the values on the pages of administration are called (msgids)."""

from collections.abc import Mapping
from typing import Any

from app.console.texts import N_
from models.enums import (
    BacktestState,
    Channel,
    ChiefPost,
    OutboxState,
    PolicyState,
    QuarantineReason,
    RuleSetState,
    SilenceKind,
)

POST = {
    ChiefPost.PARTY: N_("head of the Party side"),
    ChiefPost.GOVERNMENT: N_("head of the government side"),
}
RULE_STATE = {
    RuleSetState.DRAFT: N_("Draft"),
    RuleSetState.BACK_TESTED: N_("Back-tested"),
    RuleSetState.ACTIVE: N_("In force"),
    RuleSetState.RETIRED: N_("Retired"),
}
AUTHOR = {"default": N_("comes with the program"), "settings": N_("from the settings")}
"""Who makes a version when nobody does."""
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
ADMIN_NAMES: dict[str, Mapping[Any, str]] = {
    "post": POST,
    "rule_state": RULE_STATE,
    "policy_state": POLICY_STATE,
    "author": AUTHOR,
    "backtest_state": BACKTEST_STATE,
    "outbox_state": OUTBOX_STATE,
    "channel": CHANNEL,
    "quarantine": QUARANTINE,
    "silence_kind": SILENCE_KIND,
    "silence_state": SILENCE_STATE,
}
