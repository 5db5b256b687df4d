"""Adds local pollution and regional episodes: always on top of what was recorded, never instead of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evaluation.background import Series
from evaluation.canvas import PARTICLES, Canvas, Event, Window
from evaluation.kinds import LOCAL_MINUTES, POLLUTION, REGIONAL, REGIONAL_MINUTES, Make
from evaluation.shapes import STEP_MIN, Envelope, local_envelope, sampled, top_tenth, turbulence

LONGEST_DELAY_S = 90 * 60.0
SAME_ADDRESS_KM = 0.15
FURTHER_STATIONS = {"network": 3, "hourly": 1}
REACH_KM = {"network": 7.0, "hourly": 30.0}
OZONE_KEPT = 0.2  # titration never takes more than four fifths of the ozone
# A hard event lies on a background of about its own size; in air too clean for that it is made smaller.
HARD_GROUND, CLEAN_AIR_SHARE = 0.8, 0.7
MENTIONED = 0.35  # a minor pollutant is named when it rises by this share of its background


@dataclass(frozen=True)
class Reach:
    """How one station sees an event: share of the origin's amplitude and delay in seconds."""

    position: int
    gain: float
    delay: float
    same: bool = False


def _downwind(canvas: Canvas, origin: int, start: float) -> list[Reach]:
    speed, direction = canvas.wind(origin, start)
    if math.isnan(speed) or speed < 0.4:
        return []
    toward = math.radians(direction + 180)
    found = []
    for position in range(len(canvas.stations)):
        east, north = canvas.distance(origin, position)
        along = east * math.sin(toward) + north * math.cos(toward)
        across = abs(east * math.cos(toward) - north * math.sin(toward))
        if position == origin or along <= 0 or across > 0.6 * along + 0.2:
            continue
        decline = math.exp(-along / REACH_KM[canvas.kind]) * math.exp(-((across / (along + 0.3)) ** 2) * 2)
        gain = float(canvas.draw.uniform(0.4, 0.95)) * decline
        if gain >= 0.08 and along / REACH_KM[canvas.kind] < 1.6:
            found.append(Reach(position, gain, min(LONGEST_DELAY_S, 1000 * along / speed)))
    return sorted(found, key=lambda reach: -reach.gain)[: FURTHER_STATIONS[canvas.kind]]


def _same_address(canvas: Canvas, origin: int) -> list[Reach]:
    return [
        Reach(position, 1.0, 0.0, same=True)
        for position in range(len(canvas.stations))
        if position != origin and math.hypot(*canvas.distance(origin, position)) < SAME_ADDRESS_KM
    ]


def _put(canvas: Canvas, position: int, added: Series, make: Make, ratios: dict[str, float],
         ozone: float) -> None:  # fmt: skip
    values = canvas.values[position]
    for name, ratio in {make.main: 1.0, **ratios}.items():
        values[name] = values[name] + added * ratio
    if ozone:
        values["o3"] = np.where(
            added > 0, np.maximum(values["o3"] - ozone * added, OZONE_KEPT * values["o3"]), values["o3"]
        )


def _mentioned(canvas: Canvas, origin: int, start: float, amplitude: float, make: Make,
               ratios: dict[str, float]) -> list[str]:  # fmt: skip
    names = [make.main]
    for name, ratio in ratios.items():
        before = canvas.background(origin, start, name)
        if not math.isnan(before) and amplitude * ratio >= MENTIONED * before:
            names.append(name)
    return names


def add_local(canvas: Canvas, kind: str, difficulty: str, several: bool, inside: Event | None) -> bool:
    """Draws one local event and adds it; False when no place was found for it."""
    draw, make = canvas.draw, POLLUTION[canvas.kind][kind]
    for attempt in range(600):
        envelope = local_envelope(draw, *LOCAL_MINUTES[canvas.kind])
        origin = int(draw.integers(len(canvas.stations)))
        start = canvas.moment(envelope.minutes * 60 * 1.3 + LONGEST_DELAY_S)
        if inside is not None:
            length = inside.end - inside.start
            start = math.floor((inside.start + draw.uniform(0.25, 0.6) * length) / 30) * 30.0
        reaches = [Reach(origin, 1.0, 0.0), *_same_address(canvas, origin)]
        if several:
            wind = _downwind(canvas, origin, start)
            if not wind:
                continue
            reaches += [r for r in wind if r.position not in {known.position for known in reaches}]
        far = envelope.stretched(float(draw.uniform(1.16, 1.3)))
        windows = [
            Window(r.position, start + r.delay, start + r.delay + 60 * (far if r.delay else envelope).minutes)
            for r in reaches
        ]
        reporting = [canvas.reports(w.position, w.start, w.end, make.main) for w in windows]
        if not reporting[0] or not canvas.free(windows, inside_regional=inside is not None):
            continue
        ground = canvas.background(origin, start, make.main)
        if difficulty == "hard" and attempt < 450 and ground < HARD_GROUND * make.sizes["hard"].floor:
            continue
        if several and sum(reporting) < 2:
            continue
        kept = [(r, w) for r, w, ok in zip(reaches, windows, reporting, strict=True) if ok]
        _local(canvas, kind, difficulty, kept, envelope, far, inside is not None)
        return True
    return False


