"""The only module that reads the wall clock; everything else is told what time it is."""

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

# tzdata gives Asia/Urumqi UTC+6, while official time in Xinjiang is Beijing time.
BEIJING = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the instant as aware UTC; handed to whoever acts at the edge."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock, aware UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class OffsetClock:
    """A clock a fixed step away from another one: for hosts whose clock is known to be off, and for tests."""

    def __init__(self, base: Clock, offset: timedelta) -> None:
        self._base = base
        self._offset = offset

    def now(self) -> datetime:
        return self._base.now() + self._offset
