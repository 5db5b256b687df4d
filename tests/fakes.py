"""Stand-ins for the world outside: time that only tests move, a broker of one, a receiver that keeps what it gets."""

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from app.ingest.source import Message
from notify.outbox import Claimed
from notify.outcome import Outcome, handed_over

START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # 08:00 in Beijing


class FakeClock:
    """Stands still until told otherwise."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta | None = None, **parts: float) -> datetime:
        self._now += by if by is not None else timedelta(**parts)
        return self._now

    def set(self, instant: datetime) -> datetime:
        self._now = instant
        return instant


class QueueSource:
    """A broker of one: what is put in is taken once, and what is not acknowledged can be delivered again."""

    def __init__(self) -> None:
        self.waiting: deque[Message] = deque()
        self.acknowledged: list[Message] = []
        self._unacknowledged: list[Message] = []
        self._mid = 0
        self.connected = True

    def put(self, topic: str, payload: bytes, *, retained: bool = False) -> None:
        self._mid += 1
        self.waiting.append(Message(topic, payload, self._mid, 1, retained))

    async def start(self) -> None:
        self.connected = True

    async def stop(self) -> None:
        self.connected = False

    async def take(self, limit: int, linger: float) -> list[Message]:
        taken = [self.waiting.popleft() for _ in range(min(limit, len(self.waiting)))]
        self._unacknowledged += taken
        return taken

    def acknowledge(self, messages: Sequence[Message]) -> None:
        self.acknowledged += messages
        self._unacknowledged = [m for m in self._unacknowledged if m not in messages]

    def redeliver(self) -> None:
        """What a reconnect does."""
        self.waiting.extendleft(reversed(self._unacknowledged))
        self._unacknowledged = []


class RecordingGateway:
    """A receiver that keeps what it gets, and fails as often as it is told to."""

    def __init__(self) -> None:
        self.received: list[Claimed] = []
        self.failures = 0

    async def send(self, letter: Claimed, *, now: datetime) -> Outcome:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("told to fail")
        self.received.append(letter)
        return handed_over()
