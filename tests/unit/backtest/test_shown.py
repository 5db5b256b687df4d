"""The alert lines of the contract, and the summary as people read it."""

import json
from datetime import datetime, timedelta, timezone

from app.backtest.port import WouldBeAlert
from app.backtest.shown import KIND_NAMES, SCOPE, lines, summary_lines
from app.backtest.summary import summary
from models.enums import AlertKind, AlertScope

SINCE = datetime(2026, 1, 31, tzinfo=timezone(timedelta(hours=8)))


def alert(
    hours: float, station: str, *, order: bool = True, scope: AlertScope = AlertScope.LOCAL
) -> WouldBeAlert:
    kind = AlertKind.SUDDEN_RISE if scope is AlertScope.LOCAL else AlertKind.DRIFT
    at = SINCE + timedelta(hours=hours)
    return WouldBeAlert(
        "652301", (station, "B"), ("pm25",), kind, scope, at, at, None, order, {"level": {"pm25": 1.5}}
    )


def test_a_line_has_the_contracts_names_and_instants() -> None:
    (line,) = lines([("a1", alert(1, "A"))])
    assert line.endswith("}\n")
    assert json.loads(line) == {
        "id": "a1",
        "grid": "652301",
        "stations": ["A", "B"],
        "pollutants": ["pm25"],
        "kind": "sudden_rise",
        "scope": "local",
        "started_at": "2026-01-31T01:00:00+08:00",
        "detected_at": "2026-01-31T01:00:00+08:00",
        "cleared_at": None,
        "order": True,
        "why": {"level": {"pm25": 1.5}},
    }


def test_every_kind_and_scope_has_a_name() -> None:
    assert set(KIND_NAMES) == set(AlertKind)
    assert set(SCOPE) == set(AlertScope)


def test_the_summary_is_aligned_by_the_width_of_its_signs() -> None:
    found = [alert(1, "A"), alert(30, "A"), alert(31, "C", order=False, scope=AlertScope.INSTRUMENT)]
    whole = summary(found, since=SINCE, until=SINCE + timedelta(days=2))
    said = list(summary_lines(whole, stations={"A": "甲站", "B": "B"}, grids={"652301": "昌吉市"}))
    assert (
        "\n".join(said)
        == """\
工单 Orders: 2 (1.00 每日 a day)
报警 Alerts: 3

每日工单 Orders per day
  日期 day    工单 orders
  2026-01-31            1
  2026-02-01            1

各网格工单 Orders per grid
  网格 grid  名称 name  工单 orders  每日 a day
  652301     昌吉市               2        1.00

报警类型 Alerts by kind and scope
  类型 kind               范围 scope              报警 alerts
  突增       sudden_rise  本地        local                 2
  漂移       drift        仪器        instrument            1

报警最多的站点 Stations that cause most
  站点 station  名称 name  工单 orders  报警 alerts
  B             B                    2            3
  A             甲站                 2            2
  C                                  0            1"""
    )


def test_nothing_found_is_said() -> None:
    whole = summary([], since=SINCE, until=SINCE + timedelta(hours=1))
    said = list(summary_lines(whole, stations={}, grids={}))
    assert said.count("  无 none") == 3
