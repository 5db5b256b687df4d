"""A station whose particles fell and calmed down together, at once, while its neighbours' air went on.

A covered inlet holds back both the level and what stirs in it. A tired sensor fades over weeks; a zero that was
shifted keeps its stir; clean air is clean next door too.
"""

from dataclasses import dataclass

import numpy as np

from alerts.integrity.hours import HOUR, PARTICLES, Hours, apart, known, middle, series_of
from alerts.integrity.rules import MuffledRule
from alerts.integrity.sign import Sign, number, numbers
from alerts.network.medians import Floats, Truths
from models.enums import POLLUTANTS, SignKind

SHOWN_HOURS = 48


@dataclass(frozen=True, slots=True)
class _Change:
    """Of every member: particles and gases against the others, after less before."""

    level: Floats
    stir: Floats
    gas: Floats


def muffled(hours: Hours, suspected_at: float, rule: MuffledRule) -> Sign | None:
    """The sign about the change near `suspected_at`; None while, or because, it is none.

    `hours` ends where the suspicion ends, or now.
    """
    level = apart(hours.log_level(), rule.neighbours)
    split = _split(hours, level[:, 0, :PARTICLES], suspected_at, rule)
    if split is None:
        return None
    fell = middle(level[split:, 0, :PARTICLES]) - middle(level[:split, 0, :PARTICLES])
    if not (fell <= rule.log_level).all() or not _steep(level[:, 0, :PARTICLES], split, fell, rule):
        return None
    change = _change(hours, level, split, rule)
    if not (change.stir[0] <= rule.log_stir).all():
        return None
    gas = change.gas[0][known(change.gas[0])]
    if len(gas) and float(np.median(gas)) < rule.gas_share * float(fell.max()):
        return None
    beside = change.level[1:]
    with_it = int(((beside <= 0.5 * rule.log_level).all(axis=1)).sum())
    if with_it > rule.others_share * len(beside):
        return None
    after, before = known(level[split:, 0, 0]), known(level[:split, 0, 0])
    return Sign(
        SignKind.MUFFLED,
        hours.at(split),
        hours.at(split + int(np.flatnonzero(after)[-1]) + 1),
        {
            "level_factor": dict(zip(POLLUTANTS, numbers(np.exp(fell)), strict=False)),
            "stir_factor": dict(zip(POLLUTANTS, numbers(np.exp(change.stir[0])), strict=False)),
            "gas_factor": number(float(np.exp(np.median(gas)))) if len(gas) else None,
            "neighbours_that_fell": with_it,
            "neighbours": len(beside),
            "hours_before": int(before.sum()),
            "hours_after": int(after.sum()),
        },
        series_of(hours, split - SHOWN_HOURS, split + SHOWN_HOURS),
    )


def _split(hours: Hours, level: Floats, suspected_at: float, rule: MuffledRule) -> int | None:
    """The hour that parts best what was before from what came after; None where either side knows too little."""
    suspected = int((suspected_at - hours.begins_at) // HOUR)
    present: Truths = np.logical_and.reduce(known(level), axis=1)
    best: tuple[float, int] | None = None
    for split in range(max(1, suspected - rule.search_hours), suspected + rule.search_hours + 1):
        if split >= hours.length or not present[split]:
            continue
        # Means, not medians: one hour on the wrong side has to show.
        contrast = _mean(level[split : split + 6]) - _mean(level[max(0, split - 6) : split])
        if contrast == contrast and (best is None or contrast < best[0]):
            best = (contrast, split)
    if best is None:
        return None
    split = best[1]
    enough = present[:split].sum() >= rule.before_hours and present[split:].sum() >= rule.hours
    return split if enough else None


def _mean(level: Floats) -> float:
    there = level[known(level)]
    return float(there.mean()) if len(there) else float("nan")


def _steep(level: Floats, split: int, fell: Floats, rule: MuffledRule) -> bool:
    """Whether most of it happened within hours."""
    before = middle(level[:split])
    around = level[max(0, split - rule.steep_hours) : split], level[split : split + rule.steep_hours]
    low = middle(around[1]) - before
    high = middle(around[0]) - before
    return bool((low <= 0.5 * fell).all() and not (high < 0.5 * fell).any())


def _change(hours: Hours, level: Floats, split: int, rule: MuffledRule) -> _Change:
    stir = apart(hours.log_stir(), rule.neighbours)
    moved = middle(level[split:]) - middle(level[:split])
    return _Change(
        level=moved[:, :PARTICLES],
        stir=middle(stir[split:]) - middle(stir[:split]),
        gas=moved[:, PARTICLES:5],
    )
