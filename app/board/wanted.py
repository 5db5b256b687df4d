"""What a listener or a board asks for, as sets: pure, asked once for each event and listener."""

from dataclasses import dataclass

import msgspec

from app.auth.scope import Scope


@dataclass(frozen=True, slots=True)
class Traits:
    """What filters look at in an event."""

    kind: str
    grid_id: int | None
    clocks: frozenset[str] = frozenset()
    """The kinds of the clocks it concerns."""
    level: int = 0
    """The highest rung that it tells of."""


class _Clock(msgspec.Struct):
    clock: str
    level: int = 0


class _Data(msgspec.Struct):
    clock: str | None = None
    # A heavy-pollution response has a level too, in words.
    level: int | str | None = None
    clocks: list[_Clock] = []


_decode = msgspec.json.Decoder(_Data).decode


def traits_of(kind: str, grid_id: int | None, data: str) -> Traits:
    """Read once for all listeners; events that have to do with no clock are not even parsed."""
    if '"clock' not in data:
        return Traits(kind, grid_id)
    try:
        found = _decode(data)
    except msgspec.MsgspecError:
        # Names of an older or another kind of event that mean something else.
        return Traits(kind, grid_id)
    clocks = {c.clock for c in found.clocks} | ({found.clock} if found.clock else set())
    own = found.level if isinstance(found.level, int) else 0
    return Traits(kind, grid_id, frozenset(clocks), max([own, *(c.level for c in found.clocks)]))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Every filter that is given must hold; what has not what a filter asks for does not pass it."""

    scope: Scope
    only_sla: bool = False
    grids: frozenset[int] | None = None
    clocks: frozenset[str] | None = None
    level: int = 0
    kinds: frozenset[str] | None = None

    def wants(self, event: Traits) -> bool:
        """Whether the event is the caller's to see, and asked for."""
        if not self.scope.sees(event.grid_id):
            return False
        if self.only_sla and not event.kind.startswith("sla."):
            return False
        if self.kinds is not None and event.kind not in self.kinds:
            return False
        if self.grids is not None and event.grid_id not in self.grids:
            return False
        if self.clocks is not None and self.clocks.isdisjoint(event.clocks):
            return False
        return event.level >= self.level

    @property
    def grid_ids(self) -> frozenset[int] | None:
        """The grids that are left of scope and filter; None for everything."""
        if self.grids is None:
            return self.scope.grid_ids
        return self.grids if self.scope.grid_ids is None else self.grids & self.scope.grid_ids
