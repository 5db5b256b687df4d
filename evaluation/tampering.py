"""What the rules of interference see when something is done to a recorded station: days and stations are drawn at
random, the record is altered there, and the rules look once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alerts.integrity.changed import begins, changed, traits
from alerts.integrity.cut import cut
from alerts.integrity.hours import DAY, HOUR, Hours, middle
from alerts.integrity.muffled import muffled
from alerts.integrity.rules import IntegrityRules
from evaluation.integrity import BEFORE_S, Table
from models.enums import SignKind

DRAWS = 300
SEED = 20
OUTAGES = 8
OFF_HOURS = 3


def _factor(factor: float, columns: slice = slice(0, 2)) -> Callable[[Hours, int], Hours]:
    def done(hours: Hours, begin: int) -> Hours:
        level, stir = hours.level.copy(), hours.stir.copy()
        level[begin:, 0, columns] *= factor
        stir[begin:, 0, columns] *= factor
        return Hours(hours.begins_at, level, stir, hours.count)

    return done


def _nights(hours: Hours, begin: int) -> Hours:
    done = _factor(0.4)(hours, begin)
    clock = (np.arange(hours.length) % 24)[:, None, None]
    night = (clock < 8) | (clock >= 20)
    # Only the station itself differs, so the night's choice may be made for all members.
    level = np.where(night, done.level, hours.level)
    stir = np.where(night[:, :, :1], done.stir, hours.stir)
    return Hours(hours.begins_at, level, stir, hours.count)


def _smoothed(hours: Hours, begin: int) -> Hours:
    stir = hours.stir.copy()
    stir[begin:, 0] *= 0.3
    return Hours(hours.begins_at, hours.level, stir, hours.count)


def _capped(hours: Hours, begin: int) -> Hours:
    level, stir = hours.level.copy(), hours.stir.copy()
    usual = np.nanmedian(level[:begin, 0, :2], axis=0)
    over = level[begin:, 0, :2] > usual
    level[begin:, 0, :2] = np.where(over, usual + 0.15 * (level[begin:, 0, :2] - usual), level[begin:, 0, :2])
    stir[begin:, 0] = np.where(over, 0.15 * stir[begin:, 0], stir[begin:, 0])
    return Hours(hours.begins_at, level, stir, hours.count)


def _made_up(hours: Hours, begin: int) -> Hours:
    level, stir = hours.level.copy(), hours.stir.copy()
    usual = np.nanmedian(level[:begin, 0, :2], axis=0)
    walk = np.random.default_rng(SEED).normal(0, 0.2, (hours.length - begin, 1))
    level[begin:, 0, :2] = usual * np.exp(walk)
    stir[begin:, 0] = 0.05 * usual
    return Hours(hours.begins_at, level, stir, hours.count)


def _off(hours: Hours, begins: list[int]) -> Hours:
    level, stir, count = hours.level.copy(), hours.stir.copy(), hours.count.copy()
    for begin in begins:
        for values in (level, stir, count):
            values[begin : begin + OFF_HOURS, 0] = np.nan
    return Hours(hours.begins_at, level, stir, count)


def _days_of(hours: Hours, seed: int) -> list[int]:
    days = np.random.default_rng(seed).choice(hours.length // 24 - 2, OUTAGES, replace=False) + 1
    return sorted(int(day) for day in days)


def _whenever(hours: Hours, seed: int) -> list[int]:
    clock = np.random.default_rng(seed + 1).integers(0, 24, OUTAGES)
    return [24 * day + int(hour) for day, hour in zip(_days_of(hours, seed), clock, strict=True)]


def _nightly(hours: Hours, seed: int) -> list[int]:
    return [24 * day + 2 for day in _days_of(hours, seed)]


def _worst(hours: Hours, _seed: int) -> list[int]:
    """The worst hour of each of the eight worst days."""
    beside = np.nan_to_num(middle(hours.level[:, 1:, 0].T)).reshape(-1, 24)
    days = np.argsort(-beside[1:-1].max(axis=1), kind="stable")[:OUTAGES] + 1
    return sorted(24 * int(day) + int(beside[day].argmax()) for day in days)


TAMPERING: dict[str, tuple[SignKind, Callable[[Hours, int], Hours]]] = {
    "nothing": (SignKind.CHANGED, lambda hours, _: hours),
    "both sizes × 0.7": (SignKind.CHANGED, _factor(0.7)),
    "both sizes × 0.5": (SignKind.CHANGED, _factor(0.5)),
    "both sizes × 1.6": (SignKind.CHANGED, _factor(1.6)),
    "PM10 alone × 0.5": (SignKind.CHANGED, _factor(0.5, slice(1, 2))),
    "smoothed: stir × 0.3": (SignKind.CHANGED, _smoothed),
    "capped: what is over the median × 0.15": (SignKind.CHANGED, _capped),
    "covered every night: × 0.4 from 20 to 8": (SignKind.CHANGED, _nights),
    "made up: the median and chance": (SignKind.CHANGED, _made_up),
    "eight outages of three hours, whenever": (
        SignKind.CUT,
        lambda hours, seed: _off(hours, _whenever(hours, seed)),
    ),
    "eight nights, from 2 on": (SignKind.CUT, lambda hours, seed: _off(hours, _nightly(hours, seed))),
    "eight days, when the neighbours are highest": (
        SignKind.CUT,
        lambda hours, seed: _off(hours, _worst(hours, seed)),
    ),
    "nothing, looked at as if too low": (SignKind.MUFFLED, lambda hours, _: hours),
    "filter: × 0.35": (SignKind.MUFFLED, _factor(0.35)),
    "blocked: × 0.05": (SignKind.MUFFLED, _factor(0.05)),
}
"""What is done to a station's hours from an hour on (outages: by a seed), and the sign it should make."""


