"""The verdict of the station after a report: on made series, on real ones, and whatever order they come in."""

import csv
import gzip
import random
from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.closure import ClosureRules, Point, Verdict, Watch, chart, judge
from models.enums import VerdictState

MINUTE, HOUR = 60.0, 3600.0
RULES = ClosureRules()
HOURLY = replace(RULES, held=2)
WATCH = Watch(reported_at=0.0, event_from=-HOUR, cadence_s=MINUTE)
EXTRACT = Path(__file__).resolve().parents[2] / "data" / "detection" / "readings.csv.gz"
Level = float | None


def series(levels: list[Level], *, start: float = -HOUR, every: float = MINUTE) -> list[Point]:
    return [Point(start + every * n, level) for n, level in enumerate(levels)]


def steady(level: float, minutes: int) -> list[Level]:
    """Stirred by a hundredth, as air is."""
    return [level + 0.01 * (n % 3 - 1) * level for n in range(minutes)]


def around(level: float, *after: tuple[float, int], before: int = 61) -> list[list[Point]]:
    """Three neighbours that differ a little."""
    shape = steady(level, before)
    for later, minutes in after:
        shape += steady(later, minutes)
    return [
        series([None if value is None else value * factor for value in shape]) for factor in (0.9, 1.0, 1.1)
    ]


QUIET = around(40, (40, 24 * 60))
HIGH: list[Level] = steady(200, 61)
"""The hour before the report, up to its minute."""


def said(own: list[Point], near: list[list[Point]], now: float, watch: Watch = WATCH) -> Verdict:
    return judge(watch, own, near, rules=RULES, now=now)


def test_recovers() -> None:
    own = series([*HIGH, *steady(160, 10), *steady(45, 120)])
    assert said(own[:61], QUIET, 60).state is VerdictState.PENDING
    assert said(own[:73], QUIET, 12 * MINUTE).state is VerdictState.PENDING, "held twice, not three times"
    found = said(own[:74], QUIET, 13 * MINUTE)
    assert (found.state, found.recovered_at, found.over) == (VerdictState.RECOVERED, 11 * MINUTE, False)
    assert found.peak_excess == pytest.approx(160, rel=0.02)
    assert found.limit == pytest.approx(48, rel=0.02)
    last = said(own, QUIET, 3 * HOUR)
    assert (last.state, last.over, last.counted, last.relapsed) == (VerdictState.RECOVERED, True, 120, False)


def test_stays_high_and_is_not_said_to_before_its_time() -> None:
    own = series([*HIGH, *steady(190, 130)])
    assert said(own[:150], QUIET, 89 * MINUTE).state is VerdictState.PENDING
    found = said(own, QUIET, 130 * MINUTE)
    assert (found.state, found.over, found.recovered_at) == (VerdictState.NOT_RECOVERED, True, None)
    assert found.level == pytest.approx(190, rel=0.02)
    assert found.neighbours == pytest.approx(40, rel=0.02)


def test_a_little_better_is_not_recovered() -> None:
    assert (
        said(series([*HIGH, *steady(95, 130)]), QUIET, 3 * HOUR).state is VerdictState.NOT_RECOVERED
    )  # 55 of 160 left
    assert said(series([*HIGH, *steady(85, 130)]), QUIET, 3 * HOUR).state is VerdictState.RECOVERED  # 45


def test_the_alerts_own_clear_level_is_enough() -> None:
    watch = replace(WATCH, clear=120.0)
    assert said(series([*HIGH, *steady(115, 5)]), QUIET, 5 * MINUTE, watch).state is VerdictState.RECOVERED
    assert (
        said(series([*HIGH, *steady(125, 130)]), QUIET, 3 * HOUR, watch).state is VerdictState.NOT_RECOVERED
    )


def test_a_rise_that_all_share_is_regional() -> None:
    own = series([*HIGH, *steady(200, 130)])
    found = said(own, around(40, (190, 130)), 3 * HOUR)
    assert (found.state, found.recovered_at) == (VerdictState.REGIONAL, None)
    with_limit = replace(WATCH, clear=100.0)
    assert said(own, around(40, (190, 130)), 3 * HOUR, with_limit).state is VerdictState.REGIONAL
    # Its excess is gone because it came down, and not because the others came up.
    assert (
        said(series([*HIGH, *steady(70, 130)]), around(40, (60, 130)), 3 * HOUR).state
        is VerdictState.RECOVERED
    )


