"""Measures detection and writes the tables of docs/detection.md: open scenes, scenes of our own draws, real records.

Every figure comes from `app.backtest.run.run_file`, which is what `geshao backtest` runs, with the shipped rules.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import structlog

from alerts.ruleset import DEFAULT_RULES
from app.backtest.port import WouldBeAlert
from app.backtest.readings import read_rows
from app.backtest.run import run_file
from app.backtest.shown import lines
from app.backtest.sites import read_registry
from evaluation import real, scene, tables

log = structlog.get_logger()
PARTS = ("open", "own", "real")
OPEN = ("network", "hourly")
DAY_S = 86_400


class Draw(NamedTuple):
    """A scene of our own: the same seed and month give the same scene."""

    kind: str
    month: dt.date
    seed: int

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.month:%Y-%m}-{self.seed}"


OWN = {
    "network": [
        Draw("network", dt.date(2019, 1, 1), 31),
        Draw("network", dt.date(2019, 3, 1), 32),
        Draw("network", dt.date(2019, 4, 1), 33),
        Draw("network", dt.date(2019, 5, 1), 34),
    ],
    "hourly": [
        Draw("hourly", dt.date(2013, 5, 1), 31),
        Draw("hourly", dt.date(2013, 11, 1), 32),
        Draw("hourly", dt.date(2014, 3, 1), 33),
        Draw("hourly", dt.date(2014, 8, 1), 34),
    ],
}
"""Drawn anew after the methods were settled: no figure was chosen by any of these scenes."""
REAL = {
    "aberdeen": (dt.date(2019, 3, 1), dt.date(2019, 5, 31)),
    "beijing": (dt.date(2013, 3, 1), dt.date(2015, 2, 28)),
    "toco": (dt.date(2019, 8, 1), dt.date(2019, 8, 15)),
}


def write(document: Path, data: Path, cache: Path, *, scenes: int, only: tuple[str, ...]) -> None:
    """Writes the tables of the chosen parts into the document, which must have their markers.

    `scenes` of our own draws of each kind are run. What is made on the way lies under `cache`. Raises OSError
    where the material is absent.
    """
    for part in only:
        for name, content in _MADE[part](data, cache, scenes):
            text = document.read_text(encoding="utf-8")
            document.write_text(tables.put(text, name, content), encoding="utf-8")
            log.info("report.written", table=name, document=str(document))


Tables = Iterator[tuple[str, list[str]]]


def _open(data: Path, cache: Path, _scenes: int) -> Tables:
    readme = (data / "detection" / "README.md").read_text(encoding="utf-8")
    scorer = _Scorer(data)
    scores = {}
    for name in OPEN:
        folder = data / "detection" / "open" / name
        scores[f"open/{name}"] = scorer.score(folder, cache / f"open-{name}.jsonl")
        yield f"headline {name}", tables.beside(scores[f"open/{name}"], *tables.baselines(readme, name))
    yield "parts", tables.parts(scores)


def _own(data: Path, cache: Path, scenes: int) -> Tables:
    scorer = _Scorer(data)
    scores = {}
    for draws in OWN.values():
        for draw in draws[:scenes]:
            folder = cache / draw.name
            if not (folder / "truth.jsonl").exists():
                scene.write(scene.make(draw.kind, draw.month, draw.seed, data), folder)
            scores[draw.name] = scorer.score(folder, folder / "alerts.jsonl")
    yield "own draws", tables.robustness(scores)


def _real(data: Path, cache: Path, _scenes: int) -> Tables:
    found = []
    for name, (first, last) in REAL.items():
        folder = cache / f"{name}-{first}-{last}"
        if not (folder / "readings.csv.gz").exists():
            real.convert(name, first, last, data, folder)
        alerts = judged(folder, folder / "alerts.jsonl")
        registry = read_registry(folder / "registry.yaml")
        numbers = {station.code: n for n, station in enumerate(registry.stations)}
        days, readings = set(), 0
        for row in read_rows(folder / "readings.csv.gz", numbers):
            readings += 1
            days.add((row.station, row.observed_at // DAY_S))
        span = f"{first} to {last}"
        found.append(tables.Record(name, span, len(numbers), len(days), readings, alerts))
    yield "real records", tables.records(found)


_MADE = {"open": _open, "own": _own, "real": _real}


def judged(folder: Path, out: Path) -> list[WouldBeAlert]:
    """The alerts of the folder's registry.yaml and readings.csv.gz; written to `out` as well."""
    outcome = run_file(folder / "readings.csv.gz", read_registry(folder / "registry.yaml"), DEFAULT_RULES)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("".join(lines(outcome.alerts)), encoding="utf-8")
    log.info("report.judged", folder=folder.name, alerts=len(outcome.alerts))
    return [alert for _, alert in outcome.alerts]


class _Scorer:
    """The scoring script that lies beside the data, as it is."""

    def __init__(self, data: Path) -> None:
        path = data.parent / "tools" / "score_detection.py"
        spec = importlib.util.spec_from_file_location("score_detection", path)
        if spec is None or spec.loader is None or not path.exists():
            raise FileNotFoundError(f"{path} is not there")
        self._module: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self._module)

    def score(self, folder: Path, out: Path) -> Mapping[str, Any]:
        judged(folder, out)
        meta, events = self._module.load_truth(folder / "truth.jsonl")
        result: Mapping[str, Any] = self._module.score(meta, events, self._module.load_alerts(out))
        log.info("report.scored", scene=folder.name, headline=result["headline"])
        return result
