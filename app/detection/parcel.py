"""Readings as detection takes them: packed columns in order of arrival, the same bytes in the stored stream.

Pure. The layout is part of the stored format: a change of it is a new VERSION, and the old one stays readable.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.enums import MET, POLLUTANTS

VERSION = 1
ROW = np.dtype(
    [
        ("station", "<i4"),
        ("observed_at", "<f8"),
        ("received_at", "<f8"),
        ("values", "<f8", (len(POLLUTANTS),)),
        ("met", "<f4", (len(MET),)),
        ("lon", "<f8"),
        ("lat", "<f8"),
        ("correction", "u1"),
    ]
)
"""Instants are epoch seconds; values in the order of POLLUTANTS and MET and their units; NaN is missing."""
_SIZES = {1: ROW.itemsize}

Packed = tuple[
    int, datetime, float, Sequence[float | None], Sequence[float | None], float | None, float | None, bool
]
"""Station, observed (aware), received (epoch seconds), values, met, lon, lat, whether it corrects a known one."""


class Unreadable(ValueError):
    """Bytes that are no parcel of a version this release knows."""


@dataclass(frozen=True, slots=True, eq=False)
class Parcel:
    """Readings of one batch in order of arrival; `rows` has the fields of ROW and may be read-only."""

    rows: NDArray[Any]

    def __len__(self) -> int:
        return len(self.rows)

    def pieces(self) -> Iterator["Parcel"]:
        """Each reading by itself, in order."""
        return (Parcel(self.rows[n : n + 1]) for n in range(len(self.rows)))


def parcel_of(readings: Iterable[Packed]) -> Parcel:
    """A parcel with these readings in their order; None becomes NaN."""
    rows = [
        (station, observed.timestamp(), received, values, met, lon, lat, correction)
        for station, observed, received, values, met, lon, lat, correction in readings
    ]
    return Parcel(np.array(rows, dtype=ROW))


def pack(parcel: Parcel) -> bytes:
    """The parcel's bytes, first of them the version."""
    return bytes([VERSION]) + parcel.rows.tobytes()


def unpack(body: bytes) -> Parcel:
    """The parcel that was packed, without copying; raises Unreadable for any other bytes."""
    size = _SIZES.get(body[0]) if body else None
    if size is None:
        raise Unreadable(f"version {body[0]} is not known" if body else "no bytes")
    if (len(body) - 1) % size:
        raise Unreadable(f"{len(body) - 1} bytes are not whole rows of {size}")
    return Parcel(np.frombuffer(body, dtype=ROW, offset=1))
