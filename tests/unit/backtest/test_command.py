"""`geshao backtest` on two days of five real stations, and what it says of input that is none."""

import gzip
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from alerts.ruleset import DEFAULT_RULES
from app.cli import cli

EXTRACT = Path(__file__).resolve().parents[2] / "data" / "detection"
REGISTRY, READINGS = EXTRACT / "registry.yaml", EXTRACT / "readings.csv.gz"
runner = CliRunner()


def run(out: Path, *more: str, registry: Path = REGISTRY, readings: Path = READINGS) -> Result:
    command = ["backtest", "--registry", str(registry), "--readings", str(readings), "--out", str(out)]
    return runner.invoke(cli, [*command, *more])


def alerts(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def plain_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("backtest") / "alerts.jsonl"
    result = run(out)
    assert (result.exit_code, result.stderr) == (0, "")
    return out


def test_each_plume_has_one_order_and_the_faults_have_none(plain_run: Path) -> None:
    found = alerts(plain_run)
    orders = [(alert["stations"][0], alert["detected_at"]) for alert in found if alert["order"]]
    assert [station for station, _ in orders] == ["WZ-652323-001", "WZ-652324-007"]
    assert "2019-04-04T17:04" < orders[0][1] < "2019-04-04T17:45"
    assert "2019-04-05T05:04" < orders[1][1] < "2019-04-05T06:00"
    faults = {(alert["stations"][0], alert["kind"]) for alert in found if alert["scope"] == "instrument"}
    assert {("WZ-652324-010", "spike_burst"), ("WZ-652324-002", "offline")} <= faults


def test_lines_are_those_of_the_contract(plain_run: Path) -> None:
    names = [
        "id", "grid", "stations", "pollutants", "kind", "scope", "started_at", "detected_at", "cleared_at",
        "order", "why",
    ]  # fmt: skip
    found = alerts(plain_run)
    assert found
    assert all(list(alert) == names for alert in found)
    detected = [datetime.fromisoformat(alert["detected_at"]) for alert in found]
    assert detected == sorted(detected)
    assert {at.utcoffset() for at in detected} == {timedelta(hours=8)}
    assert len({alert["id"] for alert in found}) == len(found)
    assert all(alert["grid"] == alert["stations"][0][3:9] for alert in found)


def test_doubled_rows_and_an_unpacked_file_change_nothing(plain_run: Path, tmp_path: Path) -> None:
    header, *rows = gzip.decompress(READINGS.read_bytes()).decode().splitlines()
    doubled = tmp_path / "doubled.csv"
    doubled.write_text(
        "\n".join([header, *(row for n, row in enumerate(rows) for _ in range(1 + (n % 7 == 0)))])
    )
    out = tmp_path / "alerts.jsonl"
    result = run(out, readings=doubled)
    assert f"({len(range(0, len(rows), 7))} repeated, 0 corrected)" in result.stdout
    assert out.read_text() == plain_run.read_text()


def test_only_what_came_before_counts(plain_run: Path, tmp_path: Path) -> None:
    """A history cut anywhere has the same beginnings: nobody looked ahead."""
    rows = gzip.decompress(READINGS.read_bytes()).decode().splitlines()
    cut = tmp_path / "cut.csv"
    cut.write_text("\n".join([rows[0], *(row for row in rows[1:] if row.split(",")[1] < "2019-04-04T18:00")]))
    out = tmp_path / "alerts.jsonl"
    run(out, readings=cut)
    before = [alert for alert in alerts(plain_run) if alert["detected_at"] < "2019-04-04T17:55"]
    names = ("id", "kind", "detected_at", "order")
    assert before
    assert [[alert[name] for name in names] for alert in alerts(out)[: len(before)]] == [
        [alert[name] for name in names] for alert in before
    ]


@pytest.mark.parametrize("name", ["rules.json", "rules.yaml"])
def test_the_shipped_rules_as_a_file_change_nothing(plain_run: Path, tmp_path: Path, name: str) -> None:
    rules, out = tmp_path / name, tmp_path / "alerts.jsonl"
    rules.write_text((json.dumps if name.endswith("json") else yaml.safe_dump)(DEFAULT_RULES))
    result = run(out, "--rules", str(rules))
    assert (result.exit_code, result.stderr) == (0, "")
    assert out.read_text() == plain_run.read_text()


LARGE = {"network": {"fine": {"floors": {"pm25": 160, "pm10": 320}}}}
"""An excess that no plume of the extract has."""


def with_rules(tmp_path: Path, **over: Any) -> tuple[list[dict[str, Any]], str]:
    rules, out = tmp_path / "rules.json", tmp_path / "alerts.jsonl"
    rules.write_text(json.dumps(DEFAULT_RULES | over))
    result = run(out, "--rules", str(rules))
    assert result.exit_code == 0
    return alerts(out), result.stderr


def ordered(found: list[dict[str, Any]]) -> list[tuple[str, list[str] | None]]:
    return [(alert["stations"][0], alert["why"].get("rules")) for alert in found if alert["order"]]


def test_an_override_changes_what_its_grid_is_told_of(plain_run: Path, tmp_path: Path) -> None:
    found, said = with_rules(tmp_path, overrides={"grids": {"652324": LARGE}})
    assert (ordered(found), said) == ([("WZ-652323-001", None)], "")
    for alert in found:
        assert alert["why"].pop("rules", None) == (["grid 652324"] if alert["grid"] == "652324" else None)
    assert found == [alert for alert in alerts(plain_run) if alert["stations"][0] != "WZ-652324-007"]


def test_an_override_of_a_station_is_its_own(plain_run: Path, tmp_path: Path) -> None:
    found, _ = with_rules(tmp_path, overrides={"stations": {"WZ-652324-007": LARGE}})
    assert found == [alert for alert in alerts(plain_run) if alert["stations"][0] != "WZ-652324-007"]


@pytest.mark.parametrize("day", ["04-04", "04-05"])
def test_a_season_holds_on_its_days_and_not_on_others(plain_run: Path, tmp_path: Path, day: str) -> None:
    """The plumes of the extract are on the 4th and on the 5th of April."""
    season = {"from": day, "to": day, "patch": LARGE}
    found, said = with_rules(tmp_path, schedules={"seasons": {"trial": season}})
    assert said == ""
    assert not [alert for alert in found if alert["order"] and alert["detected_at"][5:10] == day]
    for alert in found:
        assert alert["why"].pop("rules", None) == (
            ["season trial"] if alert["detected_at"][5:10] == day else None
        )
    before = [alert for alert in alerts(plain_run) if alert["detected_at"][5:10] < day]
    assert found[: len(before)] == before


def test_a_season_that_changes_nothing_takes_nothing_away(plain_run: Path, tmp_path: Path) -> None:
    season = {"from": "04-04", "to": "04-04", "patch": {"exceedance_hour": {"confirm": 1}}}
    found, _ = with_rules(tmp_path, schedules={"seasons": {"trial": season}})
    for alert in found:
        alert["why"].pop("rules", None)
    assert found == alerts(plain_run)


def test_a_response_has_no_effect_on_a_file_and_that_is_said(plain_run: Path, tmp_path: Path) -> None:
    found, said = with_rules(tmp_path, schedules={"response": {"red": LARGE}})
    assert said == "note: a file tells no heavy-pollution response: schedules.response has no effect\n"
    assert found == alerts(plain_run)


def test_the_summary_tells_orders_kinds_and_stations(tmp_path: Path) -> None:
    result = run(tmp_path / "alerts.jsonl", "--summary")
    said = result.stdout
    assert "回测 Back-test: 2019-04-03 08:00 – 2019-04-05 07:59, 2.0 天 days, 5 站点 stations" in said
    assert "工单 Orders: 2 (1.00 每日 a day)" in said
    for title in (
        "Orders per day",
        "Orders per grid",
        "Alerts by kind and scope",
        "Stations that cause most",
    ):
        assert title in said


ROW = "WZ-652323-001,2019-04-03T08:00:00+08:00,1"
HEAD = "station,observed_at,pm25"
BAD_READINGS = {
    "": ":1: there is no header",
    HEAD: ": there is not one reading",
    "station,observed_at": ":1: the header lacks a pollutant: pm25, pm10, so2, no2, co, o3",
    f"{HEAD},PM10\n{ROW},2": ":1: unknown column 'PM10'; known are ",
    f"{HEAD}\n{ROW}\nWZ-9,2019-04-03T08:00:00+08:00,1": ":3: station 'WZ-9' is not in the registry",
    f"{HEAD}\n{ROW}\nWZ-652323-001,2019-04-03 08:00,1": ":3: observed_at '2019-04-03 08:00' has no offset",
    f"{HEAD}\n{ROW}x": ":2: pm25 '1x' is not a finite number",
    f"{HEAD}\n{ROW},2": ":2: 4 fields where the header has 3",
}
BAD_REGISTRIES = {
    "": ":1: the file is empty: grids, people, stations, sources",
    "grids: []": ": the registry has no stations",
    "stations: [{code: A}]": ":1: stations[0]: station A: lon is missing (and 3 more)",
}
BAD_RULES = {
    "[]": ": wants a group of names",
    "{": ":",
    "exceedance_hour: 7": ": rules.exceedance_hour: wants a group of names",
}


def fails(result: Result, says: str) -> None:
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"geshao: {says}")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(("text", "says"), BAD_READINGS.items())
def test_bad_readings_are_one_line(tmp_path: Path, text: str, says: str) -> None:
    path, out = tmp_path / "readings.csv", tmp_path / "alerts.jsonl"
    path.write_text(text)
    out.write_text("of an earlier run")
    fails(run(out, readings=path), f"{path}{says}")
    assert out.read_text() == "of an earlier run"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["alerts.jsonl", "readings.csv"]


