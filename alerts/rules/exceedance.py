"""A level held against fixed thresholds: the mean over the hour, or over the last ten minutes."""

from collections.abc import Sequence

from alerts.rules.finding import Assessment, Finding, evidence, instant
from alerts.ruleset import ExceedanceRule, RuleSet, Tiers
from alerts.window import Series
from models.enums import AlertKind, Severity

SPREAD = 2.5
"""A short window is never under this many cadences: three readings fit where they come every five minutes."""


def span(window_s: float, cadence: float) -> float:
    """Seconds that a short mean is taken over at this cadence."""
    return max(window_s, SPREAD * cadence)


def _reach(rule: ExceedanceRule, cadence: float) -> float:
    return rule.window_s if rule.max_cadence_s is None else span(rule.window_s, cadence)


def longest(rule: ExceedanceRule) -> float:
    """The longest window at any cadence the rule applies to: no reading matters to it for longer."""
    return _reach(rule, rule.max_cadence_s or 0.0)


def lowest(rule: ExceedanceRule, pollutant: str) -> float:
    """No window whose readings are all under this is a finding."""
    tiers = rule.thresholds.get(pollutant)
    return float("inf") if tiers is None else tiers.notice


def _full(rule: ExceedanceRule, samples: int, cadence: float) -> bool:
    """Whether there are enough readings, each standing for its cadence: an hourly one for its whole hour."""
    return samples >= rule.min_samples and samples * cadence >= rule.coverage * rule.window_s


def _severity(tiers: Tiers, level: float, values: Sequence[float], confirm: int) -> Severity | None:
    """The gravest tier that the level reaches, and that enough single readings reach as well."""
    if level < tiers.notice:
        return None
    for severity in (Severity.CRITICAL, Severity.SERIOUS, Severity.NOTICE):
        bound = tiers.bound(severity)
        if level >= bound and sum(value >= bound for value in values) >= confirm:
            return severity
    return None


def detect(
    series: Series, kind: AlertKind, rules: RuleSet, rule: ExceedanceRule, pollutant: str, cadence: float
) -> Finding | None:
    """What the newest reading of `series` completes, or nothing; cadence in seconds."""
    tiers = rule.thresholds.get(pollutant)
    if tiers is None or (rule.max_cadence_s is not None and cadence > rule.max_cadence_s):
        return None
    at, end = series.times[-1], len(series.times)
    reach = _reach(rule, cadence)
    start = series.after(at - reach)
    level = series.mean(start, end)
    if level < tiers.notice or not _full(rule, end - start, cadence):
        return None
    values = series.values[start:end]
    severity = _severity(tiers, level, values, rule.confirm)
    if severity is None:
        return None
    first = next(n for n, value in enumerate(values, start) if value >= tiers.notice)
    return Finding(
        kind=kind,
        pollutant=pollutant,
        severity=severity,
        started_at=instant(series.times[first]),
        detected_at=instant(at),
        value=level,
        why={
            "rule": kind.value,
            "rule_version": rules.version,
            "level": level,
            "threshold": tiers.bound(severity),
            "notice": tiers.notice,
            "window_s": reach,
            "samples": end - start,
            "cadence_s": cadence,
            "inputs": evidence(series, start, end),
        },
    )


def assess(
    series: Series, rule: ExceedanceRule, pollutant: str, cadence: float, severity: Severity
) -> Assessment:
    """The open alert of that severity at the newest reading: its level now, and whether it got graver or is
    over.

    Over is what has been under the clear limit for the clear duration, or has no limit in the rules in force.
    """
    tiers = rule.thresholds.get(pollutant)
    if tiers is None:
        return Assessment(None, None, over=True)
    end = len(series.times)
    reach = _reach(rule, cadence)
    start = series.after(series.times[-1] - reach)
    mean = series.mean(start, end)
    limit = rule.clear_ratio * tiers.notice
    if mean < limit and stayed_below(series, limit, reach, rule.clear_for_s, cadence):
        return Assessment(None, None, over=True)
    if not _full(rule, end - start, cadence):
        return Assessment(None, None, over=False)
    if mean < tiers.above(severity):
        return Assessment(mean, None)
    return Assessment(mean, _severity(tiers, mean, series.values[start:end], rule.confirm))


def stayed_below(series: Series, limit: float, reach: float, hold: float, cadence: float) -> bool:
    """Whether the mean over `reach` was under `limit` at every reading of the last `hold` seconds.

    The readings must fill at least half of that time, so that one clean reading after a gap proves nothing;
    where readings come more seldom than that, the newest one decides.
    """
    end = len(series.times)
    first = series.after(series.times[-1] - hold)
    if 2 * (end - first) * cadence < hold:
        return False
    for last in range(end, min(first, end - 1), -1):
        if series.mean(series.after(series.times[last - 1] - reach), last) >= limit:
            return False
    return True
