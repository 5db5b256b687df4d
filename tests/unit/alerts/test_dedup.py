from datetime import timedelta

import pytest

from alerts.dedup import Clear, Ignore, Open, Raise, Refresh, apply, decide, opened
from alerts.rules.finding import Assessment, Finding
from models.enums import AlertKind, Severity
from tests.fakes import START


def finding(severity: Severity = Severity.NOTICE) -> Finding:
    return Finding(AlertKind.EXCEEDANCE_HOUR, "pm25", severity, START, START, 120.0, {"level": 120.0})


def test_nothing_open_opens_or_ignores() -> None:
    assert decide(None, None) == Ignore()
    assert decide(None, finding()) == Open(finding())


@pytest.mark.parametrize("before", list(Severity))
@pytest.mark.parametrize("now", [None, *Severity])
def test_severity_only_rises_while_open(before: Severity, now: Severity | None) -> None:
    decision = decide(opened(finding(before)), None, Assessment(90.0, now))
    if now is not None and now.rank > before.rank:
        assert decision == Raise(now, 90.0)
    else:
        assert decision == Refresh(90.0)


def test_over_comes_before_all_else() -> None:
    assert decide(opened(finding()), finding(), Assessment(999.0, Severity.CRITICAL, over=True)) == Clear()


def test_a_second_finding_of_what_is_open_opens_nothing() -> None:
    assert decide(opened(finding()), finding()) == Ignore()


def test_apply_keeps_the_peak_and_the_newest_instant() -> None:
    alert = opened(finding())
    apply(alert, Refresh(150.0), START + timedelta(minutes=2))
    apply(alert, Refresh(None), START + timedelta(minutes=1))
    apply(alert, Raise(Severity.SERIOUS, 140.0), START + timedelta(minutes=3))
    assert (alert.peak, alert.severity, alert.last_at) == (
        150.0,
        Severity.SERIOUS,
        START + timedelta(minutes=3),
    )
    apply(alert, Clear(), START + timedelta(minutes=9))
    assert alert.cleared_at == START + timedelta(minutes=9)
