"""The network's whole state as bytes, and back: what comes back decides exactly as what was saved.

Stations may come, go and change their neighbours in between: each takes its own rows along by its id, one that
changed from minutes to hours begins anew. Nothing but plain numbers, lists and arrays is written.
"""

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from alerts.network.coarse import CoarseGroup
from alerts.network.fine import FineGroup
from alerts.network.group import NOBODY
from alerts.network.happening import FindingKind
from alerts.network.incidents import Incident, Incidents, Member
from alerts.network.ledger import Event, Ledger
from alerts.network.medians import Floats
from alerts.network.network import Network
from alerts.network.region import Mode
from alerts.network.site import Site
from alerts.network.suspicion import Suspicion
from alerts.network.track import Candidate, Track
from alerts.quality import Screen
from alerts.ruleset import RuleSet

FORMAT = 2
_TRACK = tuple(
    name
    for name in Track.__slots__
    if name not in ("id", "place", "cadence_s", "gates", "candidate", "screen")
)
# Arrays with the axis on which the stations lie.
_GROUP = {"ring": 1, "masked": 1}
_HOURS = {"level": 1, "apart": 1, "raw": 1, "raw_apart": 1, "day": 0, "reference": 0, "rough": 0}
_USUAL = {"base": 0, "log_base": 0, "sigma": 0, "seen": 0, "tail": 0, "habit": 1, "habit_seen": 1}
_COARSE = {"latest": 0, "base": 0}
_UNREST = {"usual": 0, "usual_seen": 0, "squares": 0, "restless": 0}


class BadSnapshot(ValueError):
    """The bytes are no snapshot of this format."""


def save(network: Network) -> bytes:
    """The state now. Costs some milliseconds per thousand stations."""
    return msgspec.msgpack.encode(
        {
            "format": FORMAT,
            "now": network.now,
            "wake_at": network.wake_at,
            "ledger": _ledger(network.ledger),
            "region": [[getattr(mode, name) for name in Mode.__slots__] for mode in network.region.modes],
            "silence": [
                network.silence.listening_since,
                network.silence.whole,
                [[station, at] for station, at in network.silence.heard_since.items()],
                [[station, at] for station, at in network.silence.said_offline.items()],
            ],
            "fine": _part(network.fine),
            "coarse": _part(network.coarse),
        }
    )


def load(
    body: bytes, rule_set: RuleSet, sites: Sequence[Site], own: Mapping[int, RuleSet] = NOBODY
) -> Network:
    """A network of these sites and rules, as `Network` takes them, with the saved state. Raises `BadSnapshot` when
    the bytes cannot be one.
    """
    try:
        saved = msgspec.msgpack.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadSnapshot(str(error)) from error
    if not isinstance(saved, dict) or saved.get("format") != FORMAT:
        raise BadSnapshot("not a snapshot of this format")
    network = Network(rule_set, sites, own)
    try:
        _take(network, saved)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise BadSnapshot(f"not all of a snapshot: {error!r}") from error
    return network


def _take(network: Network, saved: dict[str, Any]) -> None:
    network.now, network.wake_at = saved["now"], saved["wake_at"]
    _take_ledger(network.ledger, saved["ledger"])
    network.region.modes = [Mode(*row) for row in saved["region"]]
    since, network.silence.whole, heard, said = saved["silence"]
    network.silence.heard_since = dict(heard)
    network.silence.listening_since = since
    network.silence.said_offline = dict(said)
    _take_part(network.fine, saved["fine"])
    _take_part(network.coarse, saved["coarse"])
    _end_of_the_gone(network)


def _array(values: Floats | Any) -> list[Any]:
    return [values.dtype.str, list(values.shape), np.ascontiguousarray(values).tobytes()]


def _values(saved: list[Any]) -> Any:
    return np.frombuffer(saved[2], dtype=saved[0]).reshape(saved[1]).copy()


def _arrays(owner: object, axes: dict[str, int]) -> dict[str, Any]:
    return {name: _array(getattr(owner, name)) for name in axes}


def _take_arrays(
    owner: object, axes: dict[str, int], saved: dict[str, Any], rows: list[tuple[int, int]]
) -> None:
    """Copies the rows of the stations that are in both: `rows` is (place then, place now)."""
    then, now = [a for a, _ in rows], [b for _, b in rows]
    for name, axis in axes.items():
        theirs = _values(saved[name])
        mine = getattr(owner, name).astype(theirs.dtype)  # another precision would decide otherwise
        setattr(owner, name, mine)
        if axis:
            mine[:, now] = theirs[:, then]
        else:
            mine[now] = theirs[then]


def _ledger(ledger: Ledger) -> dict[str, Any]:
    return {
        "next_key": ledger.next_key,
        "open": [[getattr(e, name) for name in Event.__slots__] for e in ledger.open.values()],
        "faults": [[station, kind, key] for (station, kind), key in ledger.faults.items()],
        "resting": [[station, kind, key, at] for (station, kind), (key, at) in ledger.resting.items()],
        "came": [[station, kind, ats] for (station, kind), ats in ledger.came.items()],
    }


def _take_ledger(ledger: Ledger, saved: dict[str, Any]) -> None:
    ledger.next_key = saved["next_key"]
    ledger.open = {row[0]: Event(*row) for row in saved["open"]}
    ledger.faults = {(station, kind): key for station, kind, key in saved["faults"]}
    ledger.resting = {(station, kind): (key, at) for station, kind, key, at in saved["resting"]}
    ledger.came = {(station, kind): ats for station, kind, ats in saved["came"]}
    ledger.troubled = dict(Counter(station for station, _ in ledger.faults))


