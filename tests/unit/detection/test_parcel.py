"""A parcel comes back as it was packed, and nothing else is taken for one."""

from datetime import UTC, datetime, timedelta
from math import isnan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.detection.parcel import ROW, VERSION, Parcel, Unreadable, pack, parcel_of, unpack
from models.enums import MET, POLLUTANTS

_number = st.none() | st.floats(allow_nan=False, allow_infinity=False)
_single = st.none() | st.floats(allow_nan=False, allow_infinity=False, width=32)
_instant = st.datetimes(
    datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC) | st.timezones()
).filter(lambda at: at.astimezone(UTC).year >= 2000)
_reading = st.tuples(
    st.integers(1, 2**31 - 1),
    _instant,
    st.floats(0, 4e9),
    st.tuples(*[_number] * len(POLLUTANTS)),
    st.tuples(*[_single] * len(MET)),
    _number,
    _number,
    st.booleans(),
)


def same(number: float, wanted: float | None) -> bool:
    return isnan(number) if wanted is None else number == wanted


@given(st.lists(_reading, max_size=20))
def test_comes_back_as_it_was(readings: list[Any]) -> None:
    parcel = unpack(pack(parcel_of(readings)))
    assert len(parcel) == len(readings)
    for row, (station, observed, received, values, met, lon, lat, correction) in zip(
        parcel.rows, readings, strict=True
    ):
        assert (row["station"], row["received_at"], bool(row["correction"])) == (
            station,
            received,
            correction,
        )
        # To the microsecond, which is what the database keeps.
        back = datetime.fromtimestamp(float(row["observed_at"]), UTC)
        assert abs(back - observed) <= timedelta(microseconds=1)
        assert all(map(same, row["values"], values))
        assert all(map(same, row["met"], met))
        assert same(row["lon"], lon)
        assert same(row["lat"], lat)


@given(st.lists(_reading, min_size=1, max_size=5))
def test_pieces_are_the_whole(readings: list[Any]) -> None:
    parcel = parcel_of(readings)
    pieces = list(parcel.pieces())
    assert [len(piece) for piece in pieces] == [1] * len(readings)
    assert b"".join(piece.rows.tobytes() for piece in pieces) == parcel.rows.tobytes()


@given(st.binary(max_size=400))
def test_other_bytes_are_refused_or_read_as_rows(body: bytes) -> None:
    whole = bool(body) and body[0] == VERSION and (len(body) - 1) % ROW.itemsize == 0
    if whole:
        assert pack(unpack(body)) == body
    else:
        with pytest.raises(Unreadable):
            unpack(body)


def test_the_layout_of_version_1_does_not_change() -> None:
    """Parcels wait in databases: another layout must be another version."""
    assert VERSION == 1
    assert ROW.itemsize == 105
    assert [(name, ROW.fields[name][1]) for name in ROW.names or ()] == [  # type: ignore[index]  # it has fields
        ("station", 0), ("observed_at", 4), ("received_at", 12), ("values", 20), ("met", 68), ("lon", 88),
        ("lat", 96), ("correction", 104),
    ]  # fmt: skip
    one = np.zeros(1, ROW)
    one["station"], one["observed_at"], one["correction"] = 258, 1.0, 1
    assert pack(Parcel(one))[:13] == bytes.fromhex("0102010000000000000000f03f")
