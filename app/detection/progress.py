"""How far detection is, for readiness and metrics of the process that does it."""

from datetime import datetime, timedelta

from app.metrics import Metrics
from models.clock import Clock

STALLED = timedelta(seconds=60)
"""Rows wait, and for so long none was consumed."""


class Progress:
    """Written by the worker, asked by others; empty while another process works."""

    def __init__(self, metrics: Metrics, clock: Clock) -> None:
        self.in_charge = False
        self._lag = 0
        self._waiting_since: datetime | None = None
        """When the oldest unconsumed row was written."""
        self._moved_at: datetime | None = None
        self._saved_at: datetime | None = None
        metrics.watch_detection(self, clock)

    @property
    def lag(self) -> int:
        """Rows written and not consumed."""
        return self._lag

    def took_over(self, now: datetime) -> None:
        self.in_charge = True
        self._moved_at = now

    def gave_up(self) -> None:
        self.in_charge = False
        self._lag, self._waiting_since, self._moved_at, self._saved_at = 0, None, None, None

    def moved(self, now: datetime) -> None:
        """Something was got done: a batch, a piece of a replay, a look that found nothing to do."""
        self._moved_at = now

    def behind(self, lag: int, since: datetime | None) -> None:
        """What waits: how many rows, and since when the oldest of them."""
        self._lag, self._waiting_since = lag, since

    def saved(self, at: datetime) -> None:
        """When the newest checkpoint was written."""
        self._saved_at = at

    def behind_seconds(self, now: datetime) -> float:
        return 0.0 if self._waiting_since is None else max(0.0, (now - self._waiting_since).total_seconds())

    def checkpoint_age(self, now: datetime) -> float:
        return 0.0 if self._saved_at is None else max(0.0, (now - self._saved_at).total_seconds())

    def fault(self, now: datetime) -> str | None:
        """Why this process is not ready, if it is in charge and nothing moves."""
        if not self.in_charge or self._moved_at is None or now - self._moved_at <= STALLED:
            return None
        return f"nothing consumed for {(now - self._moved_at).total_seconds():.0f} s, {self._lag} rows wait"
