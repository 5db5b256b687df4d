"""Whatever a page of administration can show has a name."""

from app.console import admin_names as names
from app.console.admin_menu import ADMIN
from app.console.event_names import EVENT
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


def test_every_value_has_a_name() -> None:
    assert set(EVENT) == set(EventKind)
    for named, kind in (
        (names.RULE_STATE, RuleSetState),
        (names.POLICY_STATE, PolicyState),
        (names.BACKTEST_STATE, BacktestState),
        (names.OUTBOX_STATE, OutboxState),
        (names.CHANNEL, Channel),
        (names.QUARANTINE, QuarantineReason),
        (names.SILENCE_KIND, SilenceKind),
    ):
        assert set(named) == set(kind), kind


def test_every_page_is_somebodys() -> None:
    assert len({entry.path for entry in ADMIN}) == len(ADMIN)
    assert all(entry.roles for entry in ADMIN)
    # One's own keys are listed here too, since this is where people look for them.
    assert {entry.path for entry in ADMIN if not entry.path.startswith("/admin/")} == {"/me/keys"}
