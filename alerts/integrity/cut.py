"""A station that falls silent in a pattern: by the clock, by the day of the week, or whenever the air is bad."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alerts.integrity.chance import Habit, at_least, habit
from alerts.integrity.hours import FEW, HOUR, OFFSETS, PARTICLES, Hours, middle
from alerts.integrity.rules import CutRule
from alerts.integrity.sign import Sign, number
from alerts.network.medians import Floats, Truths
from models.enums import SignKind

DAY_HOURS, WEEK_HOURS = 24, 168
BEIJING_HOURS = 8
MONDAY_HOURS = 72
"""1970-01-01 was a Thursday."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Hours `first` up to `last`, that one left out, in which a station said too little."""

    first: int
    last: int


def cut(
    hours: Hours, rule: CutRule, *, excused: Sequence[tuple[float, float]] = (), since: float | None = None
) -> Sign | None:
    """The sign in the station's own outages that began after `since`; None without a pattern.

    `excused` are spans (from, until) with somebody at work there; outages that touch one are none.
    """
    if hours.members - 1 < rule.neighbours:
        return None
    own = [
        outage
        for outage in outages(hours, rule)
        if (since is None or hours.at(outage.first) > since)
        and not any(
            hours.at(outage.first) < until and hours.at(outage.last) > begin for begin, until in excused
        )
    ]
    daily = _one_a_day(hours, own)
    if len(daily) < min(rule.least, rule.weeks, rule.least_high):
        return None
    found = {name: value for name, value in _patterns(hours, daily, rule).items() if value is not None}
    if not found:
        return None
    first, last = daily[0], daily[-1]
    begins = [hours.at(outage.first) for outage in daily]
    return Sign(
        SignKind.CUT,
        hours.at(first.first),
        hours.at(last.last),
        found | {"outages": len(own), "days_with_outages": len(daily), "days": hours.length // DAY_HOURS},
        {"at": begins, "hours": [outage.last - outage.first for outage in daily]},
    )


def outages(hours: Hours, rule: CutRule) -> list[Outage]:
    """Of the station alone, in order: not shared by its neighbours, begun while it was known to work."""
    count = np.where(hours.count == hours.count, hours.count, 0)
    usual = np.array([_usual(column) for column in count.T])
    silent: Truths = count < rule.silent_share * np.maximum(usual, 1)
    silent |= usual == 0
    least = rule.coarse_hours if usual[0] <= FEW else rule.fine_hours
    found: list[Outage] = []
    hour = 0
    while hour < hours.length:
        if not silent[hour, 0]:
            hour += 1
            continue
        first = hour
        while hour < hours.length and silent[hour, 0]:
            hour += 1
        if first > 0 and least <= hour - first <= rule.longest_hours and hour < hours.length:
            found.append(Outage(first, hour))
    return [outage for outage in found if not _shared(silent, usual, outage, rule)]


def _usual(count: Floats) -> float:
    heard = count[count > 0]
    return float(np.median(heard)) if len(heard) else 0.0


def _shared(silent: Truths, usual: Floats, outage: Outage, rule: CutRule) -> bool:
    """Whether neighbours that are in service at all were silent about when it began."""
    begun = slice(max(0, outage.first - 1), outage.first + 2)
    serving = usual[1:] > 0
    if int(serving.sum()) < rule.neighbours:
        return True
    with_it = silent[begun, 1:].any(axis=0) & serving
    return bool(with_it.sum() >= rule.shared * serving.sum())


def _one_a_day(hours: Hours, own: Sequence[Outage]) -> list[Outage]:
    """The longest of each day of Beijing time: what flickers is one outage."""
    days: dict[int, Outage] = {}
    for outage in own:
        day = (_clock(hours, outage.first)) // DAY_HOURS
        if day not in days or outage.last - outage.first > days[day].last - days[day].first:
            days[day] = outage
    return [days[day] for day in sorted(days)]


def _clock(hours: Hours, hour: int) -> int:
    """Hours of Beijing time since the epoch."""
    return int(hours.begins_at // HOUR) + hour + BEIJING_HOURS


def _patterns(hours: Hours, daily: Sequence[Outage], rule: CutRule) -> dict[str, dict[str, object] | None]:
    clocks = [_clock(hours, outage.first) for outage in daily]
    by_day = habit(clocks, DAY_HOURS, rule.widest_hours) if len(daily) >= rule.least else None
    weekly = [clock + MONDAY_HOURS for clock in clocks]
    weeks = len({clock // WEEK_HOURS for clock in weekly})
    by_week = habit(weekly, WEEK_HOURS, rule.widest_hours) if weeks >= rule.weeks else None
    return {
        "by_hour": _told(by_day, rule),
        "by_weekday": _told(by_week, rule) if by_week and by_week.count >= rule.weeks else None,
        "with_pollution": _with_pollution(hours, daily, rule),
    }


def _told(found: Habit | None, rule: CutRule) -> dict[str, object] | None:
    if found is None or found.chance > rule.chance:
        return None
    weekday, hour = divmod(found.first, DAY_HOURS)
    return {
        "hour": hour,
        "weekday": weekday + 1,
        "within_hours": found.width,
        "count": found.count,
        "of": found.of,
        "chance": float(f"{found.chance:.2g}"),
    }


def _with_pollution(hours: Hours, daily: Sequence[Outage], rule: CutRule) -> dict[str, object] | None:
    """How many began while the neighbours were high for that hour of the day; days of one episode count once."""
    separate: list[Outage] = []
    for outage in daily:
        if not separate or outage.first - separate[-1].first >= rule.apart_days * DAY_HOURS:
            separate.append(outage)
    log = np.log(np.maximum(hours.level[:, 1:, :PARTICLES], 0) + OFFSETS[:PARTICLES])
    beside = middle(np.moveaxis(log, 1, 0)).mean(axis=1)
    ranks = [rank for outage in separate if (rank := _rank(beside, outage.first)) is not None]
    high = sum(rank >= 1 - rule.high_share for rank in ranks)
    chance = at_least(len(ranks), high, rule.high_share)
    if len(ranks) < rule.least_high or chance > rule.high_chance:
        return None
    return {
        "count": high,
        "of": len(ranks),
        "ranks": [number(rank, 2) for rank in ranks],
        "chance": float(f"{chance:.2g}"),
    }


def _rank(beside: Floats, first: int) -> float | None:
    """Share of the other days that were lower at these three hours of the clock."""

    def around(hour: int) -> float:
        window = beside[max(0, hour - 1) : hour + 2]
        window = window[window == window]
        return float(window.mean()) if len(window) else float("nan")

    here = around(first)
    rest = np.array(
        [around(hour) for hour in range(first % DAY_HOURS, len(beside), DAY_HOURS) if hour != first]
    )
    rest = rest[rest == rest]
    if here != here or len(rest) < WEEK_HOURS // DAY_HOURS:
        return None
    return float((rest < here).mean())
