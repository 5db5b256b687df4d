"""Reads a back-test CSV row by row, and says in one line where it is none."""

import csv
import gzip
import math
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TextIO

from models.enums import MET, POLLUTANTS
from models.errors import Invalid

COLUMNS = ("station", "observed_at", *POLLUTANTS, *MET, "lon", "lat")
_GZIP = b"\x1f\x8b"
_BROKEN = (csv.Error, EOFError, gzip.BadGzipFile, zlib.error)
Values = tuple[float | None, ...]


class Row(NamedTuple):
    """One row; µg/m³ (co mg/m³) in the order of POLLUTANTS, weather in that of MET, None is missing."""

    line: int
    station: int
    """As the caller numbers the codes."""
    observed_at: float
    """Seconds since the epoch, as the station claims."""
    values: Values
    met: Values
    lon: float | None
    lat: float | None


def read_rows(path: Path, stations: Mapping[str, int]) -> Iterator[Row]:
    """The rows in the order of the file, which may be gzipped. `stations` numbers the known codes.

    Raises Invalid that names file, line and fault: a file that cannot be read, a header without the needed or
    with unknown columns, a row that is longer or shorter, a station that is not known, an instant without its
    offset, what is no finite number.
    """
    with _opened(path) as handle:
        reader = csv.reader(handle, strict=True)
        try:
            parse = _parser(_header(next(reader, []), path), stations)
            for cells in reader:
                if cells:
                    try:
                        yield parse(reader.line_num, cells)
                    except ValueError as fault:
                        raise Invalid(f"{path}:{reader.line_num}: {fault}") from None
        except UnicodeDecodeError:
            raise Invalid(f"{path}: not UTF-8 text, after line {reader.line_num}") from None
        except _BROKEN as fault:
            raise Invalid(f"{path}:{reader.line_num}: not a CSV file: {fault}") from None


def _opened(path: Path) -> TextIO:
    try:
        with path.open("rb") as binary:
            packed = binary.read(2) == _GZIP
        if packed:
            return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as fault:
        raise Invalid(f"{path}: cannot be read: {fault.strerror or fault}") from None


def _header(names: Sequence[str], path: Path) -> list[str]:
    if not names:
        raise Invalid(f"{path}:1: there is no header")
    for name in names:
        if name not in COLUMNS:
            raise Invalid(f"{path}:1: unknown column {name!r}; known are {', '.join(COLUMNS)}")
        if names.count(name) > 1:
            raise Invalid(f"{path}:1: column {name} is there twice")
    for name in ("station", "observed_at"):
        if name not in names:
            raise Invalid(f"{path}:1: the header lacks {name}")
    if not set(names) & set(POLLUTANTS):
        raise Invalid(f"{path}:1: the header lacks a pollutant: {', '.join(POLLUTANTS)}")
    return list(names)


def _parser(names: list[str], stations: Mapping[str, int]) -> Callable[[int, Sequence[str]], Row]:
    width = len(names)
    place = {name: n for n, name in enumerate(names)}
    station_at, observed_at = place["station"], place["observed_at"]
    values = [(name, place.get(name)) for name in POLLUTANTS]
    met = [(name, place.get(name)) for name in MET]
    lon, lat = ("lon", place.get("lon")), ("lat", place.get("lat"))

    def parse(line: int, cells: Sequence[str]) -> Row:
        if len(cells) != width:
            raise ValueError(f"{len(cells)} fields where the header has {width}")
        station = stations.get(cells[station_at])
        if station is None:
            raise ValueError(f"station {cells[station_at]!r} is not in the registry")
        return Row(
            line,
            station,
            _instant(cells[observed_at]),
            tuple([None if at is None else _number(name, cells[at]) for name, at in values]),
            tuple([None if at is None else _number(name, cells[at]) for name, at in met]),
            None if lon[1] is None else _number(lon[0], cells[lon[1]]),
            None if lat[1] is None else _number(lat[0], cells[lat[1]]),
        )

    return parse


def _instant(text: str) -> float:
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            return instant.timestamp()
    except (ValueError, OverflowError):
        raise ValueError(f"observed_at {text!r} is no instant (2026-01-31T08:00:00+08:00)") from None
    raise ValueError(f"observed_at {text!r} has no offset")


def _number(name: str, text: str) -> float | None:
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or "_" in text:
        if not text.strip():
            return None
        raise ValueError(f"{name} {text!r} is not a finite number")
    return number