def _track(track: Track) -> dict[str, Any]:
    row = {name: getattr(track, name) for name in _TRACK if name != "recent"}
    row["recent"] = track.recent.tobytes()
    row["candidate"] = (
        None
        if track.candidate is None
        else [track.candidate.began_at, track.candidate.held, track.candidate.waits_since]
    )
    row["gates"] = track.gates
    row["screen"] = track.screen.dump()
    return row


def _take_track(track: Track, saved: dict[str, Any]) -> None:
    for name in _TRACK:
        if name != "recent":
            setattr(track, name, saved[name])
    track.recent = array("d", saved["recent"])
    track.gates = saved["gates"]
    track.screen = Screen.restore(track.screen.rules, track.cadence_s, tuple(saved["screen"]))
    candidate = saved["candidate"]
    track.candidate = (
        None if candidate is None else Candidate(candidate[0], held=candidate[1], waits_since=candidate[2])
    )


def _incidents(incidents: Incidents) -> dict[str, Any]:
    return {
        "open": [
            {
                "key": x.key,
                "began_at": x.began_at,
                "joined_at": x.joined_at,
                "columns": sorted(x.columns),
                "lead": x.lead,
                "members": [[place, m.since, m.peak, m.low] for place, m in x.members.items()],
                "seen": [[place, at] for place, at in x.seen.items()],
                "left_at": x.left_at,
                "regional": x.regional,
                "clear": [[column, level] for column, level in x.clear.items()],
            }
            for x in incidents.open
        ],
        "left_at": [[place, at] for place, at in incidents.left_at.items()],
    }


def _take_incidents(incidents: Incidents, saved: dict[str, Any], place_of: dict[int, int]) -> None:
    for x in saved["open"]:
        members = {place_of[p]: Member(*rest) for p, *rest in x["members"] if p in place_of}
        incidents.open.append(
            Incident(
                x["key"],
                x["began_at"],
                x["joined_at"],
                set(x["columns"]),
                x["lead"],
                members,
                {place_of[p]: at for p, at in x["seen"] if p in place_of},
                x["left_at"],
                x["regional"],
                dict(x["clear"]),
            )
        )
    incidents.left_at = {place_of[p]: at for p, at in saved["left_at"] if p in place_of}


def _part(part: FineGroup | CoarseGroup) -> dict[str, Any]:
    group = part.group
    saved: dict[str, Any] = {
        "stations": [site.id for site in group.sites],
        "step": group.step,
        "step_s": group.step_s,
        "group": _arrays(group, _GROUP),
        "tracks": [_track(track) for track in group.tracks],
        "hours": {"count": part.hours.count, **_arrays(part.hours, _HOURS)},
        "incidents": _incidents(part.incidents),
    }
    if isinstance(part, FineGroup):
        saved["usual"] = _arrays(part.usual, _USUAL)
        return saved
    saved["own"] = _arrays(part, _COARSE)
    saved["unrest"] = _arrays(part.unrest, _UNREST)
    saved["noise"] = _array(part.unrest.noise)
    saved["heard"] = part.unrest.heard
    saved["label"] = part.label
    saved["began_label"] = part.began_label
    saved["judged"] = sorted(part.judged)
    saved["began"] = [[place, _array(base)] for place, base in part.began.items()]
    saved["watched"] = [
        [
            place,
            _array(w.base),
            w.began_at,
            [[j, _array(base)] for j, base in w.around.items()],
            [_array(s) for s in w.statistics],
            w.pretences,
        ]
        for place, w in part.watched.items()
    ]
    return saved


def _take_part(part: FineGroup | CoarseGroup, saved: dict[str, Any]) -> None:
    group = part.group
    now = {site.id: place for place, site in enumerate(group.sites)}
    rows = [(then, now[station]) for then, station in enumerate(saved["stations"]) if station in now]
    place_of = dict(rows)
    # Steps of another length have other numbers: the ring begins anew.
    same_steps = saved.get("step_s", group.step_s) == group.step_s
    if same_steps:
        group.step = saved["step"]
        _take_arrays(group, _GROUP, saved["group"], rows)
    for then, place in rows:
        _take_track(group.tracks[place], saved["tracks"][then])
        if not same_steps:
            group.tracks[place].step = -1
    part.hours.count = saved["hours"]["count"]
    _take_arrays(part.hours, _HOURS, saved["hours"], rows)
    _take_incidents(part.incidents, saved["incidents"], place_of)
    if isinstance(part, FineGroup):
        _take_arrays(part.usual, _USUAL, saved["usual"], rows)
        return
    _take_arrays(part, _COARSE, saved["own"], rows)
    _take_arrays(part.unrest, _UNREST, saved["unrest"], rows)
    part.unrest.noise = _values(saved["noise"])
    part.unrest.heard = saved["heard"]
    part.label = saved["label"]
    part.began_label = saved["began_label"]
    part.judged = {place_of[p] for p in saved["judged"] if p in place_of}
    part.began = {place_of[p]: _values(base) for p, base in saved["began"] if p in place_of}
    part.watched = {
        place_of[p]: Suspicion(
            _values(base),
            began_at,
            {place_of[j]: _values(row) for j, row in around if j in place_of},
            [_values(s) for s in statistics],
            pretences,
        )
        for p, base, began_at, around, statistics, pretences in saved["watched"]
        if p in place_of
    }


def _end_of_the_gone(network: Network) -> None:
    """Ends the instrument events of stations that are watched no more; incidents end with their members."""
    here = {site.id for part in (network.fine, network.coarse) for site in part.group.sites}
    ledger = network.ledger
    for station, kind in list(ledger.faults):
        if station not in here:
            ledger.mend(FindingKind(kind), station, network.now)
    for of, (key, _) in list(ledger.resting.items()):
        if of[0] not in here:
            del ledger.resting[of]
            ledger.end(key, network.now)
