"""Loads what the rules need, lets them decide, applies the decisions and returns the facts. Never commits.

A rolled-back transaction takes the ground from under what is remembered: the edge calls `Detection.forget`
then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from alerts import repository
from alerts.dedup import Due, Open, OpenAlert, opened
from alerts.effects import Effect, carry_out, opened_fact
from alerts.repository import Heard, NewAlert
from alerts.rules import offline
from alerts.rules.finding import Finding
from alerts.ruleset import DEFAULT_RULES, RuleSet, parse_rules
from alerts.watch import Change, StationWatch
from alerts.window import window_length
from models.enums import AlertKind, AlertScope
from models.errors import NotFound
from models.facts import AlertCleared, Fact, Reading, StationInfo
from models.ids import StationId


@dataclass(frozen=True, slots=True)
class Observation:
    """One newly stored reading, or the new version of one when `correction`."""

    station: StationInfo
    reading: Reading
    received_at: datetime
    correction: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """What a station's status topic or last will says; `retained` when the broker only repeats it."""

    station: StationInfo
    online: bool
    retained: bool = False


class Detection:
    """The pollution rules of this process, with the windows of every station seen so far.

    `max_order_age`: an alert found by a reading that was older than this when it came in is due no order.
    """

    def __init__(self, *, max_order_age: timedelta) -> None:
        self._max_order_age = max_order_age
        self._watches: dict[int, StationWatch] = {}
        self._undue: dict[StationId, list[OpenAlert]] = {}
        """Open alerts that only late data speaks for."""
        self._rules: RuleSet | None = None

    async def reload(self, session: AsyncSession) -> None:
        """Takes the rules in force; windows are loaded again if these are others than before."""
        self._adopt(await active_rules(session))

    def forget(self, station_ids: Iterable[int]) -> None:
        """After a rollback: the state of these stations is loaded again when they are next seen."""
        for station_id in station_ids:
            self._watches.pop(station_id, None)
            self._undue.pop(StationId(station_id), None)

    def forget_all(self) -> None:
        self._watches.clear()
        self._undue.clear()

    async def observe(
        self, session: AsyncSession, observations: Sequence[Observation], *, now: datetime
    ) -> list[Fact]:
        """The facts that these readings bring. The readings have to be stored already, in the same
        transaction.

        First that stations are heard again, then pollution in the order of the readings. Pollution is judged
        in event time alone; `now` only says when rows were written. If it raises, it has forgotten the
        stations. Raises NotFound while no rule set is active.
        """
        if not observations:
            return []
        try:
            rules = self._rules or self._adopt(await active_rules(session))
            await self._load(session, observations, rules)
            facts = await _heard(session, observations)
            effects = self._judge(observations)
            if effects:
                facts += await carry_out(
                    session, effects, rule_version=rules.version, now=now, drop=self._drop
                )
            return facts
        except BaseException:
            self.forget({observation.station.id for observation in observations})
            raise

    def _adopt(self, rules: RuleSet) -> RuleSet:
        if self._rules is not None and self._rules != rules:
            self.forget_all()
        self._rules = rules
        return rules

    def _drop(self, station: StationInfo, alert: OpenAlert) -> None:
        if station.id in self._watches:
            self._watches[station.id].drop(alert)

    async def _load(self, session: AsyncSession, observations: Sequence[Observation], rules: RuleSet) -> None:
        """Windows and open alerts of the stations seen for the first time: two queries, whatever their
        number.
        """
        loaded: dict[int, StationWatch] = {}
        lengths: dict[int, float] = {}
        for observation in observations:
            station = observation.station
            if station.id not in self._watches and station.id not in loaded:
                loaded[station.id] = StationWatch(rules, station.cadence_s)
                lengths[station.id] = window_length(station.cadence_s)
        if not loaded:
            return
        unseen = [
            (int(item.station.id), item.reading.observed_at)
            for item in observations
            if item.station.id in loaded and not item.correction
        ]
        for station_id, observed_at, *values in await repository.recent_readings(session, lengths, unseen):
            loaded[station_id].remember(observed_at, tuple(values))
        for station_id, alerts in (await repository.open_pollution_alerts(session, lengths)).items():
            for alert in alerts:
                loaded[station_id].adopt(alert)
                if not alert.order_due:
                    self._undue.setdefault(StationId(station_id), []).append(alert)
        self._watches.update(loaded)

    def _judge(self, observations: Sequence[Observation]) -> list[Effect]:
        effects: list[Effect] = []
        watches = self._watches
        for item in observations:
            reading = item.reading
            watch = watches[item.station.id]
            if item.correction:
                watch.correct(reading.observed_at, reading.values)
                continue
            changes = watch.observe(reading.observed_at, reading.values)
            if changes or item.station.id in self._undue:
                order = item.received_at - reading.observed_at <= self._max_order_age
                effects += self._with_orders(item.station, changes, order=order, at=reading.observed_at)
        return effects

    def _with_orders(
        self, station: StationInfo, changes: list[Change], *, order: bool, at: datetime
    ) -> list[Effect]:
        """The changes of a reading, and what becomes due an order because a fresh reading carries it on."""
        effects = []
        for change in changes:
            if isinstance(change.decision, Open):
                change.alert.order_due = order
                if not order:
                    self._undue.setdefault(station.id, []).append(change.alert)
            effects.append(Effect(station, change, order))
        if order and station.id in self._undue:
            for alert in self._undue.pop(station.id):
                if alert.cleared_at is None and alert.last_at >= at:
                    alert.order_due = True
                    effects.append(Effect(station, Change(alert, Due(), at), order))
        return effects


