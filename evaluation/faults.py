"""Adds the faults of an instrument to one station's readings.

Shapes as read off the open scenes: what is added, what is multiplied and what is withheld differs by kind.
"""

from __future__ import annotations

import math

import numpy as np

from evaluation.background import Series
from evaluation.canvas import PARTICLES, Canvas, Event, Window
from evaluation.ground import KM_PER_DEGREE
from evaluation.kinds import FAULT_DIFFICULTY, FAULT_MINUTES

CEILING = {"pm25": 999.9, "pm10": 1999.9}  # where the instruments saturate
GASES = ("so2", "no2", "co", "o3")
GROUND = {"network": 12.0, "hourly": 30.0}  # PM10 below which a step or drift would be lost in clean air
DAMP = {"network": 90.0, "hourly": 75.0}
GAS_FAULTS = {"blocked": "o3", "flat_line": "co", "spike": "co"}
GAS_SHARE = 0.2


def _median_before(canvas: Canvas, position: int, start: float, name: str) -> float:
    return canvas.background(position, start, name, hours=24)


def _damp(canvas: Canvas, position: int, start: float, end: float) -> bool:
    station = canvas.stations[position]
    values = station.columns["humidity"][station.between(start, end)]
    values = values[~np.isnan(values)]
    return len(values) > 0 and float(np.median(values)) >= DAMP[canvas.kind]


def add_fault(canvas: Canvas, kind: str) -> bool:
    """Draws one fault of this kind and adds it; False when no place was found for it."""
    draw = canvas.draw
    for attempt in range(900):
        length = 60 * float(draw.uniform(*FAULT_MINUTES[canvas.kind][kind]))
        position = int(draw.integers(len(canvas.stations)))
        window = Window(position, 0.0, 0.0)
        window.start = canvas.moment(length)
        window.end = window.start + length
        if "spike" in kind and not _on_readings(canvas, window):
            continue
        names = list(PARTICLES)
        if canvas.kind == "hourly" and kind in GAS_FAULTS and draw.uniform() < GAS_SHARE:
            names = [GAS_FAULTS[kind]]
        if not canvas.reports(position, window.start, window.end, names[0]) or not canvas.free([window]):
            continue
        if kind == "humidity" and attempt < 800 and not _damp(canvas, position, window.start, window.end):
            continue
        ground = _median_before(canvas, position, window.start, "pm10")
        if math.isnan(_median_before(canvas, position, window.start, names[0])):
            continue
        if kind in ("offset_step", "drift") and attempt < 600 and not ground >= GROUND[canvas.kind]:
            continue
        magnitude = _apply(canvas, kind, window, names)
        if kind == "gap":
            names = [*PARTICLES, *(GASES if canvas.kind == "hourly" else ())]
        event = Event("instrument", kind, position, [window], names, magnitude, FAULT_DIFFICULTY[kind])
        canvas.events.append(event)
        return True
    return False


def _on_readings(canvas: Canvas, window: Window) -> bool:
    """Moves the window so that it begins and ends with a reading; False without one near."""
    times = canvas.stations[window.position].times
    rows = canvas.stations[window.position].between(window.start, window.end + canvas.cadence_s)
    if rows.stop <= rows.start:
        return False
    window.start = float(times[rows.start])
    inside = canvas.stations[window.position].between(window.start, max(window.end, window.start))
    window.end = float(times[inside.stop - 1])
    return True


def _apply(canvas: Canvas, kind: str, window: Window, names: list[str]) -> float:
    rows = canvas.stations[window.position].between(window.start, window.end)
    if kind in ("gap", "clock_shift", "moved"):
        return _misplace(canvas, kind, window, rows)
    if kind in ("spike", "spike_burst"):
        return _spikes(canvas, kind, window, rows, names)
    if kind in ("offset_step", "drift"):
        return _shift(canvas, kind, window, rows, names)
    if kind == "flat_line":
        for name in names:
            values = canvas.values[window.position][name]
            earlier = values[: rows.start]
            last = earlier[~np.isnan(earlier)][-1]
            values[rows] = np.where(np.isnan(values[rows]), math.nan, last)
        return 1.0
    return _scale(canvas, kind, window, rows, names)


def _misplace(canvas: Canvas, kind: str, window: Window, rows: slice) -> float:
    draw = canvas.draw
    if kind == "gap":
        canvas.absent[window.position][rows] = 1
        return 1.0
    if kind == "clock_shift":
        minutes = int(draw.integers(25, 200)) * (1 if draw.uniform() < 0.5 else -1)
        canvas.claimed[window.position][rows] += 60 * minutes
        return float(minutes)
    factor = float(draw.uniform(0.73, 0.9))
    bearing, km = draw.uniform(0, 2 * math.pi), draw.uniform(2, 5)
    place = canvas.places[window.position]
    north = km * math.cos(bearing) / KM_PER_DEGREE
    east = km * math.sin(bearing) / (KM_PER_DEGREE * math.cos(math.radians(44)))
    place[rows] = np.round(place[rows] + [east, north], 5)
    for name in PARTICLES:
        canvas.values[window.position][name][rows] *= factor
    return round(factor, 2)


def _spikes(canvas: Canvas, kind: str, window: Window, rows: slice, names: list[str]) -> float:
    draw, count = canvas.draw, rows.stop - rows.start
    if kind == "spike":
        factors = np.array([draw.uniform(9, 28)])
    else:
        hit = draw.uniform(size=count) < 0.2
        hit[0] = hit[-1] = True
        factors = np.where(hit, np.exp(draw.uniform(math.log(3.5), math.log(25), size=count)), 0.0)
    for name in names:
        values = canvas.values[window.position][name]
        level = _median_before(canvas, window.position, window.start, name)
        raised = values[rows] + factors * level
        values[rows] = np.where(factors > 0, np.minimum(raised, CEILING.get(name, math.inf)), values[rows])
    return round(float(factors.max()), 2)


def _shift(canvas: Canvas, kind: str, window: Window, rows: slice, names: list[str]) -> float:
    times = canvas.stations[window.position].times[rows]
    ramp: Series = np.ones(len(times))
    factor = float(canvas.draw.uniform(1.3, 2.75))
    if kind == "drift":
        ramp = (times - window.start) / (window.end - window.start)
    for name in names:
        level = _median_before(canvas, window.position, window.start, name)
        canvas.values[window.position][name][rows] += factor * level * ramp
    return round(1 + factor, 2)


def _scale(canvas: Canvas, kind: str, window: Window, rows: slice, names: list[str]) -> float:
    draw, count = canvas.draw, rows.stop - rows.start
    times = canvas.stations[window.position].times[rows]
    values = canvas.values[window.position]
    if kind == "humidity":
        excess = float(draw.uniform(1.9, 3.9))
        course = np.sin(math.pi * (times - window.start) / (window.end - window.start)) ** 1.3
        for name in names:
            values[name][rows] *= 1 + excess * (0.75 if name == "pm25" else 1.0) * course
        return round(1 + excess, 2)
    if kind == "noise":
        spread = float(draw.uniform(0.5, 0.58 if canvas.kind == "network" else 0.88))
        factors = np.exp(draw.normal(0, spread, size=count))
        for name in names:
            values[name][rows] *= factors
        return round(math.exp(spread), 2)
    level = float(draw.uniform(0.015, 0.07) if kind == "blocked" else draw.uniform(0.28, 0.45))
    jitter = 0.015 if kind == "blocked" else 0.02 * level
    for name in names:
        values[name][rows] *= np.maximum(level + draw.uniform(-jitter, jitter, size=count), 0.001)
    return round(level, 2)
