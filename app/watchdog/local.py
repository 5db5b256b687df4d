"""What a process says of the service to its own listeners, when the engine that would say it is what has stopped."""

import structlog

from app.feed import FeedHub
from app.health import Health
from models.clock import Clock

log = structlog.get_logger()
EVERY = 5.0
_WORDS = {
    "engine": ("watchdog.engine_stopped", "watchdog.engine_back"),
    "database": ("watchdog.database_away", "watchdog.database_back"),
}


class EngineWatch:
    """A dead engine runs no watchdog: each API process looks for itself, and tells its open streams once."""

    def __init__(self, health: Health, feed: FeedHub, clock: Clock) -> None:
        self._health = health
        self._feed = feed
        self._clock = clock
        self._wrong: set[str] = set()

    async def look(self) -> None:
        """Compares with the look before; what began or ended since is said."""
        now = self._clock.now()
        faults = await self._health.check(now)
        for name, (begun, over) in _WORDS.items():
            if (name in faults) == (name in self._wrong):
                continue
            if name not in faults and "database" in faults:
                continue  # nobody knows
            word = begun if name in faults else over
            self._wrong ^= {name}
            self._feed.say(word, {"now": now.isoformat(), "why": faults.get(name)})
            log.warning("watchdog.local", word=word, why=faults.get(name))
