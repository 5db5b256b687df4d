"""The only module that reads the wall clock; everything else is told what time it is."""

from datetime import UTC, datetime
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
