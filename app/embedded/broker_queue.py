"""What one client of the embedded broker has still to be given: in order, until it says it has it."""

import itertools
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

_LAST_ID = 65_535  # packet identifiers are 16 bits wide and never 0
_OVERHEAD = 200  # bytes a waiting message costs beside its payload


@dataclass(slots=True)
class Outgoing:
    """One QoS 1 message; `mid` is 0 until it was sent, and then stays the same for every repetition."""

    topic: str
    payload: bytes
    retain: bool
    mid: int = 0


class Outbound:
    """The waiting and the unacknowledged messages of one session; outlives its connections.

    amqtt 0.12.1 gives up a message whose PUBACK takes longer than 5 s and forgets what was in flight when the
    connection ends, so it cannot be used for messages that are acknowledged only after a commit.
    """

    def __init__(
        self, *, window: int = 1000, max_messages: int = 1_000_000, max_bytes: int = 256 << 20
    ) -> None:
        self._window = window
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._waiting: deque[Outgoing] = deque()
        self._sent: dict[int, Outgoing] = {}
        self._bytes = 0
        self._last_mid = 0

    @property
    def full(self) -> bool:
        """No more fits: whoever publishes now must not be told that it is kept."""
        return len(self) >= self._max_messages or self._bytes >= self._max_bytes

    @property
    def in_flight(self) -> int:
        return len(self._sent)

    def __len__(self) -> int:
        return len(self._waiting) + len(self._sent)

    def offer(self, message: Outgoing) -> None:
        self._waiting.append(message)
        self._bytes += len(message.payload) + _OVERHEAD

    def next(self) -> tuple[Outgoing, bool] | None:
        """The next message to send and whether it was sent before; None while the window is closed."""
        if not self._waiting or len(self._sent) >= self._window:
            return None
        message = self._waiting.popleft()
        again = message.mid != 0
        if not again:
            message.mid = self._free_id()
        self._sent[message.mid] = message
        return message, again

    def acknowledged(self, mid: int) -> None:
        message = self._sent.pop(mid, None)
        if message is not None:
            self._bytes -= len(message.payload) + _OVERHEAD

    def rewind(self) -> None:
        """After the connection ended: what was sent and not acknowledged goes first again, in its order."""
        self._waiting.extendleft(reversed(self._sent.values()))
        self._sent.clear()

    def pending(self) -> Iterable[Outgoing]:
        """Everything unacknowledged, in order."""
        return itertools.chain(self._sent.values(), self._waiting)

    def _free_id(self) -> int:
        # Ends because the window is smaller than the range. Messages with an old id go before new ones.
        while True:
            self._last_mid = self._last_mid % _LAST_ID + 1
            if self._last_mid not in self._sent:
                return self._last_mid
