"""Tables as offices keep them: columns found by their usual names, faults with their row, real files read whole."""

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook

from airquality.months import month_of
from app.sheets.air import indices_in, measured_in
from app.sheets.read import read_sheet
from app.sheets.targets import targets_in
from models.enums import POLLUTANTS
from models.errors import Invalid
from supervision.air.days import day_sums, eight_hour_sums


def book(*rows: list[object]) -> bytes:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_table_is_found_below_its_title_in_any_usual_encoding(encoding: str, delimiter: str) -> None:
    text = "附件\n县市（园区）;综合 指数;PM₂.₅（μg/m³）;CO;备注\n昌吉市;3.65;36;1.3;无\n\n阜康市;2.60;—;;\n"
    found = indices_in(text.replace(";", delimiter).encode(encoding))
    assert [(one.grid, one.value) for one in found] == [
        ("昌吉市", Decimal("3.65")),
        ("阜康市", Decimal("2.60")),
    ]
    assert found[0].figures == {"pm25": 36, "co": Decimal("1.3")}
    assert found[1].figures == {}
    assert found[1].row.number == 5


def test_a_workbook_gives_what_was_typed_and_not_what_binary_makes_of_it() -> None:
    found = measured_in(
        book(["站点", "日期", "PM2.5", "CO", "O3-8h"], ["GK-1", date(2026, 10, 1), 0.1 + 0.2, 1.0, 160])
    )
    assert found[0].levels == {"pm25": 300, "co": 1000, "o3": 160_000}
    assert found[0].day == date(2026, 10, 1)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("station,date\nGK-1,2026-10-01\n", None),
        ("date,hour,pm25\n2026-10-01,25,1\n", (2, "hour")),
        ("date,hour,pm25\n2026-10-01,x,1\n", (2, "hour")),
        ("date,pm25\n2026-10-01,1\n2026-10-0x,1\n", (3, "date")),
        ("date,pm25\n2026-10-01,1e9\n", (2, "pm25")),
        ("date,pm25\n2026-10-01,nan1\n", (2, "pm25")),
        ("date,pm25,PM2.5\n2026-10-01,1,2\n", (1, None)),
        ("day,pm25\n2026-10-01,1\n", (None, None)),
        ("", (None, None)),
        ("date,pm25\n", (None, None)),
    ],
)
def test_a_fault_says_where_it_is(text: str, place: tuple[int | None, str | None] | None) -> None:
    if place is None:
        assert measured_in(text.encode())[0].levels == {}
        return
    with pytest.raises(Invalid) as refused:
        measured_in(text.encode())
    assert (refused.value.extra.get("row"), refused.value.extra.get("column")) == place
    assert refused.value.extra["field"] == "file"


def test_targets_have_all_their_months_or_none() -> None:
    head = "单位,年度,污染物,年度目标," + ",".join(f"{n}月" for n in range(1, 13))
    found = targets_in(
        f"{head}\n昌吉市,2026,细颗粒物,35,{','.join(['40'] * 12)}\n阜康市,2026年,O3,160\n".encode()
    )
    assert [(one.pollutant, one.months) for one in found] == [("pm25", [Decimal(40)] * 12), ("o3", None)]
    with pytest.raises(Invalid):
        targets_in(f"{head}\n昌吉市,2026,PM10,60,1\n".encode())


def test_too_many_rows_and_a_bomb_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.sheets.read.MOST_ROWS", 3)
    with pytest.raises(Invalid, match="more than 3 rows"):
        read_sheet(b"date\n" + b"2026-10-01\n" * 30, {"date": ()}, wanted=("date",))
    monkeypatch.setattr("app.sheets.read._MOST_UNPACKED", 100)
    with pytest.raises(Invalid, match="too large"):
        read_sheet(book(["date"], ["2026-10-01"]), {"date": ()}, wanted=("date",))


def test_real_days_of_a_place_are_read_whole(shared: Path) -> None:
    path = shared / "data/city_daily/changji_daily.csv"
    found = measured_in(path.read_bytes())
    rows = rows_of(path)
    assert len(found) == len(rows) > 300
    for one, row in zip(found, rows, strict=True):
        assert one.day.isoformat() == row["date"]
        assert one.levels.get("pm25") == (int(Decimal(row["pm2_5"]) * 1000) if row["pm2_5"] else None)


def test_real_hours_make_the_days_and_months_numpy_finds(shared: Path) -> None:
    path = shared / "data/cnemc_hourly/hourly_2020_changji_only.csv"
    found, rows = measured_in(path.read_bytes()), rows_of(path)
    assert len(found) == len(rows)
    for one, row in zip(found, rows, strict=True):
        # Ozone is that of the hour, not the running mean beside it.
        assert one.levels.get("o3") == (int(Decimal(row["o3_1h"]) * 1000) if row["o3_1h"] else None)
    stations = sorted({one.station or "" for one in found})
    assert stations == ["天山天池", "州监测站", "新区政务中心"]
    for station in stations:
        mine = [one for one in found if one.station == station and one.day.month in (3, 4)]
        tables: dict[date, np.ndarray] = {}
        for one in mine:
            table = tables.setdefault(one.day, np.full((len(POLLUTANTS), 24), np.nan))
            for name, level in one.levels.items():
                table[POLLUTANTS.index(name), one.hour or 0] = level / 1000
        for month in (3, 4):
            days = [day for day in sorted(tables) if day.month == month]
            hours = np.stack([tables[day] for day in days])
            packed = np.where(np.isnan(hours), -1, np.round(hours * 1000)).astype(np.int64)
            for number, name in enumerate(POLLUTANTS):
                wanted = [value for day in hours[:, number] if (value := by_numpy(name, day)) is not None]
                sums = (
                    eight_hour_sums(packed[:, number], limit=160)
                    if name == "o3"
                    else day_sums(packed[:, number])
                )
                levels = {
                    day: {name: value} for at, day in enumerate(days) if (value := sums.of(at)) is not None
                }
                made = month_of(levels, year=2020, month=month)
                assert made.days[name] == len(wanted)
                if wanted:
                    share = {"co": 95, "o3": 90}.get(name)
                    figure = np.mean(wanted) if share is None else np.percentile(wanted, share)
                    assert float(made.provisional[name]) == pytest.approx(figure, rel=1e-9)


def by_numpy(name: str, hours: np.ndarray) -> float | None:
    """A day's figure written again from the standard: 20 hours, or ozone's largest 8 h mean of 14 windows."""
    if name != "o3":
        return float(np.nanmean(hours)) if np.sum(~np.isnan(hours)) >= 20 else None
    windows = [hours[end - 8 : end] for end in range(8, 25)]
    means = [np.nanmean(window) for window in windows if np.sum(~np.isnan(window)) >= 6]
    if len(means) >= 14 or (means and max(means) > 160):
        return float(max(means))
    return None


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
