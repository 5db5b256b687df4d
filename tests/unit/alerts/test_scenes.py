"""The rules over real networks with added events: sane outcomes, not a score."""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from alerts.dedup import Clear, Open
from alerts.watch import Change, StationWatch
from models.enums import POLLUTANTS
from tests.unit.alerts.streams import RULES


def readings(folder: Path) -> Iterator[tuple[str, datetime, tuple[float | None, ...]]]:
    with gzip.open(folder / "readings.csv.gz", "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            values = tuple(float(row[name]) if row[name] else None for name in POLLUTANTS)
            yield row["station"], datetime.fromisoformat(row["observed_at"]), values


def truth(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("scene", "share", "most_a_day"), [("network", 0.9, 6), ("hourly", 0.75, 30)])
def test_easy_pollution_is_found_where_it_is_and_nothing_is_opened_twice(
    shared: Path, scene: str, share: float, most_a_day: int
) -> None:
    folder = shared / "data" / "detection" / "open" / scene
    watches: dict[str, StationWatch] = {}
    changes: list[tuple[str, Change]] = []
    days = set()
    for station, at, values in readings(folder):
        watch = watches.setdefault(station, StationWatch(RULES, 60))
        changes += [(station, change) for change in watch.observe(at, values)]
        days.add(at.date())

    running: Counter[tuple[str, str, str | None]] = Counter()
    for station, change in changes:
        key = (station, change.alert.kind.value, change.alert.pollutant)
        running[key] += isinstance(change.decision, Open)
        running[key] -= isinstance(change.decision, Clear)
        assert running[key] in (0, 1)

    opened = [(station, change.at) for station, change in changes if isinstance(change.decision, Open)]
    assert 0 < len(opened) / len(days) < most_a_day
    easy = [
        event for event in truth(folder) if event["class"] == "pollution" and event["difficulty"] == "easy"
    ]
    found = [
        event
        for event in easy
        if any(
            station == event["origin"]
            and datetime.fromisoformat(event["start"]) <= at <= datetime.fromisoformat(event["end"])
            for station, at in opened
        )
    ]
    assert len(found) >= share * len(easy)
