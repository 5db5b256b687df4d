"""Properties of one station's watch: gates, doubled and reordered readings, corrections, restarts."""

import copy
import random
from datetime import datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from alerts.dedup import Clear, Open
from alerts.quality import screened
from alerts.watch import WRITE_EVERY, Change, StationWatch
from alerts.window import window_length
from models.enums import AlertKind
from tests.fakes import START
from tests.unit.alerts.streams import (
    RULES,
    Item,
    Stretch,
    Values,
    one,
    played,
    run,
    series,
    story,
    stretches,
)

SEEDS = st.integers(0, 2**32)
CADENCES = st.sampled_from([60, 300, 3600])


def quiet(level: float, count: int, noise: float = 0.3) -> Stretch:
    return Stretch(count=count, step_s=60, level=level, noise=noise, gap_s=0)


@settings(max_examples=150, deadline=None)
@given(parts=stretches(), seed=SEEDS, cadence=CADENCES)
@example(
    parts=[quiet(75, 90), quiet(100, 90), quiet(118, 90), quiet(300, 30), quiet(75, 90)], seed=1, cadence=60
)
@example(parts=[quiet(40, 90, 0.05), quiet(75, 90, 0.05), quiet(160, 90, 0.05)], seed=2, cadence=60)
def test_the_gate_never_changes_the_outcome(parts: list[Stretch], seed: int, cadence: int) -> None:
    items = _disturbed(played(parts, seed), seed)
    told = [_play(StationWatch(RULES, cadence, gated=gated), items) for gated in (True, False)]
    assert told[0] == told[1]


def _disturbed(items: list[Item], seed: int) -> list[tuple[str, datetime, Values]]:
    """Arrival with some readings late, some doubled, some corrected."""
    chance = random.Random(seed + 1)
    arrivals: list[tuple[float, str, datetime, Values]] = []
    for place, (at, values) in enumerate(items):
        late = chance.choice([0, 0, 0, 0, 0, 0, 0, 2.5, 30.5])
        arrivals.append((place + late, "new", at, values))
        if chance.random() < 0.05:
            arrivals.append((place + late + 4.2, "new", at, values))
        if chance.random() < 0.03:
            arrivals.append(
                (place + late + 5.7, "correction", at, one("pm25", chance.choice([None, 9.0, 400.0])))
            )
    return [arrival[1:] for arrival in sorted(arrivals, key=lambda arrival: arrival[0])]


def _play(watch: StationWatch, arrivals: list[tuple[str, datetime, Values]]) -> list[tuple[object, ...]]:
    changes: list[Change] = []
    for what, at, values in arrivals:
        if what == "correction":
            watch.correct(at, values)
        else:
            changes += watch.observe(at, values)
    return story(changes)


@settings(max_examples=100, deadline=None)
@given(parts=stretches(), seed=SEEDS, cadence=CADENCES)
def test_doubled_readings_change_nothing(parts: list[Stretch], seed: int, cadence: int) -> None:
    items = played(parts, seed)
    chance = random.Random(seed)
    doubled = []
    for place, item in enumerate(items):
        doubled.append(item)
        if chance.random() < 0.3:
            doubled.append(items[chance.randint(max(0, place - 200), place)])
    assert story(run(StationWatch(RULES, cadence), doubled)) == story(
        run(StationWatch(RULES, cadence), items)
    )


@settings(max_examples=100, deadline=None)
@given(parts=stretches(), seed=SEEDS, cadence=CADENCES, data=st.data())
def test_a_restart_anywhere_loses_and_doubles_nothing(
    parts: list[Stretch], seed: int, cadence: int, data: st.DataObject
) -> None:
    arrivals = _disturbed(played(parts, seed), seed)
    stops = set(data.draw(st.lists(st.integers(0, len(arrivals)), max_size=8)))
    stored: dict[datetime, Values] = {}
    watch, changes = StationWatch(RULES, cadence), list[Change]()
    for place, (what, at, values) in enumerate(arrivals):
        if place in stops:
            watch = _loaded(watch, stored, cadence)
        if what == "correction":
            if at in stored:
                stored[at] = values
                watch.correct(at, values)
        elif at not in stored:
            stored[at] = values
            changes += watch.observe(at, values)
    known, straight = set[datetime](), []
    for arrival in arrivals:
        if arrival[0] == "new":
            known.add(arrival[1])
        if arrival[1] in known:
            straight.append(arrival)
    assert story(changes) == _play(StationWatch(RULES, cadence), straight)


def _loaded(before: StationWatch, stored: dict[datetime, Values], cadence: int) -> StationWatch:
    """What the service's loader makes: the readings of the window before the newest, and what is open."""
    watch = StationWatch(RULES, cadence)
    newest = max(stored, default=START)
    horizon = newest - timedelta(seconds=window_length(cadence))
    for at in sorted(stored):
        if at > horizon:
            watch.remember(at, stored[at])
    for alert in before.open_alerts():
        watch.adopt(copy.deepcopy(alert))
    return watch


