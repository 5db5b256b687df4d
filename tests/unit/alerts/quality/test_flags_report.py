"""The report of flag rates on a history."""

import gzip
from pathlib import Path

from evaluation import flags

HEADER = "station,observed_at,pm25,pm10,so2,no2,co,o3,temperature,humidity,pressure,wind_speed,wind_direction,lon,lat"


def test_rates_are_shares_of_delivered_values(tmp_path: Path) -> None:
    lines = [HEADER]
    for n in range(100):
        pm10 = {50: "900", 60: "", 70: "-1"}.get(n, str(40 + n % 7))
        stamp = f"2026-11-23T{8 + n // 60:02}:{n % 60:02}:00+08:00"
        lines.append(f"A,{stamp},{20 + n % 5},{pm10},,,,,,,,,,87.3,44.0")
    readings, registry = tmp_path / "readings.csv.gz", tmp_path / "registry.yaml"
    readings.write_bytes(gzip.compress("\n".join(lines).encode()))
    registry.write_text("stations: [{code: B}]")
    tally = flags.screen(readings, registry)
    assert (tally.readings, tally.values["pm25"], tally.values["pm10"], tally.values["o3"]) == (
        100,
        100,
        99,
        0,
    )
    assert tally.strangers == {"A"}
    shares = {row[:3]: row[3:] for row in tally.shares()}
    assert shares["spike", "fail", "pm10"] == (1, 1 / 99)
    assert shares["range", "fail", "pm10"] == (1, 1 / 99)
    assert shares["missing", "missing", "pm10"] == (1, 1 / 99)
    assert tally.withheld == 2
    assert tally.flagged_share("pm10") == 2 / 99
    text = "\n".join(flags.lines(tally, shown=1))
    assert "not in the registry: A" in text
    assert "| spike | fail | pm10 | 1 |" in text


def test_a_shifted_clock_stands_out_of_the_rows_around_it() -> None:
    instants = [1000.0 * 60 + 60 * n for n in range(20)]
    instants[10] += 40 * 60
    found = list(flags.arrivals(instants, 900))
    assert found[:10] == instants[:10]
    assert abs(found[10] - (1000.0 * 60 + 600)) <= 120
