"""Converts recorded sets, untouched, to the contract's registry and back-test CSV.

Values are those recorded; only units change (CO to mg/m³, ppb to µg/m³ at 298.15 K and 101.325 kPa) and
columns the contract does not know are left out. Instants are written at +08:00. Nothing is labelled.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from evaluation.background import (
    CHINA,
    POLLUTANTS,
    WEATHER,
    Series,
    Station,
    aberdeen,
    beijing,
    blank,
    number,
    rows_of,
)
from evaluation.canvas import stamp
from evaluation.ground import Site, shift, sites, write_registry
from evaluation.scene import decimal_text, write_readings

MOLAR_VOLUME = 24.465  # litres per mole at 298.15 K and 101.325 kPa
MOLAR_MASS = {"no2": 46.0055, "o3": 47.9982}
EASTERN = dt.timezone(dt.timedelta(hours=-5))  # the sensors' and the reference's local standard time
BURDENS_CREEK = (-78.8198, 35.8894)
REFERENCE_NAMES = {
    "PM2.5-88101": "pm25", "NO2": "no2", "O3": "o3", "TEMP": "temperature", "RHUM": "humidity",
}  # fmt: skip


def micrograms(gas: str, ppb: float) -> float:
    """µg/m³ of a gas at 298.15 K and 101.325 kPa from its share in ppb."""
    return ppb * MOLAR_MASS[gas] / MOLAR_VOLUME


def _empty(origin: str, place: tuple[float, float], times: list[float]) -> Station:
    columns = {name: blank(len(times)) for name in (*POLLUTANTS, *WEATHER)}
    return Station(origin, *place, np.array(times), columns)


def _unit(path: Path, origin: str, place: tuple[float, float], start: float, end: float) -> Station:
    names = {
        "pm25": "PM2.5 (µg/m³)",
        "no2": "NO2 (ppb)",
        "o3": "O3 (ppb)",
        "temperature": "TEMP (°C)",
        "humidity": "RH (%)",
    }
    kept = []
    for row in rows_of(path):
        at = dt.datetime.strptime(row["Time"], "%m/%d/%Y %H:%M").replace(tzinfo=EASTERN).timestamp()
        if start <= at < end:
            kept.append((at, row))
    station = _empty(origin, place, [at for at, _ in kept])
    for name, header in names.items():
        values = [number(row[header]) for _, row in kept]
        if name in MOLAR_MASS:
            values = [round(micrograms(name, value), 2) for value in values]
        station.columns[name] = np.array(values)
    return station


def _reference(path: Path, place: tuple[float, float], start: float, end: float) -> Station:
    hours: dict[float, dict[str, float]] = {}
    for row in rows_of(path):
        name = REFERENCE_NAMES.get(row["Param"])
        local = f"{row['Date (LST)']} {row['Time (LST)']}"
        # An hour's mean is there when the hour is over; the file stamps its beginning.
        at = dt.datetime.strptime(local, "%m/%d/%Y %H:%M").replace(tzinfo=EASTERN) + dt.timedelta(hours=1)
        if name is None or not start <= at.timestamp() < end:
            continue
        value = number(row["Value"])
        if name in MOLAR_MASS and row["Unit"].upper() == "PPB":
            value = round(micrograms(name, value), 2)
        hours.setdefault(at.timestamp(), {})[name] = value
    station = _empty("reference", place, sorted(hours))
    for name in (*POLLUTANTS, *WEATHER):
        station.columns[name] = np.array([hours[at].get(name, math.nan) for at in sorted(hours)])
    return station


def toco(data: Path, start: dt.datetime, end: dt.datetime) -> list[Station]:
    """Three collocated minute sensors and the hourly reference beside them."""
    root = data / "epa_toco"
    a, b = start.timestamp(), end.timestamp()
    found = [_reference(next(root.glob("reference_*.csv.gz")), BURDENS_CREEK, a, b)]
    found += [_unit(path, path.name[:4], BURDENS_CREEK, a, b) for path in sorted(root.glob("RT0*.csv.gz"))]
    return found


CONVERTERS: dict[str, Callable[[Path, dt.datetime, dt.datetime], list[Station]]] = {
    "aberdeen": aberdeen,
    "beijing": beijing,
    "toco": toco,
}
REFERENCES = {"aberdeen": 0, "beijing": 6, "toco": 1}  # how many stations, from the first, are references
ZONES = {"aberdeen": dt.UTC, "beijing": CHINA, "toco": EASTERN}


def _fields(station: Station, site: Site) -> list[tuple[float, str, list[str]]]:
    columns: list[Series] = [station.columns[name] for name in (*POLLUTANTS, *WEATHER)]
    texts = [[decimal_text(value, 4) for value in column.tolist()] for column in columns]
    place = [decimal_text(site.lon, 5), decimal_text(site.lat, 5)]
    found = []
    for i, at in enumerate(station.times.tolist()):
        values = [text[i] for text in texts]
        if any(values[: len(POLLUTANTS)]):
            found.append((at, site.code, [site.code, stamp(at), *values, *place]))
    return found


def convert(name: str, first: dt.date, last: dt.date, data: Path, out: Path) -> int:
    """Writes registry.yaml and readings.csv.gz of the days first..last (both included); returns the readings.

    Days are counted in the set's own time zone. Rows without any pollutant are left out. Raises OSError
    where the set is absent and ValueError when it has nothing in these days.
    """
    start = dt.datetime.combine(first, dt.time(), ZONES[name])
    end = dt.datetime.combine(last, dt.time(), ZONES[name]) + dt.timedelta(days=1)
    stations = [s for s in CONVERTERS[name](data, start, end) if len(s.times)]
    if not stations:
        raise ValueError(f"{name} has nothing between {first} and {last}")
    grids, found = sites(shift(stations), set(range(REFERENCES[name])))
    readings = [row for station, site in zip(stations, found, strict=True) for row in _fields(station, site)]
    readings.sort(key=lambda row: row[:2])
    out.mkdir(parents=True, exist_ok=True)
    write_registry(out / "registry.yaml", grids, found)
    write_readings(out / "readings.csv.gz", [fields for _, _, fields in readings])
    return len(readings)
