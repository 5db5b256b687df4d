"""One station under all rules: takes its readings one by one and tells what each of them means.

Pure: no I/O, no clock. What it decides depends only on the readings of its window and on what is open, so a
watch loaded from the database after a restart goes on exactly where the lost one was.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.dedup import Clear, Decision, Due, Ignore, Open, OpenAlert, Raise, Refresh, apply, decide, opened
from alerts.quality import TOPS, screened
from alerts.rules import exceedance, rise
from alerts.rules.rise import CAUTION, NO_PROMISE, OpenRise, Quiet
from alerts.ruleset import ExceedanceRule, RuleSet
from alerts.window import Series, window_length
from models.enums import POLLUTANTS, AlertKind

TRIM_EVERY = 128
"""Readings between two cuts of the windows: a cut costs as much as some readings."""
WRITE_EVERY = timedelta(minutes=5)
"""Of event time: `last_at` and `peak` of an open alert need not be written at every reading."""
NEVER = float("-inf")
STALE_CADENCES = 2.5
"""At cadences of hours, two steps without a value are not yet an end."""


@dataclass(frozen=True, slots=True)
class Change:
    """A decision that changes something, on the alert it concerns."""

    alert: OpenAlert
    decision: Open | Raise | Refresh | Due | Clear
    at: datetime


class _Gate:
    """An exceedance rule for one pollutant, and until when it has to be asked."""

    __slots__ = ("kind", "level", "reach", "rule", "until")

    def __init__(self, kind: AlertKind, rule: ExceedanceRule, pollutant: str) -> None:
        self.kind = kind
        self.rule = rule
        self.level = exceedance.lowest(rule, pollutant) * CAUTION
        self.reach = exceedance.longest(rule)
        self.until = NEVER


class _Channel(Series):
    """A pollutant's window with its gates and what is open for it.

    No mean reaches a limit that no value in it reaches. So a rule is asked only until its reach after the
    last value that passed its lowest limit, or while its alert is open; and a rise also not while `quiet`
    promises that none is near although the level as such is high. `lowest` is the level of the lowest gate,
    `until` the time of the last.
    """

    __slots__ = ("gates", "lowest", "open", "pollutant", "quiet", "rise_level", "rise_until", "until")

    def __init__(self, pollutant: str, rules: RuleSet) -> None:
        super().__init__()
        self.pollutant = pollutant
        self.open: dict[AlertKind, OpenAlert] = {}
        self.gates = tuple(_Gate(kind, rule, pollutant) for kind, rule in rules.exceedances())
        limits = rules.sudden_rise.limits.get(pollutant)
        self.rise_level = float("inf") if limits is None else limits.level * CAUTION
        self.rise_until = NEVER
        self.quiet: Quiet = NO_PROMISE
        self.lowest = min(gate.level for gate in self.gates)
        self.until = NEVER


class StationWatch:
    """The windows and open pollution alerts of one station under one rule set.

    Readings come in order of arrival. Only one that is newer than all before can raise anything; late ones
    take their place in the windows, doubled instants change nothing, corrections replace values.
    `gated=False` asks every rule at every reading and must come to the same decisions.
    """

    def __init__(self, rules: RuleSet, cadence_s: float, *, gated: bool = True) -> None:
        self.rules = rules
        self.cadence_s = float(cadence_s)
        self.newest = NEVER
        self._length = window_length(cadence_s)
        self._channels = tuple(_Channel(pollutant, rules) for pollutant in POLLUTANTS)
        self._paired = tuple(zip(self._channels, TOPS, strict=True))
        self._gated = gated
        self._since_trim = 0
        self._rise_reach = exceedance.span(rules.sudden_rise.short_s, rules.sudden_rise.max_cadence_s)
        self._stale_after = max(rules.stale_after_s, STALE_CADENCES * self.cadence_s)

    def open_alerts(self) -> list[OpenAlert]:
        return [alert for channel in self._channels for alert in channel.open.values()]

    def adopt(self, alert: OpenAlert) -> None:
        """Takes an alert that is open already, at loading."""
        for channel in self._channels:
            if channel.pollutant == alert.pollutant:
                channel.open[alert.kind] = alert

    def drop(self, alert: OpenAlert) -> None:
        """Lets go of an alert that turned out to be closed elsewhere."""
        for channel in self._channels:
            if channel.open.get(alert.kind) is alert:
                del channel.open[alert.kind]

    def remember(self, observed_at: datetime, values: tuple[float | None, ...]) -> None:
        """Puts a reading into the windows without asking any rule: at loading, and for late ones."""
        at = observed_at.timestamp()
        self.newest = max(self.newest, at)
        if at <= self.newest - self._length:
            return
        for channel, value in zip(self._channels, screened(values), strict=True):
            if value is not None and channel.put(at, value):
                self._wake(channel, at, value)

    def correct(self, observed_at: datetime, values: tuple[float | None, ...]) -> None:
        """Replaces what is known of an instant; never opens or clears anything by itself."""
        at = observed_at.timestamp()
        self.newest = max(self.newest, at)
        if at <= self.newest - self._length:
            return
        for channel, value in zip(self._channels, screened(values), strict=True):
            channel.replace(at, value)
            self._wake(channel, at, 0.0 if value is None else value)

    def observe(self, observed_at: datetime, values: tuple[float | None, ...]) -> list[Change]:
        """The changes that this reading brings, in the order of pollutants; most bring none."""
        at = observed_at.timestamp()
        if at <= self.newest:
            if at < self.newest:
                self.remember(observed_at, values)
            return []
        self.newest = at
        self._since_trim += 1
        if self._since_trim >= TRIM_EVERY:
            self._trim()
        changes: list[Change] = []
        for (channel, top), value in zip(self._paired, values, strict=True):
            if value is None or not 0.0 <= value <= top:
                if channel.open:
                    self._missed(channel, observed_at, at, changes)
                continue
            channel.times.append(at)
            channel.values.append(value)
            if value >= channel.rise_level:
                channel.rise_until = at + self._rise_reach
            if value >= channel.lowest:
                _pass(channel, at, value)
            if at < channel.until or channel.open or not self._gated:
                self._judge(channel, observed_at, changes)
            elif at < channel.rise_until:
                quiet = channel.quiet
                if at > quiet.until or value >= quiet.below:
                    cadence = channel.cadence(self.cadence_s)
                    self._judge_rise(channel, observed_at, at, cadence, changes)
        return changes

    def _wake(self, channel: _Channel, at: float, value: float) -> None:
        """What a value that did not come in order means to the gates."""
        channel.quiet = NO_PROMISE
        if value >= channel.rise_level:
            channel.rise_until = max(channel.rise_until, at + self._rise_reach)
        _pass(channel, at, value)

    def _trim(self) -> None:
        self._since_trim = 0
        for channel in self._channels:
            channel.trim(self.newest - self._length)

    def _judge(self, channel: _Channel, observed_at: datetime, changes: list[Change]) -> None:
        """Asks the rules about the newest reading of a channel."""
        at = channel.times[-1]
        cadence = channel.cadence(self.cadence_s)
        if channel.open and (len(channel.times) < 2 or at - channel.times[-2] > self._stale_after):
            self._missed(channel, observed_at, at, changes, before=True)
        for gate in channel.gates:
            current = channel.open.get(gate.kind)
            if current is not None:
                now = exceedance.assess(channel, gate.rule, channel.pollutant, cadence, current.severity)
                self._take(channel, gate.kind, observed_at, decide(current, None, now), changes)
            elif at < gate.until or not self._gated:
                finding = exceedance.detect(
                    channel, gate.kind, self.rules, gate.rule, channel.pollutant, cadence
                )
                self._take(channel, gate.kind, observed_at, decide(None, finding), changes)
        self._judge_rise(channel, observed_at, at, cadence, changes)

    def _judge_rise(
        self, channel: _Channel, observed_at: datetime, at: float, cadence: float, changes: list[Change]
    ) -> None:
        rules, pollutant, kind = self.rules, channel.pollutant, AlertKind.SUDDEN_RISE
        current = channel.open.get(kind)
        if current is not None:
            why = current.why
            then = OpenRise(
                opened_at=current.detected_at.timestamp(),
                baseline=float(why["baseline"]),
                step=float(why["step"]),
                severity=current.severity,
            )
            now = rise.assess(channel, rules, pollutant, cadence, then)
            self._take(channel, kind, observed_at, decide(current, None, now), changes)
            return
        if self._gated:
            if at >= channel.rise_until:
                return
            quiet = channel.quiet
            if at <= quiet.until and channel.values[-1] < quiet.below:
                return
            channel.quiet = rise.promise(channel, rules, pollutant, cadence)
            if channel.quiet is not NO_PROMISE:
                return
        finding = rise.detect(channel, rules, pollutant, cadence)
        self._take(channel, kind, observed_at, decide(None, finding), changes)

    def _missed(
        self,
        channel: _Channel,
        observed_at: datetime,
        at: float,
        changes: list[Change],
        *,
        before: bool = False,
    ) -> None:
        """Ends what has had no sound value for too long; `before` looks past the value that has just come."""
        times = channel.times[-2:-1] if before else channel.times[-1:]
        if times and at - times[0] <= self._stale_after:
            return
        for kind in list(channel.open):
            self._take(channel, kind, observed_at, Clear(), changes)

    def _take(
        self,
        channel: _Channel,
        kind: AlertKind,
        observed_at: datetime,
        decision: Decision,
        changes: list[Change],
    ) -> None:
        if isinstance(decision, Ignore):
            return
        if isinstance(decision, Open):
            alert = channel.open[kind] = opened(decision.finding)
        else:
            alert = channel.open[kind]
            apply(alert, decision, observed_at)
            if isinstance(decision, Clear):
                del channel.open[kind]
            elif isinstance(decision, Refresh) and not _worth_writing(alert):
                return
        changes.append(Change(alert, decision, observed_at))


def _pass(channel: _Channel, at: float, value: float) -> None:
    for gate in channel.gates:
        if value >= gate.level:
            gate.until = max(gate.until, at + gate.reach)
            channel.until = max(channel.until, gate.until)


def _worth_writing(alert: OpenAlert) -> bool:
    return alert.written_at is not None and alert.last_at - alert.written_at >= WRITE_EVERY
