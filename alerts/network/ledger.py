"""Every open event under its key, and what has to be told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alerts.network.happening import Begun, Cleared, FindingKind, Happening, Joined, Opened, Raised
from alerts.network.rules import FaultRule
from models.enums import AlertScope, Severity

KEY_BITS = 20
Layers = tuple[str, ...]
NOBODY: Mapping[int, Layers] = {}
SHIPPED = FaultRule()


@dataclass(slots=True)
class Event:
    key: int
    kind: str
    scope: str
    severity: str
    stations: list[int]
    pollutants: list[str]
    detected_at: float


class Ledger:
    """Numbers events in the order of their opening; the same stream gives the same numbers."""

    def __init__(
        self, layers: Layers = (), own: Mapping[int, Layers] = NOBODY, rule: FaultRule = SHIPPED
    ) -> None:
        self.rule = rule
        self.layers = layers
        """What the rules that hold everywhere have over their base."""
        self.own = own
        """By station, of those whose rules have more."""
        self.next_key = 0
        self.open: dict[int, Event] = {}
        self.faults: dict[tuple[int, str], int] = {}
        """(station id, kind) of an open instrument event → its key."""
        self.resting: dict[tuple[int, str], tuple[int, float]] = {}
        """Open events of faults that keep coming back, while the station is well: their key, and since when."""
        self.came: dict[tuple[int, str], list[float]] = {}
        """When a fault came, the last few times."""
        self.troubled: dict[int, int] = {}
        """How many faults are open at a station, for those that have any."""
        self._told: list[Happening] = []

    def take(self) -> list[Happening]:
        """What happened since the last call."""
        told, self._told = self._told, []
        return told

    def born(self, at: float) -> None:
        """Starts the keys where no other ledger ever was: a million a second of its birth."""
        self.next_key = int(at) << KEY_BITS
        self.tell(Begun(self.next_key, at))

    def tell(self, happening: Happening) -> None:
        self._told.append(happening)

    def begin(
        self,
        kind: FindingKind,
        scope: AlertScope,
        severity: Severity,
        stations: tuple[int, ...],
        pollutants: tuple[str, ...],
        *,
        started_at: float,
        at: float,
        order: bool,
        why: dict[str, Any],
    ) -> Event:
        event = Event(
            self.next_key, kind.value, scope.value, severity.value, list(stations), list(pollutants), at
        )
        self.next_key += 1
        self.open[event.key] = event
        # What several stations show together is judged by what holds for all.
        shared = scope is AlertScope.REGIONAL or kind is FindingKind.NETWORK_SILENCE
        layers = self.layers if shared else self.own.get(stations[0], self.layers)
        self.tell(
            Opened(
                event.key,
                kind,
                scope,
                severity,
                stations[0],
                stations,
                pollutants,
                started_at,
                at,
                order,
                why | {"rules": list(layers)} if layers else why,
            )
        )
        return event

    def join(self, key: int, station: int, pollutants: tuple[str, ...], at: float) -> None:
        event = self.open[key]
        if station not in event.stations:
            event.stations.append(station)
            self.tell(Joined(key, station, pollutants, at))
        event.pollutants += [name for name in pollutants if name not in event.pollutants]

    def graver(self, key: int, severity: Severity, level: float, at: float) -> None:
        """Raises the event; a milder or equal severity changes nothing."""
        event = self.open[key]
        if severity.rank > Severity(event.severity).rank:
            event.severity = severity.value
            self.tell(Raised(key, severity, level, at))

    def end(self, key: int, at: float) -> None:
        if self.open.pop(key, None) is not None:
            self.tell(Cleared(key, at))

    def fault(
        self,
        kind: FindingKind,
        station: int,
        pollutants: tuple[str, ...],
        at: float,
        *,
        started_at: float | None = None,
        why: dict[str, Any] | None = None,
    ) -> bool:
        """Opens an instrument event unless that one is open; true when it was opened.

        A fault that keeps coming back is one item of maintenance, not one a time: its event rests when the station is
        well, and goes on when it is not.
        """
        of = (station, kind.value)
        if of in self.faults:
            return False
        if of in self.resting:
            key = self.resting.pop(of)[0]
            self.faults[of] = key
            event = self.open[key]
            # What it makes worthless is what it concerns this time.
            event.detected_at, event.pollutants = at, list(pollutants)
            self._came(of, at)
            return False
        event = self.begin(
            kind,
            AlertScope.INSTRUMENT,
            Severity.NOTICE,
            (station,),
            pollutants,
            started_at=at if started_at is None else started_at,
            at=at,
            order=False,
            why=why or {},
        )
        self.faults[of] = event.key
        self._came(of, at)
        return True

    def _came(self, of: tuple[int, str], at: float) -> None:
        self.troubled[of[0]] = self.troubled.get(of[0], 0) + 1
        self.came[of] = [*self.came.get(of, []), at][-self.rule.again :]

    def keeps_coming(self, of: tuple[int, str], at: float) -> bool:
        """Whether a fault has come so often lately that the next time is no news."""
        came = self.came.get(of, [])
        return len(came) >= self.rule.again and at - came[0] <= self.rule.again_s

    def rest(self, at: float) -> None:
        """Ends what has rested long enough, and forgets what came long ago; told once an hour."""
        for of, (key, since) in list(self.resting.items()):
            if at - since >= self.rule.well_s:
                del self.resting[of]
                self.end(key, at)
        for of, came in list(self.came.items()):
            if at - came[-1] > self.rule.again_s:
                del self.came[of]

    def has(self, station: int, *kinds: FindingKind) -> bool:
        return station in self.troubled and any((station, kind.value) in self.faults for kind in kinds)

    def mend(self, kind: FindingKind, station: int, at: float) -> None:
        if station not in self.troubled:
            return
        key = self.faults.pop((station, kind.value), None)
        if key is not None:
            self.troubled[station] -= 1
            if not self.troubled[station]:
                del self.troubled[station]
            # Whether a station is online is never in abeyance.
            if kind is not FindingKind.OFFLINE and self.keeps_coming((station, kind.value), at):
                self.resting[(station, kind.value)] = (key, at)
            else:
                self.end(key, at)

    def bad_pollutants(self, station: int, *kinds: FindingKind) -> set[str]:
        """What an open fault of these kinds makes worthless at the station."""
        bad: set[str] = set()
        if station not in self.troubled:
            return bad
        for kind in kinds:
            key = self.faults.get((station, kind.value))
            if key is not None:
                bad.update(self.open[key].pollutants)
        return bad
