"""Reads the recorded networks into one shape, untouched.

Units: particles and gases µg/m³, CO mg/m³, °C, %, hPa, m/s, degrees the wind comes from. Instants are
seconds since the epoch. A missing value is NaN. Raises OSError where the material is absent.
Sources: the sensor.community network of Aberdeen and the Beijing multi-site set, see their README files.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]

POLLUTANTS = ("pm25", "pm10", "so2", "no2", "co", "o3")
WEATHER = ("temperature", "humidity", "pressure", "wind_speed", "wind_direction")
CHINA = dt.timezone(dt.timedelta(hours=8))

MET_AGE_S = 150  # a weather value belongs to a reading of the same box less than one interval away
SIXTEEN_POINTS = (
    "N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW",
)  # fmt: skip


@dataclass
class Station:
    """One recorded station: true instants in order and its columns, all of the same length."""

    origin: str
    lon: float
    lat: float
    times: Series
    columns: dict[str, Series] = field(default_factory=dict)

    def between(self, start: float, end: float) -> slice:
        """The rows with start <= instant <= end."""
        return slice(
            int(np.searchsorted(self.times, start, "left")), int(np.searchsorted(self.times, end, "right"))
        )


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """Every row of a gzipped CSV file as a mapping from its header."""
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def number(text: str | None) -> float:
    """The number in a field; NaN where there is none."""
    return math.nan if text in (None, "", "NA") else float(str(text))


def blank(length: int) -> Series:
    """A column without a value."""
    return np.full(length, math.nan)


# ---------------------------------------------------------------- Aberdeen


def _address(root: Path) -> dict[str, tuple[float, float, str, str]]:
    """Per sensor: longitude and latitude of its main address, its weather sensor and that one's type."""
    best: dict[str, tuple[int, float, float, str, str]] = {}
    with (root / "sensors.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows = int(row["rows_at_location"])
            if rows > best.get(row["sensor_id"], (0,))[0]:
                place = (float(row["lon"]), float(row["lat"]))
                best[row["sensor_id"]] = (rows, *place, row["met_sensor"], row["met_type"])
    return {sensor: found[1:] for sensor, found in best.items()}


def _utc(text: str) -> float:
    return dt.datetime.fromisoformat(text + "+00:00").timestamp()


def _columns_between(path: Path, names: tuple[str, ...], start: float, end: float) -> tuple[Series, Series]:
    first = dt.datetime.fromtimestamp(start, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    last = dt.datetime.fromtimestamp(end, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    times, values = [], []
    for row in rows_of(path):
        if first <= row["timestamp_utc"] < last:
            times.append(_utc(row["timestamp_utc"]))
            values.append([number(row[name]) for name in names])
    order = np.argsort(np.array(times), kind="stable") if times else np.array([], dtype=int)
    return np.array(times)[order], np.array(values).reshape(-1, len(names))[order]


def aberdeen(data: Path, start: dt.datetime, end: dt.datetime, coverage: float = 0.0) -> list[Station]:
    """The sensors that sent at least `coverage` of the expected rows in [start, end), untouched."""
    root = data / "aberdeen_sds011"
    a, b = start.timestamp(), end.timestamp()
    stations = []
    for sensor, (lon, lat, met, met_type) in sorted(_address(root).items(), key=lambda item: int(item[0])):
        times, dust = _columns_between(root / "pm" / f"sds011_{sensor}.csv.gz", ("pm2_5", "pm10"), a, b)
        if len(times) == 0 or len(times) < coverage * (b - a) / 150:
            continue
        station = Station(sensor, lon, lat, times, {"pm25": dust[:, 0], "pm10": dust[:, 1]})
        for name in (*POLLUTANTS[2:], *WEATHER):
            station.columns[name] = blank(len(times))
        if met:
            _join_weather(station, root / "met" / f"{met_type.lower()}_{met}.csv.gz", a, b)
        stations.append(station)
    return stations


def _join_weather(station: Station, path: Path, start: float, end: float) -> None:
    names = ("temperature", "humidity", "pressure")
    times, values = _columns_between(path, names, start, end)
    if len(times) == 0:
        return
    after = np.clip(np.searchsorted(times, station.times), 1, max(1, len(times) - 1))
    before = after - 1
    after = np.minimum(after, len(times) - 1)
    nearest = np.where(
        np.abs(times[after] - station.times) <= np.abs(station.times - times[before]), after, before
    )
    near = np.abs(times[nearest] - station.times) < MET_AGE_S
    for column, name in enumerate(names):
        joined = np.where(near, values[nearest, column], math.nan)
        station.columns[name] = np.round(joined / (100 if name == "pressure" else 1), 1)


# ---------------------------------------------------------------- Beijing


def humidity_from_dew_point(temperature: float, dew_point: float) -> float:
    """Relative humidity in %, by the Magnus formula over water (17.625, 243.04 °C)."""

    def pressure(celsius: float) -> float:
        return math.exp(17.625 * celsius / (243.04 + celsius))

    return round(min(100.0, 100 * pressure(dew_point) / pressure(temperature)), 1)


def _beijing_row(row: dict[str, str]) -> list[float]:
    wind = SIXTEEN_POINTS.index(row["wd"]) * 22.5 if row["wd"] in SIXTEEN_POINTS else math.nan
    return [
        *(number(row[name]) for name in ("PM2.5", "PM10", "SO2", "NO2")),
        round(number(row["CO"]) / 1000, 4),
        number(row["O3"]),
        number(row["TEMP"]),
        humidity_from_dew_point(number(row["TEMP"]), number(row["DEWP"])),
        number(row["PRES"]),
        number(row["WSPM"]),
        wind,
    ]


def beijing(data: Path, start: dt.datetime, end: dt.datetime) -> list[Station]:
    """The six stations in [start, end), one row an hour, CO in mg/m³, untouched otherwise."""
    root = data / "beijing_multisite"
    with (root / "stations.csv").open(encoding="utf-8", newline="") as file:
        places = {row["station"]: (float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file)}
    stations = []
    for name, (lon, lat) in places.items():
        times, values = [], []
        for row in rows_of(next(root.glob(f"PRSA_{name}_*.csv.gz"))):
            at = dt.datetime(
                int(row["year"]), int(row["month"]), int(row["day"]), int(row["hour"]), tzinfo=CHINA
            )
            if start <= at < end:
                times.append(at.timestamp())
                values.append(_beijing_row(row))
        table = np.array(values).reshape(-1, len(POLLUTANTS) + len(WEATHER))
        columns = {column: table[:, i].copy() for i, column in enumerate((*POLLUTANTS, *WEATHER))}
        stations.append(Station(name, lon, lat, np.array(times), columns))
    return stations
