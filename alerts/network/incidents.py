"""One event, one incident: stations that see the same plume are its members; the first one is its origin."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from alerts.network.group import Group
from alerts.network.happening import FindingKind, Rescoped, Seen
from alerts.network.medians import Floats, Truths
from alerts.network.rules import JoinRule
from alerts.network.track import NEVER, Track
from models.enums import POLLUTANTS, AlertScope, Severity

HOUR = 3600.0
EDGE_S = 7200.0
"""An episode is told by the hour; its edge may have come as long before."""
WIND_KNOWN_S = 7200.0
"""A wind told longer ago is another one."""


@dataclass(slots=True)
class Member:
    since: float
    peak: float = 0.0
    """Largest excess so far, in units of what is worth a walk."""
    low: int = 0
    """Steps under the clear level, in a row."""


@dataclass(slots=True)
class Incident:
    key: int
    began_at: float
    joined_at: float
    """When the last station joined: others may for some time after."""
    columns: set[int]
    lead: int
    """Column of the pollutant that was furthest up when it was found; the event is known under it."""
    members: dict[int, Member] = field(default_factory=dict)
    """By place in the group, while the station sees it."""
    seen: dict[int, float] = field(default_factory=dict)
    """Every place that has seen it, and since when."""
    left_at: float = NEVER
    """When the last member ceased to be one."""
    regional: bool = False
    """Whether it turned out to be the edge of an episode."""
    clear: dict[int, float] = field(default_factory=dict)
    """Levels by column that are still too high, if a limit carries it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a judgement found at one station."""

    kind: FindingKind
    columns: tuple[int, ...]
    lead: int
    """Column of the pollutant that is furthest up."""
    severity: Severity
    started_at: float
    why: dict[str, Any]


Measure = Callable[[Track, tuple[int, ...]], tuple[float, Sequence[float]]]
"""Present excess of a station over what the event began on, in units of what is worth a walk; and its levels."""


class Incidents:
    """The open incidents of a group; a station is a member of one at most."""

    def __init__(self, group: Group, rule: JoinRule, *, fine: bool) -> None:
        self.group = group
        self.rule = rule
        self.within_s = rule.fine_s if fine else rule.coarse_s
        self.within_km = rule.fine_km if fine else rule.coarse_km
        self.two_sizes = fine
        """Stations of minutes mostly measure particles alone: which size leads says little further away."""
        self.same_km = rule.same_km if fine else 3 * rule.same_km
        self.calm_km = rule.calm_km if fine else 3 * rule.calm_km
        self.slack_s = rule.slack_s if fine else 4 * rule.slack_s
        self.linger_s = rule.linger_s if fine else group.step_s
        self.again_s = rule.again_s if fine else 2 * rule.again_s
        self.patience = rule.clear_steps if fine else 1
        self.relearn_s = 2 * group.step_s if fine else 0.0
        self.open: list[Incident] = []
        self.left_at: dict[int, float] = {}
        """When a station last ceased to be a member."""

    def of(self, place: int) -> Incident | None:
        return next((x for x in self.open if place in x.members), None)

    def near(self, place: int, at: float) -> bool:
        """Whether another station close by has seen something lately."""
        return any(
            at - x.began_at < self.within_s and any(m != place for m in x.members) and self._reaches(x, place)
            for x in self.open
        )

    def _reaches(self, incident: Incident, place: int) -> bool:
        return any(
            m != place and self.group.distance_km(place, m) <= self.within_km for m in incident.members
        )

    def _one_plume(self, incident: Incident, track: Track, at: float) -> bool:
        """Whether one plume may have passed a member and this station: next to each other, or along the wind with
        the time that the way takes. Where no wind is known or none blows, nearness has to do.
        """
        rule, group, place = self.rule, self.group, track.place
        for m, since in incident.seen.items():
            away = group.distance_km(place, m)
            if away > self.within_km:
                continue
            if away <= self.same_km:
                return True
            east, north = self._wind(m, place, at)
            speed = math.hypot(east, north)
            if speed < rule.calm:
                if away <= self.calm_km:
                    return True
                continue
            to_east, to_north = group.offset_km(m, place)
            along = (to_east * east + to_north * north) / speed
            across = abs(to_east * north - to_north * east) / speed
            width = max(rule.spread, rule.meander / speed)
            if across > width * abs(along) + 0.25 * self.same_km:
                continue
            passing = 1000 * along / speed
            # Never before the wind brings it; how long after, its weak copy is noticed when it is.
            if at - since >= passing - self.slack_s and (along > 0 or at - since <= self.slack_s):
                return True
        return False

    def _wind(self, a: int, b: int, at: float) -> tuple[float, float]:
        """Where the air goes around two stations, m/s; nowhere if nobody tells."""
        places = {a, b, *self.group.neighbours.of[a], *self.group.neighbours.of[b]}
        told = [t for t in (self.group.tracks[j] for j in sorted(places)) if at - t.wind_at <= WIND_KNOWN_S]
        if not told:
            return 0.0, 0.0
        n = len(told)
        return sum(t.wind_east for t in told) / n, sum(t.wind_north for t in told) / n

    def found(self, track: Track, at: float, finding: Finding) -> Incident | None:
        """Puts a finding where it belongs: into an open incident, or into one of its own. None: it is the
        aftermath of one just ended.
        """
        place, ledger = track.place, self.group.ledger
        # The one that is furthest up first: under it the event is known.
        columns = sorted(finding.columns, key=lambda j: (j != finding.lead, j))
        names = tuple(POLLUTANTS[j] for j in columns)
        for incident in self.open:
            alike = finding.lead in incident.columns and (self.two_sizes or incident.lead in finding.columns)
            lately = at - incident.joined_at <= self.within_s
            # Its first station has no second one of the same pollutant while it is open.
            if alike and (
                place == next(iter(incident.seen)) or (lately and self._one_plume(incident, track, at))
            ):
                incident.members[place] = Member(at)
                incident.seen.setdefault(place, at)
                incident.joined_at = at
                incident.columns |= set(finding.columns)
                ledger.join(incident.key, track.id, names, at)
                ledger.graver(incident.key, finding.severity, 0.0, at)
                return incident
        if at - self.left_at.get(place, NEVER) <= self.again_s:
            return None
        event = ledger.begin(
            finding.kind,
            AlertScope.LOCAL,
            finding.severity,
            (track.id,),
            names,
            started_at=finding.started_at,
            at=at,
            order=True,
            why=finding.why,
        )
        incident = Incident(
            event.key, at, at, set(finding.columns), finding.lead, {place: Member(at)}, {place: at}
        )
        self.open.append(incident)
        return incident

    def reconsider(
        self,
        at: float,
        episode: int | None,
        since: float,
        above: Floats,
        stays: Callable[[int, float], Truths],
    ) -> None:
        """Tells of events that were the edge of the episode open since `since`: those that began around then or
        later, and whose stations are still as high, but no further above their neighbours than usual. What is clean
        again was a source of its own. `above` (log, stations × particle sizes) and `stays` as `Hours` gives them.
        """
        if episode is None:
            return
        for incident in self.open:
            if incident.regional or incident.lead >= above.shape[1] or incident.began_at < since - EDGE_S:
                continue
            seen = sorted(incident.seen)
            # Two hours more than it has been open: a wait for the neighbours, and the rise, came before that.
            back, least = int((at - incident.began_at) // HOUR) + 2, self.rule.explained_log
            explained = (above[seen, incident.lead] < least) & stays(back, least)[seen, incident.lead]
            if seen and explained.all():
                incident.regional = True
                ledger = self.group.ledger
                ledger.tell(Rescoped(incident.key, AlertScope.REGIONAL, False, at, {"episode": episode}))

    def review(self, at: float, measure: Measure) -> None:
        """One step on: members that are back down leave, and an incident without members is over."""
        rule = self.rule
        for incident in list(self.open):
            most, stayed = 0.0, False
            for place, member in list(incident.members.items()):
                track = self.group.tracks[place]
                level, now = measure(track, tuple(sorted(incident.columns)))
                over = any(now[j] >= limit for j, limit in incident.clear.items())
                member.peak = max(member.peak, level)
                self.group.mask(place)
                overdue = at - member.since >= rule.longest_s
                if (over or level > max(rule.clear_share * member.peak, 0.4)) and not overdue:
                    member.low = 0
                    most = max(most, float(np.nan_to_num(now[incident.lead])))
                    continue
                member.low += 1
                if member.low >= self.patience or overdue:
                    # A level that stays is the station's own a little after `again_s`: until then it is no news.
                    self.left_at[place] = at + self.relearn_s if overdue else at
                    del incident.members[place]
                    stayed |= overdue
            if incident.members and most:
                self.group.ledger.tell(Seen(incident.key, round(most, 2), at))
            if incident.members:
                incident.left_at = at
            elif stayed or at - incident.left_at >= self.linger_s:
                self.group.ledger.end(incident.key, at)
                self.open.remove(incident)
