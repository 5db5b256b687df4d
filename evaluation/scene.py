"""Makes one labelled scene from a recorded background and writes it in the format of the open scenes."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.background import CHINA, POLLUTANTS, WEATHER, Station, aberdeen, beijing
from evaluation.canvas import Canvas, Event, stamp
from evaluation.faults import add_fault
from evaluation.ground import Box, shift, sites, write_registry
from evaluation.kinds import (
    DURING_REGIONAL,
    FAULT_COUNTS,
    POLLUTION_COUNTS,
    REGIONAL_COUNTS,
    SEVERAL_STATIONS,
)
from evaluation.pollution import add_local, add_regional

HEADER = ("station", "observed_at", *POLLUTANTS, *WEATHER, "lon", "lat")
FULL = {"network": 10, "hourly": 6}  # stations of the open scenes; smaller networks get fewer events
COVERAGE = 0.35


@dataclass(frozen=True)
class Made:
    """A finished scene: what was added, and what found no place."""

    canvas: Canvas
    grids: list[Box]
    omitted: list[str]


def period(kind: str, month: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """The scene's days: 27 of a month for the network (from the third, UTC), up to 30 for the hourly one."""
    following = (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    days = (following - month.replace(day=1)).days
    if kind == "hourly":
        start = dt.datetime(month.year, month.month, 1, tzinfo=CHINA)
        return start, start + dt.timedelta(days=min(30, days))
    first = 3 if days >= 30 else 1
    start = dt.datetime(month.year, month.month, first, tzinfo=dt.UTC)
    return start, start + dt.timedelta(days=27)


def invent_wind(stations: list[Station], start: float, end: float, draw: np.random.Generator) -> None:
    """Gives every reading one slowly turning regional wind plus a little scatter."""
    step, memory = 600.0, 8 * 3600.0
    count = int((end - start) / step) + 2
    keep = math.exp(-step / memory)
    course = np.empty((count, 2))
    state = draw.normal(size=2)
    for i in range(count):
        state = keep * state + math.sqrt(1 - keep * keep) * draw.normal(size=2)
        course[i] = state
    grid = start + step * np.arange(count)
    for station in stations:
        east = 1.45 * np.interp(station.times, grid, course[:, 0])
        north = 1.45 * np.interp(station.times, grid, course[:, 1])
        speed = np.hypot(east, north) * np.exp(draw.normal(0, 0.1, size=len(east)))
        direction = (np.degrees(np.arctan2(-east, -north)) + draw.normal(0, 7, size=len(east))) % 360
        station.columns["wind_speed"] = np.maximum(np.round(speed, 1), 0.1)
        station.columns["wind_direction"] = (np.round(direction / 5) * 5) % 360


def make(kind: str, month: dt.date, seed: int, data: Path) -> Made:
    """Draws the scene of this kind, month and seed; the same arguments give the same scene."""
    draw = np.random.default_rng([seed, month.year, month.month, len(kind)])
    start, end = period(kind, month)
    stations = beijing(data, start, end) if kind == "hourly" else aberdeen(data, start, end, COVERAGE)
    if not stations:
        raise ValueError(f"no recorded station for {kind} {month:%Y-%m}")
    if kind == "network":
        invent_wind(stations, start.timestamp(), end.timestamp(), draw)
    order = draw.permutation(len(stations))
    stations = [stations[int(i)] for i in order]
    count = 2 if kind == "network" else 1
    references = {int(i) for i in draw.choice(len(stations), size=count, replace=False)}
    grids, found = sites(shift(stations), references)
    cadence = 3600 if kind == "hourly" else 150
    canvas = Canvas(kind, start.timestamp(), end.timestamp(), cadence, stations, found, draw)
    return Made(canvas, grids, _fill(canvas))


def _scaled(canvas: Canvas, count: int) -> int:
    return max(1, round(count * min(1.0, len(canvas.stations) / FULL[canvas.kind])))


def _difficulties(count: int, draw: np.random.Generator) -> list[str]:
    names = [("easy", "medium", "hard")[i % 3] for i in range(count)]
    return [names[int(i)] for i in draw.permutation(count)]


def _fill(canvas: Canvas) -> list[str]:
    draw, kind = canvas.draw, canvas.kind
    omitted = []
    for name, count in REGIONAL_COUNTS[kind].items():
        for _ in range(count):
            difficulty = str(draw.choice(["easy", "medium", "medium", "hard"]))
            if not add_regional(canvas, name, difficulty):
                omitted.append(name)
    faults = list(FAULT_COUNTS[kind].items())
    omitted += [
        name for name, n in faults[:3] for _ in range(_scaled(canvas, n)) if not add_fault(canvas, name)
    ]
    omitted += _fill_pollution(canvas)
    omitted += [
        name for name, n in faults[3:] for _ in range(_scaled(canvas, n)) if not add_fault(canvas, name)
    ]
    canvas.events.sort(key=lambda event: (event.start, event.kind))
    return omitted


def _fill_pollution(canvas: Canvas) -> list[str]:
    draw, kind = canvas.draw, canvas.kind
    plan = []
    for name, count in POLLUTION_COUNTS[kind].items():
        scaled = _scaled(canvas, count)
        plan += [(name, difficulty) for difficulty in _difficulties(scaled, draw)]
    plan = [plan[int(i)] for i in draw.permutation(len(plan))]
    several = _scaled(canvas, SEVERAL_STATIONS)
    # Mostly the larger events are seen further away, as in the open scenes.
    plan.sort(key=lambda item: item[1] == "hard")
    episodes = [event for event in canvas.events if event.category == "regional"]
    during = _scaled(canvas, DURING_REGIONAL[kind]) if episodes else 0
    omitted = []
    for i, (name, difficulty) in enumerate(plan):
        last = several - 1
        wide = i < last or i == len(plan) - 1
        inside = episodes[int(draw.integers(len(episodes)))] if last <= i < last + during else None
        added = add_local(canvas, name, difficulty, wide, inside) or add_local(
            canvas, name, difficulty, False, None
        )
        if not added:
            omitted.append(name)
    return omitted


# ---------------------------------------------------------------- writing


def decimal_text(value: float, decimals: int) -> str:
    """The number without trailing zeros; empty for a missing value."""
    if math.isnan(value):
        return ""
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("", "-0") else text


def _decimals(canvas: Canvas, name: str) -> int:
    if canvas.kind == "network":
        return 2
    return 1 if name == "co" else 0


def rows(canvas: Canvas) -> list[tuple[float, int, list[str]]]:
    """Every reading as (true instant, station position, fields), in order of arrival."""
    found = []
    for position, (station, site) in enumerate(zip(canvas.stations, canvas.sites, strict=True)):
        fields: dict[str, list[str]] = {}
        for name in POLLUTANTS:
            recorded, now = station.columns[name], canvas.values[position][name]
            decimals = _decimals(canvas, name)
            fields[name] = [
                decimal_text(r, 4) if r == n or math.isnan(r) else decimal_text(n, decimals)
                for r, n in zip(recorded.tolist(), now.tolist(), strict=True)
            ]
        for name in WEATHER:
            fields[name] = [decimal_text(v, 1) for v in station.columns[name].tolist()]
        places = canvas.places[position].tolist()
        for i, at in enumerate(station.times.tolist()):
            if canvas.absent[position][i]:
                continue
            values = [fields[name][i] for name in (*POLLUTANTS, *WEATHER)]
            place = [decimal_text(places[i][0], 5), decimal_text(places[i][1], 5)]
            found.append((at, position, [site.code, stamp(canvas.claimed[position][i]), *values, *place]))
    return sorted(found, key=lambda row: row[:2])


def truth(canvas: Canvas) -> list[dict[str, object]]:
    """The labels: a scene line, then one line per event."""
    codes = [site.code for site in canvas.sites]
    lines: list[dict[str, object]] = [
        {
            "id": "scene", "class": "scene", "kind": canvas.kind, "start": stamp(canvas.start),
            "end": stamp(canvas.end), "cadence_s": canvas.cadence_s, "stations": codes,
        }
    ]  # fmt: skip
    lines.extend(_line(event, number, codes) for number, event in enumerate(canvas.events, 1))
    return lines


def _line(event: Event, number: int, codes: list[str]) -> dict[str, object]:
    line: dict[str, object] = {
        "id": f"e{number:03d}", "class": event.category, "kind": event.kind,
        "origin": None if event.origin is None else codes[event.origin],
        "stations": [
            {"station": codes[w.position], "start": stamp(w.start), "end": stamp(w.end)} for w in event.windows
        ],
        "pollutants": event.pollutants, "start": stamp(event.start), "end": stamp(event.end),
        "magnitude": event.magnitude, "difficulty": event.difficulty,
    }  # fmt: skip
    if event.category == "pollution":
        line |= {"peak": event.peak, "during_regional": event.during_regional}
    return line


def write_readings(path: Path, found: list[list[str]]) -> None:
    """Writes the readings with the contract's header; the same readings give the same bytes."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(found)
    path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def write(made: Made, out: Path) -> None:
    """Writes registry.yaml, readings.csv.gz and truth.jsonl into the directory."""
    out.mkdir(parents=True, exist_ok=True)
    write_registry(out / "registry.yaml", made.grids, made.canvas.sites)
    write_readings(out / "readings.csv.gz", [fields for _, _, fields in rows(made.canvas)])
    lines = [json.dumps(line, ensure_ascii=False) for line in truth(made.canvas)]
    (out / "truth.jsonl").write_text("\n".join([*lines, ""]), encoding="utf-8")
