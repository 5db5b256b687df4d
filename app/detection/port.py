"""What the worker asks of a detector, and of whoever makes one. A detector is pure, in memory, and deterministic.

The same parcels, times and controls in the same order must lead to the same events and the same state, also when
some of it was dumped and restored in between: after a crash the worker restores a checkpoint and plays the stored
stream again up to where events were carried out.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from app.detection.parcel import Parcel

Event = Any
"""What the detector has decided; nobody but `carry_out` looks into it."""
Payload = dict[str, Any]
"""JSON of a control."""

TIME = "time"
"""Control: time has passed, `{"now": epoch seconds}`; comes as `advance`."""
STATUS = "status"
"""Control: what stations say of themselves, `{"at": epoch, "said": [[station id, online, retained], …]}`."""
STATIONS = "stations"
"""Control: the registry was changed; the payload is the whole of it."""
RULES = "rules"
"""Control: other rules are in force; the payload is the whole of them (`alerts.ruling`)."""
MAINTENANCE = "maintenance"
"""Control: where somebody works, `{"windows": [[station id, [column, …], since, until], …]}`; all there is."""
LISTENING = "listening"
"""Control: since when the broker is listened to without a break, `{"since": [[shard, epoch | null], …]}`."""


class Detector(Protocol):
    """State of all stations. An exception from any method makes the worker throw the object away."""

    @property
    def rule_version(self) -> str:
        """Of the rules it judges by, 64 characters at most."""
        ...

    def take(self, parcel: Parcel) -> list[Event]:
        """New and corrected readings in order of arrival."""
        ...

    def advance(self, now: float) -> list[Event]:
        """Time has come to `now`, epoch seconds; may step back by the difference of two machines' clocks."""
        ...

    def control(self, kind: str, payload: Payload) -> list[Event]:
        """Anything else it has to know; unknown kinds change nothing."""
        ...

    def dump(self) -> Iterator[bytes]:
        """Its whole state in pieces of any size; not used for anything else meanwhile."""
        ...


class Factory(Protocol):
    """Makes detectors."""

    @property
    def format(self) -> int:
        """Of the bytes that `dump` gives now."""
        ...

    @property
    def reads(self) -> frozenset[int]:
        """Formats that `restore` understands."""
        ...

    def fresh(self, stations: Payload, rules: Payload) -> Detector:
        """One that has seen nothing; the arguments are payloads of the controls of the same names."""
        ...

    def restore(self, version: int, parts: Iterator[bytes]) -> Detector:
        """The detector that was dumped in that format. Parts are cut anew, in order; called in a thread of its own."""
        ...


CarryOut = Callable[[AsyncSession, Sequence[Event], datetime], Awaitable[None]]
"""Does in the caller's transaction what the events ask for; `now` is the instant of acting."""
Situation = Callable[[AsyncSession], Awaitable[Mapping[str, Payload]]]
"""The present payloads of STATIONS and RULES, and of what else the detector is to hear when it changes."""