@pytest.mark.parametrize(("text", "says"), BAD_REGISTRIES.items())
def test_a_bad_registry_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "registry.yaml"
    path.write_text(text)
    fails(run(tmp_path / "alerts.jsonl", registry=path), f"{path}{says}")


@pytest.mark.parametrize(("text", "says"), BAD_RULES.items())
@pytest.mark.parametrize("name", ["rules.json", "rules.yaml"])
def test_bad_rules_are_one_line(tmp_path: Path, name: str, text: str, says: str) -> None:
    path = tmp_path / name
    path.write_text(
        text if name.endswith("yaml") or text.startswith(("[", "{")) else '{"exceedance_hour": 7}'
    )
    fails(run(tmp_path / "alerts.jsonl", "--rules", str(path)), f"{path}{says}")


def test_files_that_are_not_there_are_one_line(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    fails(run(tmp_path / "a", registry=missing), f"{missing}: cannot be read: No such file or directory")
    fails(run(tmp_path / "a", readings=missing), f"{missing}: cannot be read: No such file or directory")
    fails(
        run(tmp_path / "a", "--rules", str(missing)), f"{missing}: cannot be read: No such file or directory"
    )
    fails(run(missing / "a"), f"{missing / 'a'}: cannot be written")
    fails(run(tmp_path), f"{tmp_path}: cannot be written")