def tampered(found: Table, rules: IntegrityRules) -> dict[str, tuple[int, int]]:
    """By what was done: how often it was seen, of how many draws that a rule could judge at all."""
    chance = np.random.default_rng(SEED)
    days = _drawn(found, rules, chance)
    moments = _moments(found, rules, chance)
    weeks = _weeks(found, rules, chance)
    counts: dict[str, tuple[int, int]] = {}
    for name, (kind, done) in TAMPERING.items():
        if kind is SignKind.CHANGED:
            split = rules.changed.before_days * 24
            hits = [changed(done(hours, split), rules.changed) is not None for hours in days]
        elif kind is SignKind.CUT:
            hits = [cut(done(hours, seed), rules.cut) is not None for seed, hours in enumerate(weeks)]
        else:
            hits = [
                muffled(done(hours, split), hours.at(split + 2), rules.muffled) is not None
                for hours, split in moments
            ]
        counts[name] = (sum(hits), len(hits))
    return counts


def _drawn(found: Table, rules: IntegrityRules, chance: np.random.Generator) -> list[Hours]:
    """Spans of a station whose days are known on both sides."""
    rule, kept = rules.changed, []
    span = rule.before_days + rule.after_days
    for _ in range(20 * DRAWS):
        station = int(chance.integers(len(found.groups)))
        end = found.begins_at + int(chance.integers(span, found.days + 1)) * DAY
        hours = found.hours(station, begins(end - DAY, rule), end)
        known = ~np.isnan(traits(hours, rule)[:, 0, 0])
        if (
            known[: -rule.after_days].sum() >= rule.least_before
            and known[-rule.after_days :].sum() >= rule.least_after
        ):
            kept.append(hours)
        if len(kept) == DRAWS:
            break
    return kept


def _moments(found: Table, rules: IntegrityRules, chance: np.random.Generator) -> list[tuple[Hours, int]]:
    """Eight days before an hour and as many hours after it as the rule wants, of a station with neighbours then."""
    kept: list[tuple[Hours, int]] = []
    wanted = rules.muffled.hours
    for _ in range(20 * DRAWS):
        station = int(chance.integers(len(found.groups)))
        begin = int(chance.integers(8 * 24, len(found.told) - wanted - 2))
        at = found.begins_at + begin * HOUR
        hours = found.hours(station, at - BEFORE_S, at + (wanted + 1) * HOUR)
        split = hours.length - wanted - 1
        here = ~np.isnan(hours.level[..., 0])
        fit = here[:, 0] & (here[:, 1:].sum(axis=1) >= rules.muffled.neighbours)
        if fit[split:].sum() >= wanted and fit[:split].sum() >= 3 * 24:
            kept.append((hours, split))
        if len(kept) == DRAWS:
            break
    return kept


def _weeks(found: Table, rules: IntegrityRules, chance: np.random.Generator) -> list[Hours]:
    """Five weeks of a station that is heard nearly always, as two neighbours are."""
    kept = []
    for _ in range(20 * DRAWS):
        station = int(chance.integers(len(found.groups)))
        end = found.begins_at + int(chance.integers(rules.cut.days, found.days + 1)) * DAY
        hours = found.hours(station, end - rules.cut.days * DAY, end)
        heard = (hours.count > 0).mean(axis=0)
        if heard[0] > 0.95 and (heard[1:] > 0.95).sum() >= rules.cut.neighbours:
            kept.append(hours)
        if len(kept) == DRAWS:
            break
    return kept
