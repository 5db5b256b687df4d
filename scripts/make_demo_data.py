"""Cuts the readings of the demonstration out of the two detection scenes in the shared data folder.

Instants are written relative to EPOCH, which the demonstration moves to the moment it starts: rows before it are
history, rows after it are played as they fall due. Values are as in the scenes; only instants and station codes
change. Run from the project's folder: `PYTHONPATH=. python scripts/make_demo_data.py ../shared/data/detection/open`.
"""

import csv
import gzip
import io
import json
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from alerts.network.happening import Opened
from alerts.network.network import Network
from alerts.network.sample import Sample
from alerts.network.site import Site
from alerts.ruleset import DEFAULT_RULES, parse_rules
from models.enums import POLLUTANTS

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
BEFORE = timedelta(hours=4)
AFTER = timedelta(hours=3)
HOURS_BEFORE = 30
HOURS_AFTER = 6
GRIDS = [
    "652301", "652302", "652323", "652324", "652325", "652327", "652328", "652301402", "652301400", "6523ZD",
]  # fmt: skip
MICRO = [f"WZ-{grid}-{n:03d}" for n in (1, 2) for grid in GRIDS]
# Events of the scene, and how many minutes after the start the detectors notice each: the first ones are there when
# the board opens, the next follow while somebody looks. Stations without one show clean air.
EVENTS = [
    "e016", "e059", "e064", "e084", "e073", "e029", "e071", "e076", "e021", "e054", "e009", "e072", "e011", "e058",
    "e027", "e081",
]  # fmt: skip
NOTICED = [-5, -3, 0.2, 0.6, 1.1, 1.7, 2.5, 3.5, 5, 7, 10, 14, 20, 30, 45, 70]
REFERENCE = ["2690A", "2691A", "2692A", "3613A"]
COLUMNS = [
    "pm25",
    "pm10",
    "so2",
    "no2",
    "co",
    "o3",
    "temperature",
    "humidity",
    "pressure",
    "wind_speed",
    "wind_direction",
]


def rows_of(scene: Path) -> dict[str, list[tuple[datetime, dict[str, str]]]]:
    series: dict[str, list[tuple[datetime, dict[str, str]]]] = defaultdict(list)
    with gzip.open(scene / "readings.csv.gz", "rt", newline="") as handle:
        for row in csv.DictReader(handle):
            series[row["station"]].append((datetime.fromisoformat(row["observed_at"]).astimezone(UTC), row))
    for values in series.values():
        values.sort(key=lambda item: item[0])
    return series


def cut(
    values: list[tuple[datetime, dict[str, str]]],
    now: datetime,
    before: timedelta,
    after: timedelta,
    code: str,
) -> list[list[str]]:
    out = []
    for at, row in values:
        if now - before <= at <= now + after:
            instant = (EPOCH + (at - now)).isoformat()
            out.append([code, instant, *(row[name] for name in COLUMNS)])
    return out


def noticed(values: list[tuple[datetime, dict[str, str]]], event: dict[str, Any]) -> datetime | None:
    """When the service's own detectors send somebody out for an event at its origin; None when they do not.

    The demonstration's stations stand too far apart to be neighbours, so each is judged alone.
    """
    network = Network(parse_rules(DEFAULT_RULES), [Site(1, "demo", "", 87.3, 44.0, "micro", 150.0)])
    begin = datetime.fromisoformat(event["start"]).astimezone(UTC)
    end = datetime.fromisoformat(event["end"]).astimezone(UTC)
    for at, row in values:
        if begin - BEFORE <= at <= end:
            readings = tuple(float(row[name]) if row[name] else None for name in POLLUTANTS)
            told = network.take(Sample(1, at.timestamp(), at.timestamp(), readings))
            if at >= begin and any(isinstance(one, Opened) and one.order for one in told):
                return at
    return None


def main(shared: Path) -> None:
    network = rows_of(shared / "network")
    truth = [json.loads(line) for line in (shared / "network" / "truth.jsonl").read_text().splitlines()]
    events = {event["id"]: event for event in truth if event["class"] == "pollution"}
    lines: list[list[str]] = []
    names = sorted(network)
    found = [(events[name], noticed(network[events[name]["origin"]], events[name])) for name in EVENTS]
    plans = [(event["origin"], at) for event, at in found if at is not None]
    for number, code in enumerate(MICRO):
        if number < len(plans):
            sensor, at = plans[number]
            now = at - timedelta(minutes=NOTICED[number])
        else:
            sensor = names[number % len(names)]
            now = datetime(2019, 4, 13, 6, tzinfo=UTC) + timedelta(hours=number)
        lines += cut(network[sensor], now, BEFORE, AFTER, code)
    hourly = rows_of(shared / "hourly")
    for code, sensor in zip(REFERENCE, sorted(hourly), strict=False):
        now = datetime(2014, 4, 20, 0, tzinfo=UTC)
        lines += cut(hourly[sensor], now, timedelta(hours=HOURS_BEFORE), timedelta(hours=HOURS_AFTER), code)
    lines.sort(key=lambda line: (line[1], line[0]))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["station", "observed_at", *COLUMNS])
    writer.writerows(lines)
    target = Path("app/data/demo/readings.csv.gz")
    # No time stamp inside: the same input gives the same file.
    target.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))
    sys.stdout.write(f"{len(plans)} events noticed, {len(lines)} readings, {target.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
