"""Tables of docs/detection.md: Markdown made of scores and alerts, put between the markers of the document."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.backtest.port import WouldBeAlert
from models.clock import BEIJING

Score = Mapping[str, Any]
Cells = Sequence[object]
OURS = "**Geshao**"
DAILY_LIMIT = {"pm25": 60.0, "pm10": 120.0, "so2": 150.0, "no2": 80.0, "co": 4.0, "o3": 160.0}
"""Grade 2 of GB 3095-2026 until 2030, 24 h (O3: 8 h); orders of different pollutants are ranked by it."""
PARTS = {
    "f1": "F1 of orders",
    "recall_weighted": "recall, weighted",
    "precision": "precision",
    "precision_raw": "precision without budget",
    "one_order": "S one order per event",
    "speed": "D speed",
    "no_wrongful": "W no wrongful dispatch",
    "faults": "Q faults recognised",
    "fault_recall": "recall of faults",
    "fault_precision": "precision of faults",
    "regional": "R regional episodes",
}


@dataclass(frozen=True)
class Record:
    """A real set that was run: what it holds and what came of it."""

    name: str
    span: str
    stations: int
    station_days: int
    readings: int
    alerts: Sequence[WouldBeAlert]


def table(header: Cells, rows: Iterable[Cells], *, left: int = 1) -> list[str]:
    """Markdown; the first `left` columns are text."""
    aligned = ["---"] * left + ["---:"] * (len(header) - left)
    return [f"| {' | '.join(map(_cell, cells))} |" for cells in (header, aligned, *rows)]


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:g}" if isinstance(value, float) else str(value)


def put(document: str, name: str, lines: Sequence[str]) -> str:
    """The document with the lines between its markers of that name. Raises ValueError when it has none."""
    begin, end = f"<!-- {name}: made by `make detection` -->", f"<!-- {name}: end -->"
    if document.count(begin) != 1 or document.count(end) != 1:
        raise ValueError(f"the document has not one pair of markers {begin} … {end}")
    head, rest = document.split(begin)
    tail = rest.split(end)[1]
    return "\n".join([head + begin, "", *lines, "", end]) + tail


def baselines(readme: str, scene: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the README's table of that scene. Raises ValueError when it is not there."""
    found = re.search(rf"^### `open/{scene}`\n(.*?)(?=^#|\Z)", readme, re.MULTILINE | re.DOTALL)
    lines = [line for line in found[1].splitlines() if line.startswith("|")] if found else []
    if len(lines) < 3:
        raise ValueError(f"the README has no table of open/{scene}")
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return cells[0], cells[2:]


def beside(score: Score, header: list[str], rows: list[list[str]]) -> list[str]:
    """Our row above those of the baselines."""
    parts = score["parts"]
    ours = [
        OURS, "as shipped", f"**{score['headline']}**", f"{parts['f1']:.2f}", f"{score['pollution_recall']:.2f}",
        f"{parts['precision']:.2f}", score["median_delay_min"], score["orders_per_pollution_event"],
        f"{score['wrongful_dispatch_share']:.2f}", score["orders_per_regional_episode"],
        score["unmatched_orders_per_station_day"], f"{parts['faults']:.2f}", f"{parts['regional']:.2f}",
    ]  # fmt: skip
    return table(header, [ours, *rows], left=2)


def parts(scores: Mapping[str, Score]) -> list[str]:
    """Every part of the headline, and what became of the events by difficulty and kind."""
    names = list(scores)
    told = table(
        ["part", *names],
        [[label, *(scores[name]["parts"][part] for name in names)] for part, label in PARTS.items()],
    )
    for name in names:
        rows = [
            [
                row["event_class"], row["difficulty"], row["events"], row["recall"], row["median_delay_min"],
                row["orders_per_event"],
            ]
            for row in scores[name]["table"]
        ]  # fmt: skip
        told += ["", f"`{name}` by difficulty", ""]
        told += table(
            ["class", "difficulty", "events", "recognised", "delay min", "orders per event"], rows, left=2
        )
        kinds = [
            [kind, one["events"], one["recognised"], one["orders"]]
            for kind, one in scores[name]["by_kind"].items()
        ]
        told += ["", f"`{name}` by kind", ""]
        told += table(["kind", "events", "recognised", "orders"], kinds)
    return told


