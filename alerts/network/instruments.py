"""Faults that show in the readings of one station as they come: what quality control flags becomes an event."""

import math

from alerts.geodesy import distance_m, is_place
from alerts.network.group import Group
from alerts.network.happening import FindingKind, Flagged
from alerts.network.hours import PARTICLES
from alerts.network.ledger import Ledger
from alerts.network.sample import Sample
from alerts.network.track import NEVER, Track
from alerts.quality import Check, Flag, Level, Screened, Timing
from models.enums import POLLUTANTS

COLUMN = {name: j for j, name in enumerate(POLLUTANTS)}
K = FindingKind
MENDED = (K.CLOCK_SHIFT, K.FLAT_LINE, K.IMPLAUSIBLE, K.SPIKE_BURST)


def note(
    group: Group, track: Track, sample: Sample, screened: Screened, *, fine: bool, quiet: frozenset[int]
) -> None:
    """Tells the flags, takes revoked values back, and opens or ends the faults that follow from them.

    What is said of the `quiet` columns follows from the work on them, not from the instrument.
    """
    tell(group.ledger, track, screened)
    for at, pollutant in screened.revoked:
        _take_back(group, track, at, COLUMN[pollutant])
    if len(quiet) == len(POLLUTANTS):
        return
    _clock(group, track, sample, screened.timing)
    if screened.timing is not Timing.FRESH:
        return
    flags = tuple(flag for flag in screened.flags if COLUMN[flag.pollutant] not in quiet)
    _level(group, track, sample, flags, Check.RANGE, Level.FAIL, K.IMPLAUSIBLE)
    _level(group, track, sample, flags, Check.FLAT_LINE, Level.SUSPECT, K.FLAT_LINE)
    _spikes(group, track, sample, flags, fine=fine)


def tell(ledger: Ledger, track: Track, screened: Screened) -> None:
    """Tells the flags and nothing that follows from them."""
    for flag in screened.flags:
        ledger.tell(Flagged(track.id, flag.observed_at, flag.pollutant, int(flag.level), flag.test.value))


def hush(ledger: Ledger, track: Track, at: float, values: list[float], quiet: frozenset[int]) -> None:
    """Flags the values of the `quiet` columns, in which somebody works, and takes them out."""
    for column in sorted(quiet):
        if values[column] == values[column]:
            values[column] = math.nan
            name = POLLUTANTS[column]
            ledger.tell(Flagged(track.id, at, name, int(Level.SUSPECT), Check.MAINTENANCE.value))


def _take_back(group: Group, track: Track, at: float, column: int) -> None:
    rows = track.rows()
    for back in range(1, min(len(rows), 8) + 1):
        row = rows[-back]
        if row[0] == at:
            group.revoke(track, at, float(row[1 + column]), column)
            track.revoke(back - 1, column)
            return


def _clock(group: Group, track: Track, sample: Sample, timing: Timing) -> None:
    if timing is Timing.FRESH:
        group.ledger.mend(K.CLOCK_SHIFT, track.id, sample.arrived_at)
        track.ahead = 0
        return
    # What lies in the future is refused; a clock that is ahead shows by doing so again and again.
    track.ahead = track.ahead + 1 if timing is Timing.AHEAD else 0
    if timing is Timing.SHIFTED or track.ahead >= group.rules_at[track.place].network.fault.clock_readings:
        lag = sample.arrived_at - sample.observed_at
        group.ledger.fault(
            K.CLOCK_SHIFT, track.id, PARTICLES, sample.arrived_at, why={"lag_s": round(lag, 1)}
        )


def _level(
    group: Group,
    track: Track,
    sample: Sample,
    flags: tuple[Flag, ...],
    test: Check,
    least: Level,
    kind: FindingKind,
) -> None:
    """An event for as long as the newest reading carries the flag; negative values are no high ones."""
    names = tuple(
        flag.pollutant
        for flag in flags
        if flag.test is test
        and least <= flag.level < Level.MISSING
        and flag.observed_at == sample.observed_at
        and not (kind is K.IMPLAUSIBLE and (sample.values[COLUMN[flag.pollutant]] or 0) <= 0)
    )
    if names:
        group.ledger.fault(kind, track.id, names, sample.observed_at)
    else:
        group.ledger.mend(kind, track.id, sample.observed_at)


def _spikes(group: Group, track: Track, sample: Sample, flags: tuple[Flag, ...], *, fine: bool) -> None:
    """One value that stood alone is noted; several within hours are a fault of their own."""
    rule, ledger, at = group.rules_at[track.place].network.fault, group.ledger, sample.observed_at
    alone = [flag for flag in flags if flag.test is Check.SPIKE and flag.level is Level.FAIL]
    if not alone:
        rest = rule.burst_s if fine else 0.5 * rule.burst_coarse_s
        if at - (track.spikes or [NEVER])[-1] > rest:
            ledger.mend(K.SPIKE_BURST, track.id, at)
        return
    names = tuple(flag.pollutant for flag in alone)
    began = alone[0].observed_at
    span = rule.burst_s if fine else rule.burst_coarse_s
    track.spikes = [*(x for x in track.spikes if at - x < span), began]
    if len(track.spikes) >= rule.burst:
        ledger.fault(K.SPIKE_BURST, track.id, names, at, started_at=track.spikes[0])
    elif not ledger.has(track.id, K.SPIKE_BURST):
        ledger.fault(K.SPIKE, track.id, names, at, started_at=began)
        ledger.mend(K.SPIKE, track.id, at)


def stands_still(group: Group, track: Track, sample: Sample) -> None:
    """Tells of a station that reports from elsewhere than it stands: twice, since one position may be wrong. A
    position that is none on earth says nothing.
    """
    if sample.lon is None or sample.lat is None or not is_place(sample.lon, sample.lat):
        return
    site = group.sites[track.place]
    if sample.lon == site.lon and sample.lat == site.lat and not track.moved:
        return
    away = distance_m(site.lon, site.lat, sample.lon, sample.lat) / 1000
    if away <= group.rules_at[track.place].network.fault.moved_km:
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
