"""Instruments side by side: where two contradict each other, both values are suspect, for nobody knows which is wrong.

They are told, not withheld: a pair that has come apart for good would be blind, and nobody would be told of the
one that is broken. That one is found against all its neighbours (`alerts.network.hours`).
"""

from collections.abc import Mapping, Sequence

from alerts.network.happening import Flagged
from alerts.network.ledger import Ledger
from alerts.network.medians import Neighbours
from alerts.network.site import Site, distance_km
from alerts.network.track import Track
from alerts.quality import Check, Level, TwinRule, agreement
from models.enums import POLLUTANTS

TWIN_KM = 0.02
"""Collocated is within 20 m (EPA/600/R-20/280, of a sensor beside a reference monitor)."""
PM25 = POLLUTANTS.index("pm25")
"""The rule was published for PM2.5 alone."""


def twins(
    sites: Sequence[Site], neighbours: Neighbours, tracks: Sequence[Track]
) -> Mapping[int, tuple[Track, ...]]:
    """By place, the tracks of the stations that stand at the same spot; only those that have one."""
    found = {}
    for place, near in enumerate(neighbours.of):
        if near and distance_km(sites[place], sites[near[0]]) <= TWIN_KM:  # the nearest come first
            found[place] = tuple(tracks[j] for j in near if distance_km(sites[place], sites[j]) <= TWIN_KM)
    return found


def compare(
    ledger: Ledger, track: Track, others: Sequence[Track], at: float, pm25: float, rule: TwinRule
) -> None:
    """Tells of both values where the one beside it, of the same half period, differs too widely."""
    for other in others:
        rows = other.rows()
        if not len(rows):
            continue
        beside = rows[abs(rows[:, 0] - at).argmin()]
        when = float(beside[0])
        if abs(when - at) > max(track.cadence_s, other.cadence_s) / 2:
            continue
        if agreement(pm25, float(beside[1 + PM25]), rule) is Level.SUSPECT:
            for station, instant in ((track.id, at), (other.id, when)):
                ledger.tell(
                    Flagged(station, instant, POLLUTANTS[PM25], int(Level.SUSPECT), Check.TWINS.value)
                )