def robustness(scores: Mapping[str, Score]) -> list[str]:
    """One row a scene of our own draw, and the mean and the worst of each kind."""
    header = [
        "scene", "headline", "F1", "recall", "precision", "delay min", "orders per event",
        "faults with an order", "orders per episode", "Q", "R",
    ]  # fmt: skip
    rows: list[list[object]] = []
    for name, score in scores.items():
        own = score["parts"]
        rows.append(
            [
                f"`{name}`", score["headline"], own["f1"], score["pollution_recall"], own["precision"],
                score["median_delay_min"], score["orders_per_pollution_event"],
                score["wrongful_dispatch_share"], score["orders_per_regional_episode"], own["faults"],
                own["regional"],
            ]
        )  # fmt: skip
    told = table(header, rows)
    for kind in dict.fromkeys(name.split("-")[0] for name in scores):
        headlines = [score["headline"] for name, score in scores.items() if name.startswith(kind)]
        mean = sum(headlines) / len(headlines)
        told += ["", f"{kind}: mean {mean:.1f}, worst {min(headlines):.1f}, best {max(headlines):.1f}."]
    return told


# ------------------------------------------------------------------ untouched records


def records(found: Sequence[Record]) -> list[str]:
    """Orders per station-day, alerts by kind, and the ten strongest orders of each set."""
    rows = []
    for record in found:
        days = max(1, record.station_days)
        scopes = Counter(alert.scope.value for alert in record.alerts)
        orders = sum(alert.order for alert in record.alerts)
        rows.append(
            [
                record.name, record.span, record.stations, record.station_days, record.readings, orders,
                f"{orders / days:.3f}", scopes["regional"], f"{scopes['instrument'] / days:.3f}",
            ]
        )  # fmt: skip
    header = [
        "set", "days", "stations", "station-days", "readings", "orders", "orders per station-day",
        "regional notices", "instrument alerts per station-day",
    ]  # fmt: skip
    told = table(header, rows, left=2)
    kinds = sorted({(alert.scope.value, alert.kind.value) for record in found for alert in record.alerts})
    counts = [Counter((alert.scope.value, alert.kind.value) for alert in record.alerts) for record in found]
    told += ["", "Alerts by kind", ""]
    told += table(
        ["scope", "kind", *(record.name for record in found)],
        [[*kind, *(count[kind] for count in counts)] for kind in kinds],
        left=2,
    )
    for record in found:
        told += ["", f"The strongest orders of `{record.name}`", "", *strongest(record.alerts)]
    return told


def strength(alert: WouldBeAlert) -> float:
    """The largest excess (the level, where there is none) of the alert's pollutants in daily limits."""
    said = alert.why.get("excess") or alert.why.get("level") or {}
    found = [said[name] / DAILY_LIMIT[name] for name in alert.pollutants if said.get(name) is not None]
    return max(found, default=0.0)


def strongest(alerts: Iterable[WouldBeAlert], most: int = 10) -> list[str]:
    """The orders to look at one by one, with what they stood on."""
    orders = sorted(
        (alert for alert in alerts if alert.order), key=lambda one: (-strength(one), one.detected_at)
    )
    if not orders:
        return ["None."]
    rows = [
        [
            f"{alert.detected_at.astimezone(BEIJING):%Y-%m-%d %H:%M}", alert.stations[0], alert.kind.value,
            ", ".join(alert.pollutants), _values(alert, "level"), _values(alert, "base"),
            _values(alert, "excess"), _shared(alert), alert.why.get("neighbours"), _duration(alert),
            len(alert.stations), f"{strength(alert):.1f}",
        ]
        for alert in orders[:most]
    ]  # fmt: skip
    header = [
        "detected (+08:00)", "station", "kind", "pollutants", "level", "base", "excess", "neighbours' rise",
        "neighbours", "lasted", "stations", "daily limits",
    ]  # fmt: skip
    return table(header, rows, left=4)


def _values(alert: WouldBeAlert, name: str) -> str | None:
    said = alert.why.get(name) or {}
    return " / ".join(f"{said[one]:g}" for one in alert.pollutants if said.get(one) is not None) or None


def _shared(alert: WouldBeAlert) -> str | None:
    said = alert.why.get("shared_rise_log") or {}
    found = [said[one] for one in alert.pollutants if said.get(one) is not None]
    return " / ".join(f"×{math.exp(one):.2f}" for one in found) or None


def _duration(alert: WouldBeAlert) -> str | None:
    if alert.cleared_at is None:
        return None
    return f"{(alert.cleared_at - alert.started_at) / timedelta(hours=1):.1f} h"
