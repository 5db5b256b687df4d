"""Made-up series of readings for the tests of detection."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import strategies as st

from alerts.dedup import Clear, Open, Raise
from alerts.ruleset import DEFAULT_RULES, parse_rules
from alerts.watch import Change, StationWatch
from models.enums import POLLUTANTS
from tests.fakes import START

RULES = parse_rules(DEFAULT_RULES)
Values = tuple[float | None, ...]
Item = tuple[datetime, Values]


def one(pollutant: str, value: float | None, **others: float | None) -> Values:
    known = {pollutant: value, **others}
    return tuple(known.get(name) for name in POLLUTANTS)


def series(
    levels: Iterable[float | None], *, pollutant: str = "pm25", step_s: float = 60, start: datetime = START
) -> list[Item]:
    """One reading every `step_s` with the given levels of one pollutant."""
    return [(start + timedelta(seconds=n * step_s), one(pollutant, level)) for n, level in enumerate(levels)]


def run(watch: StationWatch, items: Iterable[Item]) -> list[Change]:
    return [change for at, values in items for change in watch.observe(at, values)]


def story(changes: Iterable[Change]) -> list[tuple[object, ...]]:
    """What happened, in a form that compares: only what opens, raises and clears."""
    told: list[tuple[object, ...]] = []
    for change in changes:
        alert, decision = change.alert, change.decision
        head = (type(decision).__name__, alert.kind.value, alert.pollutant, change.at)
        if isinstance(decision, Open):
            finding = decision.finding
            told.append((*head, finding.severity.value, finding.started_at, finding.value, finding.why))
        elif isinstance(decision, Raise):
            told.append((*head, decision.severity.value, decision.level))
        elif isinstance(decision, Clear):
            told.append(head)
    return told


@dataclass(frozen=True)
class Stretch:
    """Some readings at one cadence around one level."""

    count: int
    step_s: int
    level: float
    noise: float
    gap_s: int


def stretches(*, most: int = 6, longest: int = 90) -> st.SearchStrategy[list[Stretch]]:
    one_stretch = st.builds(
        Stretch,
        count=st.integers(1, longest),
        step_s=st.sampled_from([60, 60, 60, 150, 300, 301, 600, 3600]),
        level=st.sampled_from([0.0, 8.0, 20.0, 40.0, 58.0, 75.0, 100.0, 118.0, 160.0, 300.0, 420.0]),
        noise=st.sampled_from([0.0, 0.05, 0.3]),
        gap_s=st.sampled_from([0, 0, 0, 200, 3600, 4 * 3600]),
    )
    return st.lists(one_stretch, min_size=1, max_size=most)


def played(parts: Sequence[Stretch], seed: int, *, start: datetime = START) -> list[Item]:
    """Readings of PM2.5, PM10 and O3 after the stretches, with some nulls, negatives and impossible values."""
    chance = random.Random(seed)
    at, items = start, []
    for part in parts:
        at += timedelta(seconds=part.gap_s)
        for _ in range(part.count):
            at += timedelta(seconds=part.step_s)
            shared = part.level * (1 + part.noise * chance.uniform(-1, 1))
            values = {"pm25": shared, "pm10": shared * 1.9, "o3": 90 - shared / 5}
            if chance.random() < 0.03:
                values["pm25"] = chance.choice([-3.0, 5000.0, float("nan"), 900.0])
            kept = {name: round(value, 2) for name, value in values.items() if chance.random() > 0.02}
            items.append((at, one("pm10", kept.pop("pm10", None), **kept)))
    return items
