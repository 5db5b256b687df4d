"""What quality control says of a history: the share of values flagged, by test, level and pollutant."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import yaml

from alerts.quality import DEFAULT_QUALITY_RULES, Check, Flag, Level, QualityRules, Screen
from models.enums import MET, POLLUTANTS

AROUND = 2
"""Rows on either side whose instants tell when a row arrived: the file has the order of arrival only."""


@dataclass(frozen=True, slots=True)
class Row:
    station: str
    observed_at: float
    values: tuple[float | None, ...]
    met: tuple[float | None, ...]
    place: tuple[float | None, float | None]


@dataclass
class Tally:
    """What became of the values; a value counts once, with its worst verdict."""

    readings: int = 0
    values: Counter[str] = field(default_factory=Counter)
    """Delivered, by pollutant."""
    verdicts: dict[tuple[str, float, str], Flag] = field(default_factory=dict)
    withheld: int = 0
    strangers: set[str] = field(default_factory=set)
    """Stations of the readings that the registry does not know; they are screened all the same."""

    def shares(self) -> Iterator[tuple[str, str, str, int, float]]:
        """Test, level, pollutant, how many, share of that pollutant's delivered values; worst verdicts only."""
        counts: Counter[tuple[Check, Level, str]] = Counter(
            (flag.test, flag.level, flag.pollutant) for flag in self.verdicts.values()
        )
        for (test, level, pollutant), count in sorted(counts.items()):
            yield test.value, level.name.lower(), pollutant, count, count / max(1, self.values[pollutant])

    def flagged_share(self, pollutant: str) -> float:
        """Suspect or failed among the delivered values of a pollutant."""
        bad = sum(
            flag.pollutant == pollutant and flag.level in (Level.SUSPECT, Level.FAIL)
            for flag in self.verdicts.values()
        )
        return bad / max(1, self.values[pollutant])


def _number(text: str | None) -> float | None:
    return float(text) if text else None


def rows(readings: Path) -> Iterator[Row]:
    """The rows of a back-test CSV in the order of arrival. Raises KeyError or ValueError for what is none."""
    opener = gzip.open if readings.suffix == ".gz" else open
    with opener(readings, "rt", encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            yield Row(
                line["station"],
                dt.datetime.fromisoformat(line["observed_at"]).timestamp(),
                tuple(_number(line.get(name)) for name in POLLUTANTS),
                tuple(_number(line.get(name)) for name in MET),
                (_number(line.get("lon")), _number(line.get("lat"))),
            )


def arrivals(instants: list[float], late_s: float) -> Iterator[float]:
    """When each row arrived: its own instant, unless the rows around it say otherwise."""
    for i, instant in enumerate(instants):
        around = statistics.median_low(instants[max(0, i - AROUND) : i + AROUND + 1])
        yield instant if abs(instant - around) <= late_s else around


def cadences(history: Iterable[Row]) -> dict[str, float]:
    """The median spacing of each station, at least a second; a lone reading counts as hourly."""
    found: dict[str, list[float]] = defaultdict(list)
    for row in history:
        found[row.station].append(row.observed_at)
    spacing: dict[str, float] = {}
    for station, instants in found.items():
        steps = [b - a for a, b in pairwise(instants)]
        spacing[station] = max(1.0, statistics.median(steps)) if steps else 3600.0
    return spacing


def screen(readings: Path, registry: Path, rules: QualityRules = DEFAULT_QUALITY_RULES) -> Tally:
    """Runs quality control over a history. Raises OSError where a file is absent."""
    known = {entry["code"] for entry in yaml.safe_load(registry.read_text(encoding="utf-8"))["stations"]}
    history = list(rows(readings))
    spacing = cadences(history)
    screens = {station: Screen(rules, cadence) for station, cadence in spacing.items()}
    tally = Tally(strangers=set(spacing) - known)
    late_s = max(900.0, 1.5 * statistics.median(spacing.values())) if spacing else 900.0
    for row, arrived in zip(history, arrivals([row.observed_at for row in history], late_s), strict=True):
        screened = screens[row.station].take(arrived, row.observed_at, row.values, row.met, *row.place)
        tally.readings += 1
        delivered = [name for name, value in zip(POLLUTANTS, row.values, strict=True) if value is not None]
        tally.values.update(delivered)
        tally.withheld += len(delivered) - sum(value is not None for value in screened.usable)
        tally.withheld += len(screened.revoked)
        for flag in screened.flags:
            key = (row.station, flag.observed_at, flag.pollutant)
            if key not in tally.verdicts or tally.verdicts[key].level < flag.level:
                tally.verdicts[key] = flag
    return tally


def lines(tally: Tally, shown: int = 0) -> Iterator[str]:
    """The tally as a table of Markdown, then up to `shown` flagged values of each test, evenly spread."""
    total = sum(tally.values.values())
    yield f"{tally.readings} readings, {total} values, {tally.withheld} withheld ({tally.withheld / max(1, total):.2%})"
    if tally.strangers:
        yield f"not in the registry: {', '.join(sorted(tally.strangers))}"
    yield "| test | level | pollutant | values | share |"
    yield "|---|---|---|---:|---:|"
    for test, level, pollutant, count, share in tally.shares():
        yield f"| {test} | {level} | {pollutant} | {count} | {share:.3%} |"
    for pollutant in POLLUTANTS:
        if tally.values[pollutant]:
            yield f"| suspect or failed | | {pollutant} | | {tally.flagged_share(pollutant):.2%} |"
    by_test: dict[Check, list[tuple[str, Flag]]] = defaultdict(list)
    for (station, _, _), flag in tally.verdicts.items():
        by_test[flag.test].append((station, flag))
    for test, found in by_test.items() if shown else ():
        for station, flag in found[:: max(1, len(found) // shown)][:shown]:
            at = dt.datetime.fromtimestamp(flag.observed_at, dt.UTC).isoformat()
            yield f"{test.value} {flag.level.name.lower()} {station} {flag.pollutant} {at}"
