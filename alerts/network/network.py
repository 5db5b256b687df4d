"""All stations together: readings in order of arrival go in, events come out.

Pure: no I/O and no clock but the readings' own and `advance`. The same samples and instants give the same
events, however they are cut into batches.
"""

from collections.abc import Mapping, Sequence

from alerts.network import instruments
from alerts.network.coarse import CoarseGroup
from alerts.network.fine import FineGroup
from alerts.network.group import COLUMNS, NOBODY
from alerts.network.happening import FindingKind, Happening
from alerts.network.ledger import Ledger
from alerts.network.maintenance import Maintenance
from alerts.network.region import Region
from alerts.network.sample import Sample
from alerts.network.silence import Silence
from alerts.network.site import Site
from alerts.network.track import NEVER, WIDTH, Track
from alerts.network.twins import compare
from alerts.quality import Timing
from alerts.ruleset import RuleSet
from models.enums import MET

K = FindingKind
HUMIDITY = MET.index("humidity")
SPEED, DIRECTION = MET.index("wind_speed"), MET.index("wind_direction")
STORM = 75.0
"""m/s; a cup that turns faster is broken."""
NAN = float("nan")
WAKE_S = 30.0
"""Steps end 90 s after a multiple of 300 s, labels on the hour: both are multiples of this."""
HUMID_S = 6 * 3600.0
"""Damp air is over, or is another event, after so long."""


class Network:
    """The state of detection for one prefecture."""

    def __init__(self, rule_set: RuleSet, sites: Sequence[Site], own: Mapping[int, RuleSet] = NOBODY) -> None:
        """`own` has the rules of stations that do not go by `rule_set`; stations that share them should share the
        object. What holds for the whole network is taken from `rule_set` alone.
        """
        self.rules = rule_set.network
        own = {site.id: own[site.id] for site in sites if site.id in own}
        self.ledger = Ledger(
            rule_set.layers, {station: rules.layers for station, rules in own.items()}, self.rules.fault
        )
        self.fine = FineGroup(rule_set, [site for site in sites if site.fine], self.ledger, own)
        self.coarse = CoarseGroup(rule_set, [site for site in sites if not site.fine], self.ledger, own)
        self.region = Region(self.rules.region)
        self.silence = Silence(
            self.rules.fault, self.ledger, {station: rules.network.fault for station, rules in own.items()}
        )
        self.maintenance = Maintenance()
        self.now = NEVER
        self.wake_at = NEVER
        """Until then the passing of time brings nothing."""
        self._tracks: dict[int, tuple[Track, bool]] = {}
        for group, fine in ((self.fine.group, True), (self.coarse.group, False)):
            for track in group.tracks:
                self._tracks[track.id] = (track, fine)

    def take(self, sample: Sample) -> list[Happening]:
        """What one reading brings; most bring nothing. An unknown station is no error: it is not watched."""
        known = self._tracks.get(sample.station)
        if known is None:
            return []
        if sample.arrived_at > self.now:
            self._advance(sample.arrived_at)
        track, fine = known
        part = self.fine if fine else self.coarse
        group, ledger, at = part.group, self.ledger, sample.observed_at
        track.arrived_at = sample.arrived_at
        if sample.correction:
            # The store keeps it; what was decided on the first claim stands.
            instruments.tell(ledger, track, track.screen.reconsider(at, sample.values))
            return ledger.take()
        screened = track.screen.take(sample.arrived_at, at, sample.values, sample.met, sample.lon, sample.lat)
        fresh = screened.timing is Timing.FRESH
        values = [NAN if v is None else v for v in screened.usable]
        quiet = self.maintenance.columns(track.id, at)
        if quiet:
            instruments.hush(ledger, track, at, values, quiet)
        if screened.flags or not fresh or track.id in ledger.troubled:
            instruments.note(group, track, sample, screened, fine=fine, quiet=quiet)
        if track.id in ledger.troubled:
            self.silence.heard(track, at)
        if screened.timing is Timing.AHEAD:
            return ledger.take()
        if len(quiet) < COLUMNS:
            instruments.stands_still(group, track, sample)
        beside = group.twins.get(track.place)
        if beside is not None:
            compare(ledger, track, beside, at, values[0], group.rules_at[track.place].quality.twins)
        if at <= track.newest:
            if at not in track.recent[::WIDTH]:  # told twice, it is one reading of its step all the same
                group.put(track, at, values)
            return ledger.take()
        group.put(track, at, values)
        track.newest = at
        damp = sample.met[HUMIDITY]
        track.keep(at, values, NAN if damp is None else damp)
        speed, direction = sample.met[SPEED], sample.met[DIRECTION]
        if speed is not None and direction is not None and 0 <= speed <= STORM and 0 <= direction <= 360:
            track.feel(at, speed, direction)
        if fresh:
            part.look(track, at, values)
        elif isinstance(part, FineGroup):
            part.overlook(track, at, values)
        return ledger.take()

    def advance(self, now: float) -> list[Happening]:
        """What the passing of time brings: steps end, silence counts."""
        if now > self.now:
            self._advance(now)
        return self.ledger.take()

    def said(self, station: int, now: float, *, online: bool, retained: bool) -> list[Happening]:
        """A station's own word on whether it is there."""
        known = self._tracks.get(station)
        if known is not None:
            self.silence.said(known[0], now, online=online, retained=retained)
        return self.ledger.take()

    def listening(self, since: Mapping[int, float]) -> None:
        """By station, since when the broker is listened to for it without a break; silence before does not count."""
        self.silence.heard_since = dict(since)

    def finish(self) -> list[Happening]:
        """Decides what still waits for company, at the end of a history."""
        self.coarse.finish()
        return self.ledger.take()

    def _advance(self, now: float) -> None:
        self.now = now
        if not self.ledger.next_key:
            self.ledger.born(now)
        if now < self.wake_at:
            return
        self.wake_at = (now // WAKE_S + 1) * WAKE_S
        if self.fine.group.size and self.fine.advance(now):
            self._hour(self.fine, now)
        if self.coarse.group.size and self.coarse.advance(now):
            self._hour(self.coarse, now)
        self.coarse.wait(now)
        self.silence.judge(self._tracks.values(), now)

    def _hour(self, part: FineGroup | CoarseGroup, now: float) -> None:
        self.ledger.rest(now)
        group = part.group
        at = group.present * group.step_s
        self.region.judge(part.hours, at if isinstance(part, FineGroup) else at - group.step_s)
        part.incidents.reconsider(at, *self.region.episode(), part.hours.above(), part.hours.stays)
        for (station, kind), key in list(self.ledger.faults.items()):
            if kind == K.HUMIDITY.value and at - self.ledger.open[key].detected_at > HUMID_S:
                self.ledger.mend(K.HUMIDITY, station, at)