def _local(canvas: Canvas, kind: str, difficulty: str, kept: list[tuple[Reach, Window]], envelope: Envelope,
           far: Envelope, during: bool) -> None:  # fmt: skip
    draw, make = canvas.draw, POLLUTION[canvas.kind][kind]
    origin, start = kept[0][0].position, kept[0][1].start
    before = canvas.background(origin, start, make.main)
    size = make.sizes[difficulty]
    floor = size.floor * float(draw.uniform(1.0, 1.15))
    if difficulty == "hard" and before < HARD_GROUND * size.floor:
        floor *= CLEAN_AIR_SHARE
    amplitude = max(float(draw.uniform(*size.factor)) * before, floor)
    ratios = {name: float(draw.uniform(*span)) for name, span in make.ratios.items()}
    ozone = float(draw.uniform(*make.ozone_loss)) if make.ozone_loss else 0.0
    spread = float(draw.uniform(0.1, 0.36))
    names = _mentioned(canvas, origin, start, amplitude, make, ratios)
    shared = turbulence(draw, envelope.minutes, spread, 3.0)
    for reach, window in kept:
        own = far if reach.delay else envelope
        factors = (
            shared
            if reach.position == origin or reach.same
            else turbulence(draw, own.minutes, spread * 0.85, 4.0)
        )
        times = canvas.stations[reach.position].times
        added = amplitude * reach.gain * sampled(own, factors, window.start, times, canvas.mean_s)
        _put(canvas, reach.position, added, make, ratios, ozone)
    rows = canvas.stations[origin].between(start, kept[0][1].end)
    peak = top_tenth(canvas.values[origin][make.main][rows])
    canvas.events.append(
        Event(
            "pollution", kind, origin, [w for _, w in kept], names,
            round(peak / max(before, 1.0), 2), difficulty, {make.main: round(peak, 1)}, during,
        )
    )  # fmt: skip


# ---------------------------------------------------------------- regional


def _front(canvas: Canvas, start: float) -> list[float]:
    """Seconds after the first station at which the episode arrives at each of them."""
    speed, direction = canvas.wind(int(canvas.draw.integers(len(canvas.stations))), start)
    if math.isnan(speed):
        speed, direction = 1.5, float(canvas.draw.uniform(0, 360))
    toward = math.radians(direction + 180)
    along = [
        east * math.sin(toward) + north * math.cos(toward)
        for east, north in (canvas.distance(0, p) for p in range(len(canvas.stations)))
    ]
    first = min(along)
    return [min(LONGEST_DELAY_S, 1000 * (a - first) / max(speed, 0.6)) for a in along]


def add_regional(canvas: Canvas, kind: str, difficulty: str) -> bool:
    """Draws one regional episode and adds it at every station that reports; False without a place."""
    draw, make = canvas.draw, REGIONAL[canvas.kind][kind]
    for _ in range(600):
        total = float(draw.uniform(*REGIONAL_MINUTES[canvas.kind][kind]))
        rise, tau = float(draw.uniform(120, 330)), float(draw.uniform(60, 165))
        envelope = Envelope(rise, max(60.0, total - rise - 3 * tau), tau)
        start = canvas.moment(envelope.minutes * 60 + LONGEST_DELAY_S)
        windows = [
            Window(p, start + lag, start + lag + 60 * envelope.minutes)
            for p, lag in enumerate(_front(canvas, start))
        ]
        reporting = [w for w in windows if canvas.reports(w.position, w.start, w.end, make.main, 0.3)]
        if len(reporting) >= 0.7 * len(windows) and canvas.free(windows):
            _regional(canvas, kind, difficulty, reporting, envelope)
            return True
    return False


def _regional(canvas: Canvas, kind: str, difficulty: str, windows: list[Window], envelope: Envelope) -> None:
    draw, make = canvas.draw, REGIONAL[canvas.kind][kind]
    start = min(w.start for w in windows)
    levels = [canvas.background(w.position, start, make.main) for w in windows]
    size = make.sizes[difficulty]
    level = float(np.nanmedian(levels))
    amplitude = max(float(draw.uniform(*size.factor)) * level, size.floor * float(draw.uniform(1.0, 1.2)))
    ratios = {name: float(draw.uniform(*span)) for name, span in make.ratios.items()}
    rises = []
    for window, before in zip(windows, levels, strict=True):
        station = canvas.stations[window.position]
        factors = turbulence(draw, envelope.minutes, 0.15, 60.0)
        factors = factors * turbulence(draw, envelope.minutes, 0.07, 10 * STEP_MIN)[: len(factors)]
        gain = math.exp(float(draw.normal(0, 0.2)))
        added = amplitude * gain * sampled(envelope, factors, window.start, station.times, canvas.mean_s)
        _put(canvas, window.position, added, make, ratios, 0.0)
        peak = top_tenth(canvas.values[window.position][make.main][station.between(window.start, window.end)])
        rises.append(peak / max(before, 1.0))
    names = [make.main, *(name for name in ratios if name in PARTICLES or canvas.kind == "hourly")]
    magnitude = round(float(np.nanmedian(rises)), 2)
    canvas.events.append(Event("regional", kind, None, windows, names, magnitude, difficulty))
