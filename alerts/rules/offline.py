"""A station nobody hears. Wall clock: silence is judged by when messages came in, not by what they claim."""

from datetime import datetime, timedelta

from alerts.rules.finding import Finding
from alerts.ruleset import RuleSet
from models.enums import AlertKind


def allowed_silence(rules: RuleSet, cadence_s: float, offline_after: timedelta) -> timedelta:
    """The longer of the setting and some reporting periods of the station itself."""
    return max(offline_after, timedelta(seconds=rules.offline.cadences * cadence_s))


def detect(
    rules: RuleSet,
    *,
    cadence_s: float,
    last_received_at: datetime | None,
    said_offline_at: datetime | None,
    now: datetime,
    offline_after: timedelta,
) -> Finding | None:
    """A finding for a station that said so itself, or was silent for longer than it may be.

    A station never heard since it was registered is not in service yet; it has no finding unless it says so
    itself.
    """
    said = said_offline_at is not None and (last_received_at is None or said_offline_at >= last_received_at)
    if last_received_at is None and not said:
        return None
    heard_at = last_received_at or now
    limit = allowed_silence(rules, cadence_s, offline_after)
    if not said and now - heard_at <= limit:
        return None
    return Finding(
        kind=AlertKind.OFFLINE,
        pollutant=None,
        severity=rules.offline.severity,
        started_at=min(heard_at, now),
        detected_at=now,
        value=None,
        why={
            "rule": AlertKind.OFFLINE.value,
            "rule_version": rules.version,
            "said_offline": said,
            "last_received_at": None if last_received_at is None else last_received_at.isoformat(),
            "silent_s": (now - heard_at).total_seconds(),
            "limit_s": None if said else limit.total_seconds(),
            "cadence_s": cadence_s,
        },
    )


def is_over(last_received_at: datetime | None, detected_at: datetime | None) -> bool:
    """Whether it was heard after the alert was raised."""
    return last_received_at is not None and detected_at is not None and last_received_at > detected_at
