"""A station whose character changed from one day to the next and stays changed: as another instrument would speak.

A day's character is a handful of traits, each relative to the neighbours. Every change of the air is theirs too.
"""

import numpy as np

from alerts.integrity.hours import DAY, PARTICLES, Hours, known, middle, others, series_of
from alerts.integrity.rules import ChangedRule
from alerts.integrity.sign import Sign, number, numbers
from alerts.network.medians import Floats
from models.enums import SignKind

TRAITS = ("level", "ratio", "noise", "swing", "agreement", "profile")
NIGHT = np.array([hour < 8 or hour >= 20 for hour in range(24)])
MAD = 1.4826
SURE = 0.999
"""A correlation is no surer than this: Fisher's z of 1 has no end."""
SHOWN_DAYS = 3


def traits(hours: Hours, rule: ChangedRule) -> Floats:
    """Days × members × TRAITS; NaN where a day knows too little. `hours` begins at midnight, Beijing time."""
    days = hours.length // 24
    log = hours.log_level()[: days * 24, :, :PARTICLES]
    beside = others(log, rule.neighbours)
    away = _days(log - beside)
    enough = (known(away).sum(axis=1) >= rule.hours).all(axis=-1)
    gain = _median(away)
    # Where the air is still to the last digit, it is the instrument that stands still, and that has its own alert.
    stirring = np.where(hours.stir > 0, hours.log_stir(), np.nan)[: days * 24]
    noise = stirring - log
    noise = _median(_days(noise - others(noise, rule.neighbours))).mean(axis=-1)
    swing = np.log(_spread(_days(log)) + 0.01) - np.log(_spread(_days(beside)) + 0.01)
    night = _median(away[:, NIGHT]) - _median(away[:, ~NIGHT])
    found = np.stack(
        [
            gain.mean(axis=-1),
            gain[..., 0] - gain[..., 1],
            noise,
            swing.mean(axis=-1),
            _agreement(_days(log), _days(beside), rule),
            night.mean(axis=-1),
        ],
        axis=-1,
    )
    return np.where(enough[..., None], found, np.nan)


def changed(hours: Hours, rule: ChangedRule) -> Sign | None:
    """The sign at the beginning of the last `after_days` of `hours`; None without one.

    `hours` holds whole days of Beijing time and ends with the newest; at least both spans of the rule.
    """
    days = hours.length // 24
    split = days - rule.after_days
    if split < 1:
        return None
    found = traits(hours, rule)
    before, after = found[max(0, split - rule.before_days) : split], found[split:]
    sizes = np.array([getattr(rule, name) for name in TRAITS])
    step = middle(after) - middle(before)
    scatter = MAD * middle(np.abs(before - middle(before)))
    z = np.abs(step) / np.maximum(scatter, rule.floors * sizes)
    own = [
        trait
        for trait in range(len(TRAITS))
        if _lasting(before[:, 0, trait], after[:, 0, trait], step[0, trait], rule)
        and abs(step[0, trait]) >= sizes[trait]
        and z[0, trait] >= rule.z
        and not _others_too(step[:, trait], rule)
    ]
    sure = [t for t in own if abs(step[0, t]) >= rule.alone * sizes[t] and z[0, t] >= rule.alone * rule.z]
    if len(own) < rule.together and not sure:
        return None
    first = split * 24
    return Sign(
        SignKind.CHANGED,
        hours.at(first),
        hours.at(days * 24),
        {
            "traits": {
                TRAITS[t]: {
                    "before": number(float(middle(before)[0, t])),
                    "after": number(float(middle(after)[0, t])),
                    "scatter": number(float(scatter[0, t])),
                    "z": number(float(z[0, t]), 1),
                }
                for t in own
            },
            "days_before": int(known(before[:, 0, 0]).sum()),
            "days_after": int(known(after[:, 0, 0]).sum()),
            "neighbours": hours.members - 1,
        },
        series_of(hours, first - SHOWN_DAYS * 24, first + SHOWN_DAYS * 24),
        {
            "at": [hours.begins_at + day * DAY for day in range(days)],
            **{TRAITS[t]: numbers(found[:, 0, t]) for t in own},
        },
    )


def begins(newest: float, rule: ChangedRule) -> float:
    """Where the hours have to begin that end with the day that begins at `newest`."""
    return newest - (rule.before_days + rule.after_days - 1) * DAY


def _lasting(before: Floats, after: Floats, step: float, rule: ChangedRule) -> bool:
    """Whether every day after lies beyond the half of it, and hardly one before did."""
    old, new = before[known(before)], after[known(after)]
    if len(old) < rule.least_before or len(new) < rule.least_after:
        return False
    half = np.median(old) + 0.5 * step
    past, still = (old > half, new > half) if step > 0 else (old < half, new < half)
    return bool(still.mean() >= 1 - rule.past_half and past.mean() <= rule.past_half)


def _others_too(step: Floats, rule: ChangedRule) -> bool:
    beside = step[1:][known(step[1:])]
    same = np.sign(beside) == np.sign(step[0])
    like = same & (np.abs(beside) >= 0.5 * abs(step[0]))
    return bool(like.sum() > rule.others_share * max(1, len(beside)))


def _days(values: Floats) -> Floats:
    """Hours × … as days × 24 × …"""
    return values.reshape(-1, 24, *values.shape[1:])


def _median(daily: Floats) -> Floats:
    return middle(np.moveaxis(daily, 1, 0))


def _spread(daily: Floats) -> Floats:
    return _median(np.abs(daily - _median(daily)[:, None]))


def _agreement(own: Floats, beside: Floats, rule: ChangedRule) -> Floats:
    """Fisher's z of the correlation over the hours of each day, both particle sizes as one."""
    both = known(own) & known(beside)
    n = both.sum(axis=1)
    a, b = np.where(both, own, 0), np.where(both, beside, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        a = np.where(both, own - (a.sum(axis=1) / n)[:, None], 0)
        b = np.where(both, beside - (b.sum(axis=1) / n)[:, None], 0)
        r = (a * b).sum(axis=1) / np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    r = np.where(n >= rule.hours, r, np.nan)
    z: Floats = np.arctanh(np.clip(r, -SURE, SURE)).mean(axis=-1)
    return z