def test_a_limit_that_the_whole_region_is_over_from_the_start() -> None:
    watch = replace(WATCH, clear=150.0)
    found = said(series([*HIGH, *steady(205, 130)]), around(195, (198, 130)), 3 * HOUR, watch)
    assert found.state is VerdictState.REGIONAL


def test_a_silent_station_says_nothing() -> None:
    own = series(HIGH)
    assert said(own, QUIET, 59 * MINUTE).state is VerdictState.PENDING
    assert said(own, QUIET, 60 * MINUTE).state is VerdictState.NO_DATA
    assert said(own, QUIET, 25 * HOUR).over
    later = said([*own, *series(steady(45, 5), start=5 * HOUR)], QUIET, 6 * HOUR)
    assert later.state is VerdictState.RECOVERED


def test_flagged_values_say_nothing_either() -> None:
    own = series([*HIGH, *steady(45, 120)])
    flagged = [replace(point, flagged=point.at > 0) for point in own]
    found = said(flagged, QUIET, 2 * HOUR)
    assert (found.state, found.counted, found.flagged) == (VerdictState.NO_DATA, 0, 120)
    # And a neighbour that is flagged is no neighbour: two of three are left, then one.
    high = series([*HIGH, *steady(200, 130)])
    near = around(40, (190, 130))
    mute = [[replace(point, flagged=True) for point in one] for one in near[1:]]
    assert said(high, [*near, *mute], 3 * HOUR).state is VerdictState.REGIONAL
    assert said(high, [near[0], *mute], 3 * HOUR).state is VerdictState.NO_DATA


def test_without_neighbours_it_is_held_against_its_own_time_before() -> None:
    watch = replace(WATCH, base=40.0, excess=150.0)
    assert said(series([*HIGH, *steady(60, 5)]), [], 5 * MINUTE, watch).state is VerdictState.RECOVERED
    assert said(series([*HIGH, *steady(150, 130)]), [], 3 * HOUR, watch).state is VerdictState.NOT_RECOVERED


def test_what_comes_back_within_the_watch_is_a_relapse() -> None:
    own = series([*HIGH, *steady(45, 20), *steady(180, 10), *steady(45, 100)])
    assert said(own[:81], QUIET, 20 * MINUTE).state is VerdictState.RECOVERED
    back = said(own[:90], QUIET, 29 * MINUTE)
    assert (back.state, back.relapsed, back.over) == (VerdictState.NOT_RECOVERED, True, False)
    again = said(own, QUIET, 3 * HOUR)
    assert (again.state, again.relapsed, again.recovered_at) == (VerdictState.RECOVERED, True, MINUTE)


def test_what_only_flickers_has_not_recovered() -> None:
    flicker: list[Level] = [45.0 if n % 3 else 200.0 for n in range(130)]
    own = series([*HIGH, *flicker, *flicker])
    assert said(own[:120], QUIET, HOUR).state is VerdictState.PENDING
    # Twice as long is waited for it to make up its mind.
    assert said(own[:190], QUIET, 3 * HOUR).state is VerdictState.PENDING
    found = said(own, QUIET, 5 * HOUR)
    assert (found.state, found.counted) == (VerdictState.NOT_RECOVERED, 240)
    settled = series([*HIGH, *flicker, *steady(45, 3)])
    assert said(settled, QUIET, 3 * HOUR).state is VerdictState.RECOVERED


def test_readings_that_come_late_change_the_verdict() -> None:
    gap = series([*HIGH, *[None] * 90, *steady(190, 130)])
    filled = series([*HIGH, *steady(45, 90), *steady(190, 130)])
    assert said(gap, QUIET, 4 * HOUR).state is VerdictState.NOT_RECOVERED
    assert not said(gap, QUIET, 4 * HOUR).relapsed
    assert said(filled, QUIET, 4 * HOUR).relapsed
    assert said(filled[:61] + filled[151:], QUIET, 4 * HOUR).state is VerdictState.NOT_RECOVERED
    assert said(filled[:151], QUIET, 4 * HOUR).state is VerdictState.RECOVERED


