"""Stations that nobody hears: each for itself, or all at once, which is the broker's or the network's silence.

Silence is judged by when readings came, never by what they claim, and only while the service listened: what was not
listened for was not silent.
"""

from collections.abc import Iterable, Mapping

from alerts.network.happening import FindingKind
from alerts.network.ledger import Ledger
from alerts.network.rules import FaultRule
from alerts.network.track import NEVER, Track
from models.enums import POLLUTANTS, AlertScope, Severity

K = FindingKind
ALL = tuple(POLLUTANTS)
NOBODY: Mapping[int, FaultRule] = {}
TOGETHER_S = 1800.0
"""Who falls silent within two of its readings, at most half an hour, falls silent together."""


class Silence:
    """Who has fallen silent, and whether it was everybody."""

    def __init__(self, rule: FaultRule, ledger: Ledger, own: Mapping[int, FaultRule] = NOBODY) -> None:
        self.rule = rule
        self.own = own
        """By station, of those that have others."""
        self.ledger = ledger
        self.listening_since = NEVER
        self.heard_since: dict[int, float] = {}
        """By station: since when it could have been heard, where that is known."""
        self.whole: int | None = None
        """Key of the open event while the whole network is silent."""
        self.said_offline: dict[int, float] = {}
        """Stations that said so themselves, and when."""

    def allowed_s(self, track: Track, *, fine: bool) -> float:
        rule = self.own.get(track.id, self.rule)
        limit = rule.silent_cadences * track.cadence_s
        # Hourly readings come on the hour: at the third that is missing, not a second later.
        return max(rule.silent_s, limit) if fine else limit - 1

    def _patience_s(self, track: Track, now: float, *, fine: bool) -> float:
        """What a station is given beyond its time: nothing, unless it keeps falling silent."""
        if not self.ledger.keeps_coming((track.id, K.OFFLINE.value), now):
            return 0.0
        return (self.own.get(track.id, self.rule).silent_again - 1) * self.allowed_s(track, fine=fine)

    def judge(self, tracks: Iterable[tuple[Track, bool]], now: float) -> None:
        """Looks who is silent now. Stations never heard are not in service yet."""
        silent: list[Track] = []
        quiet: list[Track] = []
        """Those too whose time is nearly up: stations report on their own seconds, and fall silent so."""
        in_service = 0
        for track, fine in tracks:
            if track.newest == NEVER:
                continue
            in_service += 1
            since = max(track.arrived_at, self.listening_since, self.heard_since.get(track.id, NEVER))
            over = now - since - self.allowed_s(track, fine=fine)
            if over > 0 and over > self._patience_s(track, now, fine=fine):
                silent.append(track)
            if over > -min(2 * track.cadence_s, TOGETHER_S):
                quiet.append(track)
        mass = len(quiet) >= max(self.rule.network_least, self.rule.network_share * in_service)
        if self.whole is not None:
            if mass:
                return
            self.ledger.end(self.whole, now)
            self.whole = None
            # Those that are not back yet have their time from here on: they report one after another.
            self.listening_since = now
            return
        fresh = [track for track in silent if not self.ledger.has(track.id, K.OFFLINE)]
        if not fresh:
            return
        others = [track for track in quiet if not self.ledger.has(track.id, K.OFFLINE)]
        if mass and len(others) >= self.rule.network_share * len(quiet):
            event = self.ledger.begin(
                K.NETWORK_SILENCE,
                AlertScope.INSTRUMENT,
                Severity.SERIOUS,
                tuple(track.id for track in quiet),
                (),
                started_at=min(track.arrived_at for track in quiet),
                at=now,
                order=False,
                why={"silent": len(quiet), "of": in_service},
            )
            self.whole = event.key
            return
        for track in fresh:
            self._open(track, now, said=False)

    def heard(self, track: Track, at: float) -> None:
        """A reading came: whatever was said, the station is there."""
        self.said_offline.pop(track.id, None)
        self.ledger.mend(K.OFFLINE, track.id, at)

    def said(self, track: Track, now: float, *, online: bool, retained: bool) -> None:
        """What a station says of itself counts at once. A state that the broker repeats at our subscription is
        old: readings heard lately speak louder.
        """
        if online:
            self.heard(track, now)
            return
        rule = self.own.get(track.id, self.rule)
        lately = max(120.0, rule.silent_cadences * track.cadence_s)
        if retained and now - track.arrived_at <= lately:
            return
        self.said_offline[track.id] = now
        self._open(track, now, said=True)

    def _open(self, track: Track, now: float, *, said: bool) -> None:
        known = track.arrived_at != NEVER
        self.ledger.fault(
            K.OFFLINE,
            track.id,
            ALL,
            now,
            started_at=min(track.arrived_at, now) if known else now,
            why={"said_offline": said, "silent_s": round(now - track.arrived_at, 1) if known else None},
        )
