"""Faults that show in the readings of one station as they come: clock, place, repeated values, spikes."""

import math
from collections.abc import Sequence

from alerts.network.group import Group
from alerts.network.happening import FindingKind, Flagged
from alerts.network.sample import Sample
from alerts.network.track import NEVER, WIDTH, Track
from models.enums import POLLUTANTS

PARTICLES = tuple(POLLUTANTS[:2])
TOPS = (1000.0, 3000.0, 2620.0, 3840.0, 150.0, 1200.0)
K = FindingKind


def keeps_time(group: Group, track: Track, sample: Sample) -> bool:
    """Whether the reading is of now. What lags by one figure in the station's own rhythm is a shifted clock;
    what comes together is a delivery of the past.
    """
    rule, ledger = group.rules.fault, group.ledger
    lag = sample.arrived_at - sample.observed_at
    pause = sample.arrived_at - track.arrived_at
    track.arrived_at = sample.arrived_at
    cadence = track.cadence_s
    if -rule.ahead_s <= lag <= max(rule.late_s, rule.late_cadences * cadence):
        if track.lagging:
            track.lagging = 0
            ledger.mend(K.CLOCK_SHIFT, track.id, sample.arrived_at)
        return True
    if track.lagging and (abs(lag - track.lag) > 0.5 * cadence + 60 or pause < 0.3 * cadence):
        track.lagging = 0
    track.lag = lag
    track.lagging += 1
    if track.lagging >= rule.clock_readings:
        ledger.fault(K.CLOCK_SHIFT, track.id, PARTICLES, sample.arrived_at, why={"lag_s": round(lag, 1)})
    return False


def stands_still(group: Group, track: Track, sample: Sample) -> None:
    """Tells of a station that reports from elsewhere than it stands: twice, since one position may be wrong."""
    if sample.lon is None or sample.lat is None:
        return
    site = group.sites[track.place]
    east = (sample.lon - site.lon) * 111.32 * math.cos(math.radians(site.lat))
    north = (sample.lat - site.lat) * 110.57
    away = math.hypot(east, north)
    if away <= group.rules.fault.moved_km:
        if track.moved:
            track.moved = 0
            group.ledger.mend(K.MOVED, track.id, sample.observed_at)
        return
    track.moved += 1
    if track.moved == 2:
        group.ledger.fault(
            K.MOVED,
            track.id,
            PARTICLES,
            sample.observed_at,
            why={"lon": sample.lon, "lat": sample.lat, "away_km": round(away, 3)},
        )


def in_range(group: Group, track: Track, sample: Sample) -> list[float]:
    """The values that an instrument can have measured; NaN in place of the others and of what is missing."""
    usable: list[float] = []
    beyond: list[str] = []
    for j, value in enumerate(sample.values):
        if value is None:
            usable.append(math.nan)
        elif 0.0 <= value <= TOPS[j]:
            usable.append(value)
        else:
            usable.append(math.nan)
            if not value < 0:
                beyond.append(POLLUTANTS[j])
            group.ledger.tell(Flagged(track.id, sample.observed_at, POLLUTANTS[j], 4, "gross_range"))
    if beyond:
        group.ledger.fault(K.IMPLAUSIBLE, track.id, tuple(beyond), sample.observed_at)
    elif group.ledger.has(track.id, K.IMPLAUSIBLE):
        group.ledger.mend(K.IMPLAUSIBLE, track.id, sample.observed_at)
    return usable


def varies(group: Group, track: Track, at: float, values: Sequence[float], *, fine: bool) -> None:
    """Tells of values that repeat for longer than they ever did; coarse scales repeat often and are known to."""
    rule, ledger = group.rules.fault, group.ledger
    longest: list[int] = []
    for j in range(len(values)):
        value = values[j]
        if value != value:
            continue
        if value != track.same[j]:
            track.same[j] = value
            if track.runs[j] > 1 or track.usual_runs[j]:
                fade = 0.9995 if fine else 0.997
                track.usual_runs[j] = max(track.usual_runs[j] * fade, min(track.runs[j], 60 if fine else 6))
            track.runs[j] = 1
            continue
        track.runs[j] += 1
        if fine:
            least = max(rule.flat_s / track.cadence_s, rule.flat_least, 1.5 * track.usual_runs[j])
        else:
            least = max(rule.flat_coarse, 1.6 * track.usual_runs[j])
        if track.runs[j] >= least and value > (0.3 if j < 2 else 3 * group.rules.fine.offsets[j]):
            longest.append(j)
    if (0 in longest and 1 in longest) or any(j > 1 for j in longest):
        ledger.fault(
            K.FLAT_LINE,
            track.id,
            tuple(POLLUTANTS[j] for j in longest),
            at,
            why={"repeats": [track.runs[j] for j in longest]},
        )
    elif not longest and ledger.has(track.id, K.FLAT_LINE):
        ledger.mend(K.FLAT_LINE, track.id, at)


def spikes(group: Group, track: Track, day: Sequence[float], *, fine: bool, fresh: bool) -> None:
    """Finds a value that stood alone, now that the next one is there, and takes it back.

    `day`: log level of the station's last day per pollutant.
    """
    recent = track.recent
    if len(recent) < 4 * WIDTH:
        return
    d, a, b, c = (
        recent[len(recent) - k * WIDTH : len(recent) - (k - 1) * WIDTH or None] for k in (4, 3, 2, 1)
    )
    at, rule, offsets = c[0], group.rules.fault, group.rules.fine.offsets
    if at - a[0] > 6 * track.cadence_s:
        return
    alone: list[int] = []
    for j in range(len(offsets)):
        value = b[1 + j]
        around = max(a[1 + j], c[1 + j])
        if not value + offsets[j] > rule.spike * (around + offsets[j]):  # also with NaN
            continue
        if d[1 + j] + offsets[j] > (value + offsets[j]) / rule.spike:
            continue
        if fine and not (math.isnan(day[j]) or value + offsets[j] > rule.spike_day * math.exp(day[j])):
            continue
        alone.append(j)
    ledger = group.ledger
    if not alone:
        rest = rule.burst_s if fine else 0.5 * rule.burst_coarse_s
        if ledger.has(track.id, K.SPIKE_BURST) and at - (track.spikes or [NEVER])[-1] > rest:
            ledger.mend(K.SPIKE_BURST, track.id, at)
        return
    for j in alone:
        group.revoke(track, b[0], b[1 + j], j)
        track.revoke(1, j)
        ledger.tell(Flagged(track.id, b[0], POLLUTANTS[j], 4, "spike"))
    span = rule.burst_s if fine else rule.burst_coarse_s
    track.spikes = [x for x in track.spikes if at - x < span] + [b[0]]
    if not fresh:
        return
    names = tuple(POLLUTANTS[j] for j in alone)
    if len(track.spikes) >= rule.burst:
        ledger.fault(K.SPIKE_BURST, track.id, names, at, started_at=track.spikes[0])
    elif not ledger.has(track.id, K.SPIKE_BURST) and ledger.fault(
        K.SPIKE, track.id, names, at, started_at=b[0], why={"value": [round(b[1 + j], 1) for j in alone]}
    ):
        ledger.mend(K.SPIKE, track.id, at)
