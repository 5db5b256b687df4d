"""The measuring of the rules of interference measures what it says."""

import numpy as np
import pytest

from alerts.integrity.sign import Sign
from alerts.network.site import Site
from app.backtest.readings import Row
from evaluation.integrity import BEIJING_S, Seen, cases, table
from evaluation.tampering import TAMPERING
from models.enums import SignKind
from tests.unit.alerts.integrity.air import air, at

DAY_S = 86_400.0
T0 = 20_000 * DAY_S - BEIJING_S
NONE = (None,) * 5


def row(station: int, seconds: float, pm25: float | None, pm10: float | None = None) -> Row:
    return Row(0, station, T0 + seconds, (pm25, pm10, None, None, None, None), NONE, None, None)


def test_hours_are_those_of_the_service() -> None:
    sites = [Site(n, f"S{n}", "", 87.3 + 0.1 * n, 44.0, "micro", 60.0) for n in range(3)]
    rows = [row(0, 60.0 * n, x, 2 * x) for n, x in enumerate((10.0, 14.0, 11.0, 12.0, 900.0))]
    rows += [row(1, 7200.0 + n, 5.0 + n) for n in range(4)]
    rows.append(row(1, 7300.0, None))
    found = table(rows, sites)
    assert found.begins_at == T0
    hours = found.hours(0, T0, T0 + DAY_S)
    assert hours.length == 3
    assert hours.level[0, 0, :2] == pytest.approx([12.0, 24.0])
    assert hours.stir[0, 0, 0] == pytest.approx((4 + 3 + 1 + 888) / 4)
    assert hours.count[0, 0] == 5
    assert hours.level[2, 1, 0] == pytest.approx(6.5)
    assert np.isnan(hours.level[1]).all()
    assert found.groups == [[0, 1, 2], [1, 0, 2], [2, 1, 0]]


def test_signs_of_a_week_are_one_case() -> None:
    sign = Sign(SignKind.CUT, 0.0, 1.0)
    seen = [Seen(station, sign, DAY_S * day) for station, day in ((1, 0), (1, 6), (2, 6), (1, 8), (1, 14))]
    assert cases(seen) == 3
    assert cases([]) == 0


@pytest.mark.parametrize("name", TAMPERING)
def test_only_the_station_itself_is_tampered_with(name: str) -> None:
    kind, done = TAMPERING[name]
    hours = air(35)
    begin = at(14, 0)
    altered = done(hours, begin)
    assert altered.level.shape == hours.level.shape
    for before, after in ((hours.level, altered.level), (hours.stir, altered.stir)):
        assert np.array_equal(before[:, 1:], after[:, 1:], equal_nan=True)
        if kind is not SignKind.CUT:
            assert np.array_equal(before[:begin], after[:begin], equal_nan=True)
    same = np.array_equal(hours.level[:, 0], altered.level[:, 0], equal_nan=True) and np.array_equal(
        hours.stir[:, 0], altered.stir[:, 0], equal_nan=True
    )
    assert same == name.startswith("nothing")