async def _heard(session: AsyncSession, observations: Sequence[Observation]) -> list[Fact]:
    """Ends what is open about the silence of the stations that these readings came from."""
    heard: dict[int, datetime] = {}
    stations: dict[int, StationInfo] = {}
    for item in observations:
        heard.setdefault(item.station.id, item.received_at)
        stations[item.station.id] = item.station
    return await _back(session, stations, heard)


async def _back(
    session: AsyncSession, stations: dict[int, StationInfo], heard: dict[int, datetime]
) -> list[Fact]:
    cleared = await repository.clear_offline(session, heard)
    if not cleared:
        return []
    await repository.forget_said(session, cleared)
    return [
        AlertCleared(alert_id, AlertKind.OFFLINE, stations[station_id], None, at)
        for station_id, (alert_id, at) in sorted(cleared.items())
    ]


async def sweep_offline(
    session: AsyncSession,
    stations: Sequence[StationInfo],
    *,
    now: datetime,
    offline_after: timedelta,
    listening_since: datetime,
) -> list[Fact]:
    """One pass over the stations in service: opens an alert for each that fell silent, ends those heard
    since. Silence counts from `listening_since` at the earliest: while nobody listened, nobody was silent.
    """
    if not stations:
        return []
    rules = await active_rules(session)
    known = {int(station.id): station for station in stations}
    heard: dict[int, datetime] = {}
    silent: list[tuple[StationInfo, Finding]] = []
    for station_id, state in (await repository.silence(session, known)).items():
        if state.alert_id is not None:
            if offline.is_over(state.last_received_at, state.alert_detected_at):
                heard[station_id] = state.last_received_at or now
            continue
        since = replace(state, last_received_at=_later(state.last_received_at, listening_since))
        finding = _silent(rules, known[station_id], since, now=now, offline_after=offline_after)
        if finding is not None:
            silent.append((known[station_id], finding))
    facts = await _back(session, known, heard) if heard else []
    return facts + await _open_offline(session, silent, rules, now)


async def status_said(session: AsyncSession, status: Status, *, now: datetime) -> list[Fact]:
    """What a station says of itself takes effect at once; saying it again changes nothing."""
    station = status.station
    if status.online:
        await repository.said_online(session, station.id, now)
        return await _back(session, {station.id: station}, {station.id: now})
    rules = await active_rules(session)
    if status.retained:
        # An old state, repeated by the broker at our subscription: the station may be long back without having
        # said so. Readings heard lately speak louder.
        heard = (await repository.silence(session, [station.id])).get(station.id)
        lately = offline.allowed_silence(rules, station.cadence_s, timedelta(minutes=2))
        if (
            heard is not None
            and heard.last_received_at is not None
            and now - heard.last_received_at <= lately
        ):
            return []
    await repository.said_offline(session, station.id, now)
    state = (await repository.silence(session, [station.id])).get(station.id)
    if state is None or state.alert_id is not None:
        return []
    finding = _silent(rules, station, state, now=now, offline_after=timedelta.max)
    return await _open_offline(session, [] if finding is None else [(station, finding)], rules, now)


def _later(heard: datetime | None, listening_since: datetime) -> datetime | None:
    return None if heard is None else max(heard, listening_since)


def _silent(
    rules: RuleSet, station: StationInfo, state: Heard, *, now: datetime, offline_after: timedelta
) -> Finding | None:
    return offline.detect(
        rules,
        cadence_s=station.cadence_s,
        last_received_at=state.last_received_at,
        said_offline_at=state.said_offline_at,
        now=now,
        offline_after=offline_after,
    )


async def _open_offline(
    session: AsyncSession, silent: list[tuple[StationInfo, Finding]], rules: RuleSet, now: datetime
) -> list[Fact]:
    """Opens an alert for the instrument; it concerns nobody's emission, so no order is due."""
    if not silent:
        return []
    scope = AlertScope.INSTRUMENT
    new = [NewAlert(station, scope, opened(finding)) for station, finding in silent]
    ids = await repository.insert_alerts(session, new, rule_version=rules.version, now=now)
    facts: list[Fact] = []
    for station, finding in silent:
        alert_id = ids.get((station.id, finding.kind.value, None, finding.detected_at))
        if alert_id is not None:  # otherwise another process was first and has told it
            facts.append(opened_fact(alert_id, station, Open(finding), scope, order=False))
    return facts


async def active_rules(session: AsyncSession) -> RuleSet:
    """The rules in force; raises NotFound while there are none, Invalid if the stored ones cannot be."""
    found = await repository.active_rule_set(session)
    if found is None:
        raise NotFound("no rule set is active")
    version, body = found
    return parse_rules(body, version=version)


async def ensure_default_rules(session: AsyncSession, *, now: datetime) -> None:
    """Makes version 1 the active rules of a database that has none; two processes at once leave one."""
    await repository.insert_first_rule_set(session, DEFAULT_RULES, now=now)