def hourly(levels: list[Level]) -> list[Point]:
    return series(levels, start=-3 * HOUR, every=HOUR)


def test_a_station_of_hours() -> None:
    watch = Watch(reported_at=600.0, event_from=-3 * HOUR, cadence_s=HOUR)
    near = [hourly([60 + n, 60, 60, 60, 60, 60, 60, 60, 60]) for n in (0.0, 5.0, 10.0)]
    own = hourly([250, 260, 250, 240, 230, 70, 66])
    # The hour that began before the report says of before.
    assert watch.counts_from == 600 + HOUR
    assert judge(watch, own[:6], near, rules=HOURLY, now=2 * HOUR).state is VerdictState.PENDING
    found = judge(watch, own, near, rules=HOURLY, now=3 * HOUR)
    assert (found.state, found.over, found.wanted) == (VerdictState.RECOVERED, True, 2)
    high = hourly([250, 260, 250, 240, 230, 235, 240])
    assert judge(watch, high, near, rules=HOURLY, now=3 * HOUR).state is VerdictState.NOT_RECOVERED
    silent = judge(watch, own[:4], near, rules=HOURLY, now=3 * HOUR)
    assert silent.state is VerdictState.PENDING
    assert judge(watch, own[:4], near, rules=HOURLY, now=3 * HOUR + 600).state is VerdictState.NO_DATA


def test_the_chart_has_at_most_so_many_points_the_newest_among_them() -> None:
    own = series([*HIGH, *steady(45, 900)])
    shown = chart(WATCH, own, QUIET)
    assert len(shown) <= 200
    assert shown[-1][0] == own[-1].at
    assert shown == sorted(shown)
    flagged = chart(WATCH, [replace(point, flagged=True) for point in own], QUIET)
    assert {level for _, level, _ in flagged} == {None}
    silent = chart(WATCH, series(HIGH), QUIET)
    assert silent[-1][0] > WATCH.reported_at
    assert chart(WATCH, [], []) == []


levels = st.lists(st.one_of(st.none(), st.floats(0, 500, width=32)), min_size=20, max_size=60)


@given(levels, levels, levels, levels, st.randoms(use_true_random=False), st.integers(0, 40))
def test_the_order_of_arrival_does_not_matter(
    own: list[Level], a: list[Level], b: list[Level], c: list[Level], rng: random.Random, minutes: int
) -> None:
    rules = replace(RULES, enough_s=1200.0, longest_s=HOUR)
    told = [series(one, start=-10 * MINUTE) for one in (own, a, b, c)]
    straight = judge(WATCH, told[0], told[1:], rules=rules, now=minutes * MINUTE)
    for one in told:
        rng.shuffle(one)
    rng.shuffle(told[1:])
    assert judge(WATCH, told[0], told[1:], rules=rules, now=minutes * MINUTE) == straight


@given(levels, levels, levels, st.data())
def test_flagged_values_never_count(
    own: list[Level], a: list[Level], b: list[Level], data: st.DataObject
) -> None:
    rules = replace(RULES, enough_s=1200.0, longest_s=HOUR)
    told = [series(one, start=-10 * MINUTE) for one in (own, a, b)]
    flags = [data.draw(st.lists(st.booleans(), min_size=len(one), max_size=len(one))) for one in told]
    flagged = [
        [replace(p, flagged=f) for p, f in zip(one, marks, strict=True)]
        for one, marks in zip(told, flags, strict=True)
    ]
    wild = [[replace(p, value=9999.0 if p.flagged else p.value) for p in one] for one in flagged]
    without = [[p for p in one if not p.flagged] for one in flagged]
    verdicts = [
        judge(WATCH, one[0], one[1:], rules=rules, now=30 * MINUTE) for one in (flagged, wild, without)
    ]
    assert {replace(verdict, flagged=0) for verdict in verdicts} == {replace(verdicts[0], flagged=0)}
    assert not any(level is not None and level > 500 for _, level, _ in chart(WATCH, wild[0], wild[1:]))


# ---------------------------------------------------------------- real readings


def extract(pollutant: str) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = defaultdict(list)
    with gzip.open(EXTRACT, "rt") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["observed_at"]).timestamp()
            found[row["station"]].append(Point(at, float(row[pollutant]) if row[pollutant] else None))
    return found


