"""Detectors over history that go by the rules of their day: seasons, responses and overrides as the service has them.

Days are those of Beijing time, by the running instant of the history. Pure.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from alerts.network import snapshot
from alerts.network.happening import Happening
from alerts.network.network import Network
from alerts.network.site import Site
from alerts.overlay import SCHEDULES, base, scheduled
from alerts.rulebook import LevelSpan
from alerts.ruleset import parse_rules
from alerts.ruling import Stand, parsed, ruling
from models.clock import BEIJING
from models.enums import ResponseLevel

Body = Mapping[str, Any]
NEVER, FOREVER = float("-inf"), float("inf")


class Ruled:
    """One network whose rules change when a season or a response begins or ends; what it remembers stays.

    `paths` has every site's grids from the prefecture down, by its code; gaps between `levels` mean no response.
    Raises Invalid for a body that is none.
    """

    def __init__(
        self,
        body: Body,
        sites: Sequence[Site],
        paths: Mapping[str, Sequence[str]],
        *,
        version: int,
        levels: Sequence[LevelSpan] = (),
    ) -> None:
        self._body = body
        self._sites = sites
        self._stands: list[Stand] = [(site.id, site.code, paths.get(site.code, ())) for site in sites]
        self._version = version
        self._levels = levels
        self._layers: list[str] = []
        self.network = Network(parse_rules(base(body), version=version), ())
        """Of no station, until time has begun."""
        self.until = NEVER
        """From this instant on the rules may be others; epoch seconds."""

    def come_to(self, now: float) -> list[Happening]:
        """Takes up the rules of `now`, which lies at or after `until`; gives what the time until then has brought."""
        if self.until == NEVER:
            self._take_up(now, None)
            return []
        told: list[Happening] = []
        while self.until <= now:
            turn = self.until
            on, level, self.until = self._present(turn)
            if [name for name, _ in scheduled(self._body, on=on, response_level=level)] != self._layers:
                told += self.network.advance(turn)
                self._take_up(turn, snapshot.save(self.network))
                told += self.network.ledger.take()
        return told

    def _take_up(self, now: float, state: bytes | None) -> None:
        on, level, self.until = self._present(now)
        found = ruling(self._body, self._stands, version=self._version, on=on, response_level=level)
        self._layers = found["layers"]
        rules, own = parsed(found)
        if state is None:
            self.network = Network(rules, self._sites, own)
        else:
            self.network = snapshot.load(state, rules, self._sites, own)

    def _present(self, now: float) -> tuple[date, ResponseLevel, float]:
        """The day, the response in force, and until when both hold."""
        instant = datetime.fromtimestamp(now, UTC)
        on = instant.astimezone(BEIJING).date()
        if not self._body.get(SCHEDULES):
            return on, ResponseLevel.NONE, FOREVER
        level = ResponseLevel.NONE
        until = datetime.combine(on + timedelta(days=1), time(), BEIJING)
        for span in self._levels:
            if span.since > instant:
                until = min(until, span.since)
            elif span.until is None or instant < span.until:
                level = span.level
                until = until if span.until is None else min(until, span.until)
        return on, level, until.timestamp()
