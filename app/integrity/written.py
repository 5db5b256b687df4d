"""A sign as evidence to be kept: instants as text, neighbours by code, the rule's figures, and silences over it."""

from collections.abc import Iterable, Sequence
from typing import Any

from alerts.instants import instant
from alerts.integrity.rules import IntegrityRules
from alerts.integrity.sign import Sign
from alerts.network.rules_file import group_body
from alerts.silence import Silence
from app.feed_events import instant as text_of
from app.registry.directory import Directory


def written(
    sign: Sign,
    *,
    neighbours: Iterable[int],
    rules: IntegrityRules,
    silences: Sequence[Silence],
    directory: Directory,
) -> dict[str, Any]:
    """Plain values, ready for JSON."""
    near = (directory.station_by_id(station) for station in neighbours)
    return {
        "values": sign.values,
        "series": _dated(sign.series),
        "days": _dated(sign.days),
        "neighbours": [station.code for station in near if station is not None],
        "rule": {
            "name": f"integrity.{sign.kind.value}",
            "figures": group_body(getattr(rules, sign.kind.value)),
        },
        "silences": [
            {
                "id": silence.id,
                "kind": silence.kind.value,
                "from": text_of(silence.starts_at),
                "until": text_of(silence.ends_at),
            }
            for silence in silences
        ],
    }


def _dated(series: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {
        name: [text_of(instant(at)) for at in row] if name == "at" else row for name, row in series.items()
    }