def clock(text: str) -> float:
    return datetime.fromisoformat(f"2019-04-{text}:00+08:00").timestamp()


def on_extract(
    station: str, pollutant: str, begun: str, reported: str, now: str, rules: ClosureRules = RULES
) -> Verdict:
    told = extract(pollutant)
    own = told.pop(station)
    gaps = sorted(b.at - a.at for a, b in pairwise(own))
    watch = Watch(clock(reported), clock(begun), cadence_s=gaps[len(gaps) // 2])
    known = [p for p in own if p.at <= clock(now)]
    near = [[p for p in one if p.at <= clock(now)] for one in told.values()]
    return judge(watch, known, near, rules=rules, now=clock(now))


def test_real_burning_that_ended_before_the_report() -> None:
    found = on_extract("WZ-652323-001", "pm25", "04T17:04", "04T20:00", "04T23:00")
    assert (found.state, found.relapsed) == (VerdictState.RECOVERED, False)
    assert found.peak_excess is not None
    assert found.peak_excess > 20


def test_real_burning_that_goes_on_after_the_report() -> None:
    hour = replace(RULES, enough_s=3600.0)
    found = on_extract("WZ-652323-001", "pm25", "04T17:04", "04T17:20", "04T18:30", hour)
    assert (found.state, found.recovered_at) == (VerdictState.NOT_RECOVERED, None)
    # With two hours it has burnt out within the watch.
    assert (
        on_extract("WZ-652323-001", "pm25", "04T17:04", "04T17:20", "04T18:30").state is VerdictState.PENDING
    )
    later = on_extract("WZ-652323-001", "pm25", "04T17:04", "04T17:40", "04T19:50")
    assert later.state is VerdictState.RECOVERED


def test_real_dust_that_settles_while_it_reaches_the_others() -> None:
    found = on_extract("WZ-652324-007", "pm10", "05T05:04", "05T05:50", "05T06:00")
    assert found.state is VerdictState.PENDING
    found = on_extract("WZ-652324-007", "pm10", "05T05:04", "05T05:50", "05T07:59")
    assert found.state is VerdictState.RECOVERED
    assert found.level is not None
    assert found.neighbours is not None
    assert found.level < found.neighbours


def test_a_real_station_that_fell_silent() -> None:
    found = on_extract("WZ-652324-002", "pm25", "04T15:00", "04T16:00", "04T18:00")
    assert (found.state, found.counted) == (VerdictState.NO_DATA, 0)


def test_a_real_regional_rise_by_the_hour(shared: Path) -> None:
    """Beijing: haze comes up over all of its stations together; one was reported on as it came."""
    told: dict[str, list[Point]] = {}
    for file in sorted((shared / "data/beijing_multisite").glob("PRSA_*.csv.gz")):
        with gzip.open(file, "rt") as lines:
            points = []
            for row in csv.DictReader(lines):
                year, month, day, hour = (int(row[name]) for name in ("year", "month", "day", "hour"))
                at = datetime(year, month, day, hour).timestamp()
                value = row["PM2.5"]
                points.append(Point(at, None if value == "NA" else float(value)))
        told[file.name.split("_")[1]] = points
    own = told.pop("Dongsi")
    levels = {p.at: p.value for p in own}
    verdicts = defaultdict(list)
    for point in own[24:4000]:
        before = levels.get(point.at - 6 * HOUR)
        # Up by 100 within six hours; by then somebody has reported.
        if point.value is None or before is None or point.value - before < 100:
            continue
        span = [point.at - 24 * HOUR, point.at + 6 * HOUR]
        watch = Watch(
            point.at, point.at - 6 * HOUR, HOUR, base=before, excess=point.value - before, clear=before * 1.2
        )
        near = [[p for p in one if span[0] <= p.at <= span[1]] for one in told.values()]
        mine = [p for p in own if span[0] <= p.at <= span[1]]
        verdicts[judge(watch, mine, near, rules=HOURLY, now=span[1]).state].append(point.at)
    total = sum(len(found) for found in verdicts.values())
    assert total > 50
    counts = {state: len(found) / total for state, found in verdicts.items()}
    assert counts[VerdictState.REGIONAL] > 0.6, counts
    assert counts.get(VerdictState.NOT_RECOVERED, 0) < 0.25, counts
