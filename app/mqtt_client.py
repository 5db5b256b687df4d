"""paho's client with buffered reading and writing.

paho asks the system for every packet at least four times (select, and recv for the header, each length byte and
the rest), and once more for every acknowledgement. Each of these calls gives Python's lock away, and a thread
that wants it back waits for whoever computes. Read in large pieces and written in large pieces, a message costs
well under half of that (benchmarks/README.md). Only the socket and the two loop steps are touched; packets,
sessions and callbacks stay paho's. Tested against paho-mqtt 2.2.
"""

from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTErrorCode

_PIECE = 65536
_PUBACK = 0x40
# Packets of one piece that are handled before acknowledgements get their turn.
_ROUND = 500


class BufferedSocket:
    """A non-blocking socket that gives small reads out of large ones and gathers acknowledgements."""

    def __init__(self, link: Any) -> None:
        self._link = link
        self._input = b""
        self._at = 0
        self._output = bytearray()

    def recv(self, size: int) -> bytes:
        if self._at >= len(self._input):
            self._input, self._at = self._link.recv(max(_PIECE, size)), 0
        start = self._at
        self._at = start + size
        return self._input[start : start + size]

    def pending(self) -> int:
        """Bytes that can be had without asking the system; paho does not wait while there are any."""
        below = self._link.pending() if hasattr(self._link, "pending") else 0
        return max(0, len(self._input) - self._at) + int(below)

    def send(self, packet: bytes | bytearray) -> int:
        """Takes the whole packet; acknowledgements wait for `flush`, anything else goes out at once."""
        self._output += packet
        if packet[0] != _PUBACK or len(self._output) >= _PIECE:
            try:
                self.flush()
            except BlockingIOError:
                # Taken all the same: what is unsent is written as soon as the socket has room.
                return len(packet)
        return len(packet)

    def flush(self) -> None:
        """Writes what waits; raises BlockingIOError when some of it has to wait on."""
        while self._output:
            sent = self._link.send(self._output)
            del self._output[:sent]

    @property
    def unsent(self) -> bool:
        return bool(self._output)

    def close(self) -> None:
        try:
            self.flush()
        except OSError:
            self._output.clear()
        self._link.close()

    def fileno(self) -> int:
        return int(self._link.fileno())

    def setblocking(self, flag: bool) -> None:
        self._link.setblocking(flag)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)


class BufferedClient(Client):
    """Behaves like paho's own client in its threaded loop."""

    def _create_socket(self) -> Any:
        return BufferedSocket(super()._create_socket())

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Handles what has arrived, up to a round."""
        code = super().loop_read(max_packets)
        for _ in range(_ROUND):
            link = self._buffered()
            if code or link is None or not link.pending():
                break
            code = super().loop_read(max_packets)
        return code

    def loop_write(self) -> MQTTErrorCode:
        code = super().loop_write()
        link = self._buffered()
        if link is not None and link.unsent:
            try:
                link.flush()
            except BlockingIOError:
                return code
            except OSError:
                # The reading side meets the same end and tells it with its reason.
                return code
        return code

    def want_write(self) -> bool:
        link = self._buffered()
        return super().want_write() or (link is not None and link.unsent)

    def _buffered(self) -> BufferedSocket | None:
        link: Any = self._sock
        return link if isinstance(link, BufferedSocket) else None
