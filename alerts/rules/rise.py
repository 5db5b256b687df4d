"""A doubling within minutes: the recent level against the median of the station's own time just before.

At cadences of minutes the recent level is the mean of the last ten minutes and the baseline the hour before
those; at coarse cadences it is the single value against the three hours before it.
"""

from dataclasses import dataclass

from alerts.rules.exceedance import span, stayed_below
from alerts.rules.finding import Assessment, Finding, evidence, instant
from alerts.ruleset import RiseRule, RuleSet
from alerts.window import CADENCE_SAMPLES, SLACK_S, Series
from models.enums import AlertKind, Severity

AN_INSTANT = 1e-3
"""A window that holds one reading alone."""


@dataclass(frozen=True, slots=True)
class _Windows:
    """Index ranges: baseline [first, middle), recent [middle, end)."""

    first: int
    middle: int
    end: int
    coverage_s: float


def _windows(series: Series, rule: RiseRule, cadence: float) -> _Windows:
    at = series.times[-1]
    end = len(series.times)
    if cadence > rule.max_cadence_s:
        reach = rule.coarse_baseline_s
        return _Windows(series.after(at - reach - SLACK_S), end - 1, end, rule.coverage * reach)
    short = span(rule.short_s, cadence)
    first = series.after(at - short - rule.baseline_s)
    return _Windows(first, series.after(at - short), end, rule.coverage * rule.baseline_s)


def _level(series: Series, rule: RiseRule, windows: _Windows, cadence: float) -> float | None:
    if cadence > rule.max_cadence_s:
        return series.values[-1]
    if windows.end - windows.middle < rule.min_samples:
        return None
    return series.mean(windows.middle, windows.end)


def detect(series: Series, rules: RuleSet, pollutant: str, cadence: float) -> Finding | None:
    """What the newest reading of `series` completes, or nothing; cadence in seconds."""
    rule = rules.sudden_rise
    limits = rule.limits.get(pollutant)
    if limits is None:
        return None
    windows = _windows(series, rule, cadence)
    level = _level(series, rule, windows, cadence)
    if level is None or level < limits.level:
        return None
    known = windows.middle - windows.first
    if known < 2 or known * cadence < windows.coverage_s:
        return None
    baseline = series.median(windows.first, windows.middle)
    severity = limits.steps.severity(level - baseline)
    if severity is None or level < rule.ratio * baseline:
        return None
    # Contiguous samples: over a hole, two levels say nothing about how fast one became the other.
    if series.widest_gap(windows.first, windows.end) > rule.max_gap_cadences * cadence:
        return None
    half = baseline + (level - baseline) / 2
    risen = [n for n in range(windows.middle, windows.end) if series.values[n] >= half]
    if cadence <= rule.max_cadence_s and len(risen) < rule.confirm:
        return None
    at = series.times[-1]
    return Finding(
        kind=AlertKind.SUDDEN_RISE,
        pollutant=pollutant,
        severity=severity,
        started_at=instant(series.times[risen[0]] if risen else at),
        detected_at=instant(at),
        value=level,
        why={
            "rule": AlertKind.SUDDEN_RISE.value,
            "rule_version": rules.version,
            "level": level,
            "threshold": max(limits.level, rule.ratio * baseline, baseline + limits.steps.notice),
            "baseline": baseline,
            "baseline_samples": known,
            "step": level - baseline,
            "ratio": None if baseline == 0 else level / baseline,
            "window_s": span(rule.short_s, cadence) if cadence <= rule.max_cadence_s else 0,
            "samples": windows.end - windows.middle,
            "cadence_s": cadence,
            "inputs": evidence(series, windows.first, windows.end),
        },
    )


@dataclass(frozen=True, slots=True)
class OpenRise:
    """What opened the alert: seconds since the epoch, and the levels kept in its `why`."""

    opened_at: float
    baseline: float
    step: float
    severity: Severity


def assess(series: Series, rules: RuleSet, pollutant: str, cadence: float, current: OpenRise) -> Assessment:
    """The open alert at the newest reading, measured from the baseline that opened it.

    The running baseline would follow the event. Over is what is back near that
    baseline for the clear duration, or has been open for too long.
    """
    rule = rules.sudden_rise
    limits = rule.limits.get(pollutant)
    at = series.times[-1]
    if limits is None or at - current.opened_at >= rule.max_open_s:
        return Assessment(None, None, over=True)
    coarse = cadence > rule.max_cadence_s
    reach = AN_INSTANT if coarse else span(rule.short_s, cadence)
    start = series.after(at - reach)
    mean = series.mean(start, len(series.times))
    limit = current.baseline + rule.clear_share * current.step
    if mean < limit and stayed_below(series, limit, reach, rule.clear_for_s, cadence):
        return Assessment(None, None, over=True)
    if not coarse and len(series.times) - start < rule.min_samples:
        return Assessment(None, None)
    over_baseline = mean - current.baseline
    graver = over_baseline >= limits.steps.above(current.severity)
    return Assessment(mean, limits.steps.severity(over_baseline) if graver else None)


@dataclass(frozen=True, slots=True)
class Quiet:
    """A promise: until `until`, no rise can be found while every reading is under `below`."""

    until: float
    below: float


NO_PROMISE = Quiet(float("-inf"), float("-inf"))
CAUTION = 1 - 1e-9
"""Keeps a gate on the safe side of the last bit of a rounded mean."""


def promise(series: Series, rules: RuleSet, pollutant: str, cadence: float) -> Quiet:
    """The strongest promise that the readings known now allow.

    The baseline lags behind by the short window, so the baselines of the next minutes consist of readings
    that are here already: each lies between a core that all of them contain and a whole that contains all of
    them. The median of any such set is at least the element of the whole whose rank is half of the core.
    """
    rule = rules.sudden_rise
    limits = rule.limits.get(pollutant)
    if limits is None or cadence > rule.max_cadence_s:
        return NO_PROMISE
    at = series.times[-1]
    # Never longer than a cadence of minutes may be: no step within the promise can then make the cadence
    # coarse.
    ahead = min(rule.short_s / 2, rule.max_cadence_s)
    longest = span(rule.short_s, rule.max_cadence_s)
    start = series.after(at - longest - rule.baseline_s)
    end = series.after(at + ahead - rule.short_s)
    core = series.after(at - longest) - series.after(at + ahead - rule.short_s - rule.baseline_s)
    if core < CADENCE_SAMPLES:  # fewer steps than tell the cadence: the next could turn it
        return NO_PROMISE
    low = sorted(series.values[start:end])[(core - 1) // 2]
    below = max(limits.level, rule.ratio * low, low + limits.steps.notice) * CAUTION
    recent = series.values[series.after(at - longest) :]
    return Quiet(at + ahead, below) if max(recent) < below else NO_PROMISE
