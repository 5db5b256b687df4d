"""A generated scene: fixed by its seed, true to its background outside the labels, complete in its labels."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path

import pytest

from evaluation import scene
from evaluation.kinds import FAULT_COUNTS, POLLUTION_COUNTS, REGIONAL_COUNTS
from evaluation.scene import Made

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
MONTH = dt.date(2013, 10, 1)

pytestmark = pytest.mark.skipif(
    not (DATA / "beijing_multisite" / "stations.csv").exists(),
    reason="the recorded sets are not beside the repository (../shared/data)",
)


@pytest.fixture(scope="module")
def made() -> Made:
    return scene.make("hourly", MONTH, 7, DATA)


def test_the_same_seed_gives_the_same_files(made: Made, tmp_path: Path) -> None:
    scene.write(made, tmp_path / "one")
    scene.write(scene.make("hourly", MONTH, 7, DATA), tmp_path / "two")
    for name in ("registry.yaml", "readings.csv.gz", "truth.jsonl"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_another_seed_gives_other_events(made: Made) -> None:
    other = scene.make("hourly", MONTH, 8, DATA)
    assert scene.truth(other.canvas) != scene.truth(made.canvas)


def test_values_outside_the_labelled_windows_are_as_recorded(made: Made) -> None:
    canvas = made.canvas
    for position, station in enumerate(canvas.stations):
        # An hour's value is a mean over the hour before, so the hour after a window may still hold its end.
        windows = [
            (w.start, w.end + canvas.mean_s)
            for e in canvas.events
            for w in e.windows
            if w.position == position
        ]
        for name, values in canvas.values[position].items():
            recorded = station.columns[name]
            changed = [
                at
                for at, before, now in zip(station.times, recorded, values, strict=True)
                if before != now and before == before  # a missing value is not equal to itself
            ]
            assert all(any(a <= at <= b for a, b in windows) for at in changed)


def test_every_planned_event_is_labelled(made: Made) -> None:
    planned = {**POLLUTION_COUNTS["hourly"], **REGIONAL_COUNTS["hourly"], **FAULT_COUNTS["hourly"]}
    assert made.omitted == []
    assert Counter(e.kind for e in made.canvas.events) == Counter(planned)


def test_a_station_has_one_event_at_a_time_save_inside_an_episode(made: Made) -> None:
    found = [(w, e) for e in made.canvas.events for w in e.windows]
    for i, (mine, event) in enumerate(found):
        for other, second in found[i + 1 :]:
            overlap = mine.position == other.position and mine.start <= other.end and other.start <= mine.end
            assert not overlap or {event.category, second.category} == {"pollution", "regional"}


def test_the_readings_have_the_contracts_columns_in_order_of_arrival(made: Made) -> None:
    rows = scene.rows(made.canvas)
    assert all(len(fields) == len(scene.HEADER) for _, _, fields in rows)
    assert [at for at, _, _ in rows] == sorted(at for at, _, _ in rows)


def test_the_labels_name_registered_stations(made: Made) -> None:
    head, *events = scene.truth(made.canvas)
    codes = {site.code for site in made.canvas.sites}
    assert set(json.loads(json.dumps(head))["stations"]) == codes
    assert {w["station"] for e in json.loads(json.dumps(events)) for w in e["stations"]} <= codes
