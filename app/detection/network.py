"""The network detector behind the port: parcels become samples, controls become calls."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.network import snapshot
from alerts.network.happening import Happening
from alerts.network.network import Network
from alerts.network.sample import Sample
from alerts.network.site import Site
from alerts.ruleset import RuleSet
from alerts.ruling import parsed
from app.context import Context
from app.detection.parcel import ROW, Parcel
from app.detection.port import LISTENING, MAINTENANCE, RULES, STATIONS, STATUS, CarryOut, Payload
from app.ingest.shards import shard_of


def sites_of(payload: Payload) -> list[Site]:
    """The stations of a STATIONS control."""
    return [Site(*row) for row in payload["sites"]]


def rules_of(payload: Payload) -> tuple[RuleSet, dict[int, RuleSet]]:
    """The rules of a RULES control as `Network` takes them; the setting for silence is a rule from here on."""
    return parsed(payload, silent_s=float(payload["silent_s"]))


def _network(stations: Payload, rules: Payload, state: bytes | None = None) -> Network:
    everywhere, own = rules_of(rules)
    if state is None:
        return Network(everywhere, sites_of(stations), own)
    return snapshot.load(state, everywhere, sites_of(stations), own)


class Told(NamedTuple):
    """What happened, and the version of the rules that say so: others may be in force when it is carried out."""

    rule_version: int
    happening: Happening


class NetworkDetector:
    """The state of all stations, and what it was told of them and of the rules."""

    def __init__(self, network: Network, stations: Payload, rules: Payload) -> None:
        self._network = network
        self._stations = stations
        self._rules = rules

    @property
    def rule_version(self) -> str:
        return str(self._rules["version"])

    def take(self, parcel: Parcel) -> list[Told]:
        happenings: list[Happening] = []
        take = self._network.take
        columns = [parcel.rows[name].tolist() for name in ROW.names or ()]
        for station, observed, received, values, met, lon, lat, correction in zip(*columns, strict=True):
            happenings += take(
                Sample(
                    station,
                    observed,
                    received,
                    _known(values),
                    _known(met),
                    lon if lon == lon else None,
                    lat if lat == lat else None,
                    bool(correction),
                )
            )
        return self._told(happenings)

    def advance(self, now: float) -> list[Told]:
        return self._told(self._network.advance(now))

    def control(self, kind: str, payload: Payload) -> list[Told]:
        happenings: list[Happening] = []
        if kind == STATUS:
            for station, online, retained in payload["said"]:
                happenings += self._network.said(station, payload["at"], online=online, retained=retained)
        elif kind == LISTENING:
            since = {shard: math.inf if at is None else at for shard, at in payload["since"]}
            shards = payload["shards"]
            self._network.listening(
                {
                    site.id: since.get(shard_of(site.grid, shards), math.inf)
                    for site in sites_of(self._stations)
                }
            )
        elif kind == MAINTENANCE:
            self._network.maintenance.say(payload["windows"])
        elif kind == STATIONS:
            self._stations = payload
            happenings += self._anew()
        elif kind == RULES:
            self._rules = payload
            happenings += self._anew()
        return self._told(happenings)

    def dump(self) -> Iterator[bytes]:
        windows = self._network.maintenance.said
        yield msgspec.msgpack.encode([self._stations, self._rules, snapshot.save(self._network), windows])

    def _told(self, happenings: Sequence[Happening]) -> list[Told]:
        version = int(self._rules["version"])
        return [Told(version, happening) for happening in happenings]

    def _anew(self) -> list[Happening]:
        """The same memory under other stations or rules."""
        windows = self._network.maintenance.said
        self._network = _network(self._stations, self._rules, snapshot.save(self._network))
        self._network.maintenance.say(windows)
        return self._network.ledger.take()


class NetworkFactory:
    """Makes network detectors, new ones and restored ones."""

    format = snapshot.FORMAT
    reads = frozenset({snapshot.FORMAT})

    def fresh(self, stations: Payload, rules: Payload) -> NetworkDetector:
        return NetworkDetector(_network(stations, rules), stations, rules)

    def restore(self, version: int, parts: Iterator[bytes]) -> NetworkDetector:
        # Those written before there was maintenance have no windows.
        stations, rules, body, *windows = msgspec.msgpack.decode(b"".join(parts))
        network = _network(stations, rules, body)
        network.maintenance.say(windows[0] if windows else ())
        return NetworkDetector(network, stations, rules)


def carrying(context: Context) -> CarryOut:
    """Hands what a network detector has decided to the pipeline."""

    async def carry_out(session: AsyncSession, events: Sequence[Told], now: datetime) -> None:
        for version, told in groupby(events, key=lambda event: event.rule_version):
            happenings = [event.happening for event in told]
            await context.pipeline.judged(session, happenings, rule_version=version, now=now)

    return carry_out


def _known(values: Sequence[float]) -> tuple[float | None, ...]:
    return tuple([None if v != v else v for v in values])
