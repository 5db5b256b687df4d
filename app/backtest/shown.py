"""A back-test's result as files and people have it: JSON lines, and a summary in Chinese with English beside it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from unicodedata import east_asian_width

from app.backtest.port import WouldBeAlert
from dispatch.routing import KIND_NAMES
from models.clock import BEIJING
from models.enums import AlertKind, AlertScope

SCOPE = {AlertScope.LOCAL: "本地", AlertScope.REGIONAL: "区域", AlertScope.INSTRUMENT: "仪器"}
RIGHT = frozenset({"orders", "alerts", "a day"})
Cells = Sequence[str]


def lines(alerts: Iterable[tuple[str, WouldBeAlert]]) -> Iterator[str]:
    """The contract's alert lines, each ended; instants are RFC 3339 at +08:00."""
    for id_, alert in alerts:
        document = {
            "id": id_,
            "grid": alert.grid,
            "stations": list(alert.stations),
            "pollutants": list(alert.pollutants),
            "kind": alert.kind.value,
            "scope": alert.scope.value,
            "started_at": alert.started_at.astimezone(BEIJING).isoformat(),
            "detected_at": alert.detected_at.astimezone(BEIJING).isoformat(),
            "cleared_at": None
            if alert.cleared_at is None
            else alert.cleared_at.astimezone(BEIJING).isoformat(),
            "order": alert.order,
            "why": dict(alert.why),
        }
        yield json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n"


def summary_lines(
    summary: Mapping[str, Any], *, stations: Mapping[str, str], grids: Mapping[str, str]
) -> Iterator[str]:
    """What `app.backtest.summary.summary` gives, as text; the mappings have the names of the codes."""
    yield f"工单 Orders: {summary['orders']} ({summary['orders_per_day']:.2f} 每日 a day)"
    yield f"报警 Alerts: {summary['alerts']}"
    yield from _table(
        "每日工单 Orders per day",
        ("日期 day", "工单 orders"),
        [(day["day"], str(day["orders"])) for day in summary["by_day"]],
    )
    yield from _table(
        "各网格工单 Orders per grid",
        ("网格 grid", "名称 name", "工单 orders", "每日 a day"),
        [
            (one["grid"], grids.get(one["grid"], ""), str(one["orders"]), f"{one['orders_per_day']:.2f}")
            for one in summary["by_grid"]
        ],
    )
    yield from _table(
        "报警类型 Alerts by kind and scope",
        ("类型 kind", "", "范围 scope", "", "报警 alerts"),
        [
            (
                KIND_NAMES[AlertKind(one["kind"])],
                one["kind"],
                SCOPE[AlertScope(one["scope"])],
                one["scope"],
                str(one["alerts"]),
            )
            for one in summary["by_kind_and_scope"]
        ],
    )
    yield from _table(
        "报警最多的站点 Stations that cause most",
        ("站点 station", "名称 name", "工单 orders", "报警 alerts"),
        [
            (one["station"], stations.get(one["station"], ""), str(one["orders"]), str(one["alerts"]))
            for one in summary["stations"]
        ],
    )


def _table(title: str, header: Cells, rows: Sequence[Cells]) -> Iterator[str]:
    yield ""
    yield title
    if not rows:
        yield "  无 none"
        return
    widths = [max(_width(row[n]) for row in (header, *rows)) for n in range(len(header))]
    right = [any(header[n].endswith(word) for word in RIGHT) for n in range(len(header))]
    for row in (header, *rows):
        cells = [
            _padded(cell, width, right=side) for cell, width, side in zip(row, widths, right, strict=True)
        ]
        yield ("  " + "  ".join(cells)).rstrip()


def _padded(text: str, width: int, *, right: bool) -> str:
    blank = " " * (width - _width(text))
    return blank + text if right else text + blank


def _width(text: str) -> int:
    """Columns of a terminal: Chinese signs take two."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
