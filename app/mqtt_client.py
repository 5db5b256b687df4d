"""paho's client with buffered reading and writing, and a short way for what comes most: QoS 1 messages.

paho asks the system for every packet at least four times (select, and recv for the header, each length byte and
the rest), and once more for every acknowledgement. Each of these calls gives Python's lock away, and a thread
that wants it back waits for whoever computes. Here the socket is read and written in large pieces, the PUBLISH
packets that lie whole in a piece are handed on without paho's per-packet machinery, and acknowledgements go out
together. Connections, sessions, subscriptions, keepalive and every other packet stay paho's. This leans on a few
of its inner names, so the version is held to 2.2 and tests/mqtt drives all of it against real brokers.
"""

import struct
from collections.abc import Callable, Iterable
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTErrorCode

_PIECE = 65536
_PUBACK = 0x40
_PUBACK_PACKET = struct.Struct("!BBH")
# PUBLISH with QoS 1, whatever DUP and RETAIN say.
_PUBLISH_QOS_1 = 0x32
# Packets of one piece that are handled before acknowledgements get their turn.
_ROUND = 500


def _long_length(piece: bytes, at: int, end: int) -> tuple[int, int] | None:
    """A remaining length of several bytes and where the packet's body begins; None while it is not whole."""
    length, shift = 0, 0
    for n in range(at, min(at + 4, end)):
        length |= (piece[n] & 0x7F) << shift
        if not piece[n] & 0x80:
            return length, n + 1
        shift += 7
    return None


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

    def hand_on(self, deliver: Callable[[str, bytes, int, bool], None]) -> None:
        """Takes the QoS 1 PUBLISH packets that lie whole at the front of what was read; stops at any other."""
        piece, at = self._input, self._at
        end = len(piece)
        while end - at > 4:
            first, length, body = piece[at], piece[at + 1], at + 2
            if first & 0xF6 != _PUBLISH_QOS_1:
                break
            if length & 0x80:
                found = _long_length(piece, at + 1, end)
                if found is None:
                    break
                length, body = found
            rest = body + length
            topic_at = body + 2
            if rest > end or length < 4:
                break
            payload_at = topic_at + (piece[body] << 8 | piece[body + 1]) + 2
            if payload_at > rest:
                break
            at = self._at = rest
            topic = piece[topic_at : payload_at - 2]
            mid = piece[payload_at - 2] << 8 | piece[payload_at - 1]
            deliver(topic.decode("utf-8", "replace"), piece[payload_at:rest], mid, bool(first & 1))

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
    """Behaves like paho's own client in its threaded loop, MQTT 3.1.1 only.

    With `on_reading` set, QoS 1 messages go there (topic, payload, mid, retained) and not to `on_message`; they
    are acknowledged by `acknowledge` alone, which wants `manual_ack`.
    """

    on_reading: Callable[[str, bytes, int, bool], None] | None = None

    def _create_socket(self) -> Any:
        return BufferedSocket(super()._create_socket())

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Handles what has arrived, up to a round."""
        # One packet by paho's own way each time: it keeps the time of the last one for the keepalive.
        code = super().loop_read(max_packets)
        for _ in range(_ROUND):
            link = self._buffered()
            if code or link is None:
                break
            if self.on_reading is not None and not self._in_packet["command"]:
                link.hand_on(self.on_reading)
            if not link.pending():
                break
            code = super().loop_read(max_packets)
        return code

    def acknowledge(self, mids: Iterable[int]) -> None:
        """One PUBACK for each mid, all in one piece; the mids are of the present connection."""
        packets = b"".join([_PUBACK_PACKET.pack(_PUBACK, 2, mid) for mid in mids])
        if packets:
            self._packet_queue(_PUBACK, packets, 0, 1)

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
