"""Cuts the readings of the demonstration out of the two detection scenes in the shared data folder.

Instants are written relative to EPOCH, which the demonstration moves to the moment it starts: rows before it are
history, rows after it are played as they fall due. Values are as in the scenes; only instants and station codes
change. Run from the project's folder: `python scripts/make_demo_data.py ../shared/data/detection/open`.
"""

import csv
import gzip
import io
import json
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
BEFORE = timedelta(hours=4)
AFTER = timedelta(hours=3)
HOURS_BEFORE = 30
HOURS_AFTER = 6
GRIDS = [
    "652301", "652302", "652323", "652324", "652325", "652327", "652328", "652301402", "652301400", "6523ZD",
]  # fmt: skip
MICRO = [f"WZ-{grid}-{n:03d}" for n in (1, 2) for grid in GRIDS]
# Event of the scene and how many minutes after the start it begins; stations without one show clean air.
EVENTS: list[tuple[str, float] | None] = [
    ("e016", -14), ("e059", -16), ("e064", -10), ("e084", -22), ("e073", -12), ("e029", -8), ("e071", -2),
    ("e076", 3), ("e021", 8), ("e054", 14), ("e009", 22), ("e072", 32), ("e011", 45), ("e058", 60), None, None,
    ("e027", 80), None, ("e081", 100), None,
]  # fmt: skip
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


def main(shared: Path) -> None:
    network = rows_of(shared / "network")
    truth = [json.loads(line) for line in (shared / "network" / "truth.jsonl").read_text().splitlines()]
    events = {event["id"]: event for event in truth if event["class"] == "pollution"}
    lines: list[list[str]] = []
    names = sorted(network)
    for number, (code, planned) in enumerate(zip(MICRO, EVENTS, strict=True)):
        if planned is None:
            sensor = names[number % len(names)]
            now = datetime(2019, 4, 13, 6, tzinfo=UTC) + timedelta(hours=number)
        else:
            event = events[planned[0]]
            sensor = event["origin"]
            now = datetime.fromisoformat(event["start"]).astimezone(UTC) - timedelta(minutes=planned[1])
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
    sys.stdout.write(f"{len(lines)} readings, {target.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
