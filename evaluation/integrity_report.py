"""Measures the rules of interference on recorded networks and writes the tables of docs/integrity.md."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import structlog

from alerts.integrity.rules import IntegrityRules
from alerts.ruleset import DEFAULT_RULES
from app.backtest.port import WouldBeAlert
from app.backtest.readings import read_rows
from app.backtest.run import run_file
from app.backtest.sites import read_registry
from evaluation import real, tables
from evaluation.integrity import cases, table, untouched
from evaluation.tampering import TAMPERING, tampered
from models.enums import AlertKind, SignKind

log = structlog.get_logger()
SETS = {
    "aberdeen": (dt.date(2018, 9, 1), dt.date(2019, 5, 31)),
    "beijing": (dt.date(2013, 3, 1), dt.date(2015, 2, 28)),
}


def write(document: Path, data: Path, cache: Path) -> None:
    """Writes the tables into the document, which must have their markers. Raises OSError without the material."""
    counted: list[list[str]] = []
    power: dict[str, dict[str, tuple[int, int]]] = {}
    rules = IntegrityRules()
    for name, (first, last) in SETS.items():
        folder = cache / f"{name}-{first}-{last}"
        if not (folder / "readings.csv.gz").exists():
            real.convert(name, first, last, data, folder)
        registry = read_registry(folder / "registry.yaml")
        numbers = {station.code: n for n, station in enumerate(registry.stations)}
        outcome = run_file(folder / "readings.csv.gz", registry, DEFAULT_RULES)
        found = table(read_rows(folder / "readings.csv.gz", numbers), outcome.sites)
        seen = untouched(found, _too_low([alert for _, alert in outcome.alerts], numbers), rules)
        days = int(
            (~np.isnan(found.told[: found.days * 24, :, 0].reshape(-1, 24, len(numbers)))).any(axis=1).sum()
        )
        kinds = Counter(one.sign.kind for one in seen)
        count = cases(seen)
        counted.append(
            [
                name, f"{first} to {last}", str(len(numbers)), str(days),
                *(str(kinds[kind]) for kind in SignKind), str(count), f"{365 * count / days:.2f}",
            ]
        )  # fmt: skip
        power[name] = tampered(found, rules)
        for one in seen:
            began = dt.datetime.fromtimestamp(one.sign.began_at, dt.UTC)
            log.info("integrity.seen", set=name, station=one.station, kind=one.sign.kind.value, began=f"{began:%F %H}",
                     values=one.sign.values)  # fmt: skip
    header = [
        "set",
        "days",
        "stations",
        "station-days",
        *(kind.value for kind in SignKind),
        "cases",
        "cases a station-year",
    ]
    _put(document, "integrity untouched", header, counted, left=2)
    rows = [
        [name, kind.value, *(_share(power[known][name]) for known in SETS)]
        for name, (kind, _) in TAMPERING.items()
    ]
    _put(document, "integrity tampered", ["done", "sign", *SETS], rows, left=2)


def _put(
    document: Path, name: str, header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int
) -> None:
    text = document.read_text(encoding="utf-8")
    document.write_text(tables.put(text, name, tables.table(header, rows, left=left)), encoding="utf-8")
    log.info("report.written", table=name, document=str(document))


def _share(found: tuple[int, int]) -> str:
    hits, of = found
    return f"{hits} of {of} ({hits / of:.0%})".replace("%", " %") if of else "–"


def _too_low(
    alerts: Iterable[WouldBeAlert], numbers: Mapping[str, int]
) -> dict[int, list[tuple[float, float]]]:
    spans: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for alert in alerts:
        if alert.kind is AlertKind.ATTENUATED:
            ended = np.inf if alert.cleared_at is None else alert.cleared_at.timestamp()
            spans[numbers[alert.stations[0]]].append((alert.started_at.timestamp(), ended))
    return spans
