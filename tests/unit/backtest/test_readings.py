"""A back-test CSV: what is read, and the one line that says where it is wrong."""

import gzip
from pathlib import Path

import pytest

from app.backtest.readings import COLUMNS, read_rows
from models.errors import Invalid

STATIONS = {"A": 0, "B": 1}
HEADER = "station,observed_at,pm25,pm10,humidity,lon,lat"
GOOD = "A,2026-01-31T08:00:00+08:00,1.5,,60,87.3,44"
AT = 1769817600.0


def written(tmp_path: Path, *lines: str, name: str = "r.csv") -> Path:
    path = tmp_path / name
    content = "\n".join([*lines, ""]).encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


@pytest.mark.parametrize("name", ["r.csv", "r.csv.gz"])
def test_rows_come_in_the_order_of_the_file(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, HEADER, GOOD, "B,2026-01-30T20:00:00-04:00,2,-3e1,,,", name=name)
    first, second = read_rows(path, STATIONS)
    assert first == (2, 0, AT, (1.5, None, None, None, None, None), (None, 60, None, None, None), 87.3, 44)
    assert (second.line, second.station, second.observed_at) == (3, 1, AT)
    assert second.values[:2] == (2, -30)
    assert (second.lon, second.lat) == (None, None)


def test_every_column_of_the_contract_is_known(tmp_path: Path) -> None:
    cells = ["A", "2026-01-31T00:00:00Z", *map(str, range(13))]
    (row,) = read_rows(written(tmp_path, "\ufeff" + ",".join(COLUMNS), ",".join(cells)), STATIONS)
    assert (*row.values, *row.met, row.lon, row.lat) == tuple(map(float, range(13)))


def test_blank_lines_are_passed_over(tmp_path: Path) -> None:
    assert [row.line for row in read_rows(written(tmp_path, HEADER, "", GOOD), STATIONS)] == [3]


BAD_HEADERS = {
    "": "there is no header",
    "station,pm25": "the header lacks observed_at",
    "observed_at,pm25": "the header lacks station",
    "station,observed_at,humidity": "the header lacks a pollutant: pm25, pm10, so2, no2, co, o3",
    "station,observed_at,pm25,pm25": "column pm25 is there twice",
    "station,observed_at,PM25": f"unknown column 'PM25'; known are {', '.join(COLUMNS)}",
}


@pytest.mark.parametrize(("header", "says"), BAD_HEADERS.items())
def test_a_header_that_is_none(tmp_path: Path, header: str, says: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text(header)
    with pytest.raises(Invalid) as fault:
        list(read_rows(path, STATIONS))
    assert fault.value.detail == f"{path}:1: {says}"


BAD_ROWS = {
    "C,2026-01-31T08:00:00+08:00,1,,,,": "station 'C' is not in the registry",
    ",2026-01-31T08:00:00+08:00,1,,,,": "station '' is not in the registry",
    "A,2026-01-31T08:00:00,1,,,,": "observed_at '2026-01-31T08:00:00' has no offset",
    "A,31.1.2026,1,,,,": "observed_at '31.1.2026' is no instant (2026-01-31T08:00:00+08:00)",
    "A,,1,,,,": "observed_at '' is no instant (2026-01-31T08:00:00+08:00)",
    "A,2026-01-31T08:00:00+08:00,n/a,,,,": "pm25 'n/a' is not a finite number",
    "A,2026-01-31T08:00:00+08:00,,nan,,,": "pm10 'nan' is not a finite number",
    "A,2026-01-31T08:00:00+08:00,,,inf,,": "humidity 'inf' is not a finite number",
    "A,2026-01-31T08:00:00+08:00,1_0,,,,": "pm25 '1_0' is not a finite number",
    "A,2026-01-31T08:00:00+08:00,1": "3 fields where the header has 7",
    "A,2026-01-31T08:00:00+08:00,1,,,,,9": "8 fields where the header has 7",
    'A,2026-01-31T08:00:00+08:00,"1"2,,,,': "not a CSV file: ',' expected after '\"'",
}


@pytest.mark.parametrize(("line", "says"), BAD_ROWS.items())
def test_a_row_that_is_none(tmp_path: Path, line: str, says: str) -> None:
    path = written(tmp_path, HEADER, GOOD, line, GOOD)
    with pytest.raises(Invalid) as fault:
        list(read_rows(path, STATIONS))
    assert fault.value.detail == f"{path}:3: {says}"


def test_what_is_no_text(tmp_path: Path) -> None:
    whole = gzip.compress("\n".join([HEADER, *[GOOD] * 5000]).encode())
    cases = {
        "binary.csv": (b"station,\xff\xfe", "not UTF-8 text, after line 0"),
        "cut.csv.gz": (whole[:-20], "not a CSV file: Compressed file ended before"),
        "broken.csv.gz": (whole[:40] + b"\0\0\0\0" + whole[44:], "not a CSV file: "),
    }
    for name, (content, says) in cases.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(Invalid) as fault:
            list(read_rows(path, STATIONS))
        assert fault.value.detail.startswith(f"{path}:")
        assert says in fault.value.detail
        assert "\n" not in fault.value.detail


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for path, says in ((tmp_path / "missing.csv", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(Invalid) as fault:
            list(read_rows(path, STATIONS))
        assert fault.value.detail == f"{path}: cannot be read: {says}"