def test_a_late_reading_takes_its_place_and_raises_nothing() -> None:
    items = series([200.0] * 60)
    late = items.pop(30)
    watch = StationWatch(RULES, 60)
    run(watch, items)
    assert run(watch, [late]) == []
    assert watch.newest == items[-1][0].timestamp()


def test_a_backfill_older_than_the_newest_raises_nothing() -> None:
    watch = StationWatch(RULES, 60)
    run(watch, series([10.0], start=START + timedelta(hours=2)))
    assert run(watch, series([900.0] * 100)) == []


def test_a_reading_older_than_the_window_is_not_even_remembered() -> None:
    watch = StationWatch(RULES, 60)
    run(watch, series([10.0]))
    assert run(watch, [(START - timedelta(hours=5), one("pm25", 900.0))]) == []
    assert run(watch, series([10.0] * 5, start=START + timedelta(minutes=1))) == []


def test_a_correction_opens_nothing_but_counts_from_the_next_reading_on() -> None:
    watch = StationWatch(RULES, 3600)
    run(watch, series([20.0, 20.0], step_s=3600))
    watch.correct(START + timedelta(hours=1), one("pm25", 900.0))
    assert watch.open_alerts() == []
    # 59 min later the corrected value is still within the hour, so its mean is met now, by a reading of its own.
    changes = run(watch, [(START + timedelta(minutes=119), one("pm25", 20.0))])
    assert [(type(c.decision), c.alert.kind, c.at) for c in changes] == [
        (Open, AlertKind.EXCEEDANCE_HOUR, START + timedelta(minutes=119))
    ]


def test_corrections_and_late_readings_break_the_promise_of_quiet() -> None:
    for late in (False, True):
        before = series([70.0 + n % 3 for n in range(90)])
        gap = set(range(84, 88)) if late else set()
        told = []
        for gated in (True, False):
            watch = StationWatch(RULES, 60, gated=gated)
            run(watch, [item for n, item in enumerate(before) if n not in gap])
            for n in range(84, 88):
                value = one("pm25", 250.0)
                if late:
                    watch.observe(before[n][0], value)
                else:
                    watch.correct(before[n][0], value)
            changes = run(watch, series([75.0], start=START + timedelta(minutes=90)))
            told.append(story(changes))
        assert told[0] == told[1]
        assert [entry[1] for entry in told[0]] == ["sudden_rise"]


def test_a_promise_of_quiet_knows_that_the_baseline_may_fall_under_it() -> None:
    """A median between two levels tips within a minute, and then a level that was no rise is one."""
    opened = 0
    for high in range(20, 50):
        items = series([100.0] * high + [60.0] * 34 + [127.0] * 20)
        told = [story(run(StationWatch(RULES, 60, gated=gated), items)) for gated in (True, False)]
        assert told[0] == told[1]
        opened += sum(entry[1] == "sudden_rise" for entry in told[0])
    assert opened


def test_a_correction_takes_an_impossible_value_out() -> None:
    watch = StationWatch(RULES, 60)
    run(watch, series([500.0] * 2))
    watch.correct(START, one("pm25", -1.0))
    assert run(watch, [(START + timedelta(minutes=2), one("pm25", 500.0))]) == []
    assert run(watch, [(START + timedelta(minutes=3), one("pm25", 500.0))]) != []


def test_refreshes_are_told_every_few_minutes_only_once_the_alert_is_written() -> None:
    watch = StationWatch(RULES, 60)
    assert {type(c.decision) for c in run(watch, series([140.0] * 60))} == {Open}
    (alert,) = watch.open_alerts()
    alert.written_at = START + timedelta(minutes=59)
    changes = run(watch, series([140.0] * 10, start=START + timedelta(minutes=60)))
    assert changes[0].at - START == timedelta(minutes=59) + WRITE_EVERY
    assert alert.last_at == START + timedelta(minutes=69)


def test_only_the_pollutant_concerned_is_opened_and_cleared() -> None:
    watch = StationWatch(RULES, 3600)
    items = [
        (START + timedelta(hours=n), one("pm25", level, pm10=60.0, so2=600.0))
        for n, level in enumerate([30.0, 130.0, 20.0])
    ]
    told = [(type(c.decision), c.alert.pollutant, c.alert.kind) for c in run(watch, items)]
    hour = AlertKind.EXCEEDANCE_HOUR
    assert (Open, "so2", hour) in told
    assert (Open, "pm25", hour) in told
    assert (Clear, "pm25", hour) in told
    assert (Clear, "so2", hour) not in told


def test_screened_values_alone_reach_the_windows() -> None:
    values = (5000.0, None, -2.0, float("nan"), 0.5, 60.0)
    watch, same = StationWatch(RULES, 60), StationWatch(RULES, 60)
    watch.observe(START, values)
    same.observe(START, screened(values))
    assert [list(c.values) for c in watch._channels] == [list(c.values) for c in same._channels]
