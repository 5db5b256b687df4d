"""What a summary is drafted from: plain values, and their hash."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

# Events that come of reading or summing up, and say nothing of what was done.
ASIDE = frozenset({"order.packed", "summary.signed"})
_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True)
class Earlier:
    """Another order at the same station, within RECENT before this one."""

    number: str
    dispatched_at: str
    state: str
    cause_code: str | None
    false_alarm: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """Documents as the API gives them; instants are RFC 3339 text."""

    order: dict[str, Any]
    """With clocks, feedback, reports, reviews and evidence."""
    events: Sequence[dict[str, Any]]
    alerts: Sequence[dict[str, Any]]
    earlier: Sequence[Earlier]

    def digest(self) -> bytes:
        """SHA-256: the same facts have the same, however often they are read."""
        return hashlib.sha256(_encode(asdict(self))).digest()
