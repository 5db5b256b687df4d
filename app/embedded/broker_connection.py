"""One client's connection to the embedded broker, over amqtt's packets.

amqtt's own message flow is not used: it acknowledges a PUBLISH before anybody has it (a publisher that leaves
at once takes what it was told is kept with it), starts a task per packet, waits for a PUBACK 5 s at most, and
does not close silent connections, so that their last will never comes.
"""

import asyncio
import struct
from typing import TYPE_CHECKING

from amqtt.adapters import BufferReader, ReaderAdapter
from amqtt.errors import MQTTError
from amqtt.mqtt import packet_class
from amqtt.mqtt.disconnect import DisconnectPacket
from amqtt.mqtt.packet import MQTTFixedHeader
from amqtt.mqtt.pingreq import PingReqPacket
from amqtt.mqtt.puback import PubackPacket
from amqtt.mqtt.publish import PublishPacket
from amqtt.mqtt.pubrel import PubrelPacket
from amqtt.mqtt.suback import SubackPacket
from amqtt.mqtt.subscribe import SubscribePacket
from amqtt.mqtt.unsubscribe import UnsubscribePacket
from amqtt.session import Session

from app.embedded.broker_queue import Outbound

if TYPE_CHECKING:
    from app.embedded.broker_durable import DurableBroker

MAX_PACKET = (1 << 20) + 1024
"""Payloads up to 1 MiB pass: the service itself quarantines what is over 256 KiB."""
_UNSENT = 1 << 20  # bytes that may wait in the socket's buffer before delivery pauses
_PINGRESP = b"\xd0\x00"


class Connection:
    """Reads packets until the client leaves; answers and delivers in the order of arrival."""

    def __init__(
        self,
        broker: "DurableBroker",
        session: Session,
        outbound: Outbound,
        reader: ReaderAdapter,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.session = session
        self.outbound = outbound
        self.finished = asyncio.Event()
        self._broker = broker
        self._reader = reader
        self._writer = writer
        self._received: dict[int, PublishPacket] = {}  # QoS 2, first half

    async def serve(self) -> bool:
        """Whether the client said goodbye; raises when it broke the protocol, or (TimeoutError) was silent."""
        loop = asyncio.get_running_loop()
        patience = self.session.keep_alive * 1.5 or None  # MQTT 3.1.1, 3.1.2.10
        self.deliver()
        async with asyncio.timeout(patience) as silence:
            while True:
                header = await MQTTFixedHeader.from_stream(self._reader)
                if header is None:
                    return False
                if header.remaining_length > MAX_PACKET:
                    raise MQTTError(f"a packet of {header.remaining_length} bytes")
                # The whole body first: a malformed one cannot put the reader out of step.
                body = await self._reader.read(header.remaining_length)
                if patience is not None:
                    silence.reschedule(loop.time() + patience)
                packet = await packet_class(header).from_stream(BufferReader(body), fixed_header=header)
                if isinstance(packet, DisconnectPacket):
                    return True
                await self._handle(packet)
                await self._writer.drain()

    async def stop(self) -> None:
        """Ends the connection at once; amqtt calls this too when it cleans up."""
        self._writer.transport.abort()
        await self.finished.wait()

    def deliver(self) -> None:
        """Sends what waits, as far as the window and the socket allow; an acknowledgement brings it on."""
        transport = self._writer.transport
        while not transport.is_closing():
            if self.outbound.in_flight and transport.get_write_buffer_size() > _UNSENT:
                return
            item = self.outbound.next()
            if item is None:
                return
            message, again = item
            self._writer.write(
                publish_packet(message.topic, message.payload, message.mid, message.retain, again)
            )

    def deliver_unacknowledged(self, topic: str, payload: bytes, retain: bool) -> None:
        """QoS 0: sent now or never."""
        transport = self._writer.transport
        if not transport.is_closing() and transport.get_write_buffer_size() <= _UNSENT:
            self._writer.write(publish_packet(topic, payload, 0, retain, False))

    # ------------------------------------------------------------------ packets

    async def _handle(self, packet: object) -> None:
        match packet:
            case PublishPacket():
                self._take(packet)
            case PubackPacket():
                self.outbound.acknowledged(packet.packet_id)
                self.deliver()
            case PubrelPacket():
                held = self._received.pop(packet.packet_id, None)
                if held is not None:
                    self._route(held)
                self._writer.write(_reply(0x70, packet.packet_id))
            case PingReqPacket():
                self._writer.write(_PINGRESP)
            case SubscribePacket():
                await self._subscribe(packet)
            case UnsubscribePacket():
                if packet.payload is None or packet.variable_header is None:
                    raise MQTTError("an UNSUBSCRIBE without topics")
                self._broker.unsubscribe(self.session, packet.payload.topics)
                self._writer.write(_reply(0xB0, packet.variable_header.packet_id))
            case _:
                raise MQTTError(f"{type(packet).__name__} is not for a broker")

    def _take(self, packet: PublishPacket) -> None:
        """Acknowledges only what every session that wants it has in its queue."""
        mid = packet.packet_id or 0
        if packet.qos == 2:
            self._received.setdefault(mid, packet)
            self._writer.write(_reply(0x50, mid))
            return
        self._route(packet)
        if packet.qos == 1:
            self._writer.write(_reply(0x40, mid))

    def _route(self, packet: PublishPacket) -> None:
        self._broker.publish(
            self.session, packet.topic_name or "", packet.data or b"", packet.qos or 0, packet.retain_flag
        )

    async def _subscribe(self, packet: SubscribePacket) -> None:
        if packet.payload is None or packet.variable_header is None:
            raise MQTTError("a SUBSCRIBE without topics")
        wanted = packet.payload.topics
        granted = [await self._broker.add_subscription(each, self.session) for each in wanted]
        self._writer.write(SubackPacket.build(packet.variable_header.packet_id, granted).to_bytes())
        for (topic, _), qos in zip(wanted, granted, strict=True):
            if qos <= 1:
                self._broker.give_retained(topic, qos, self)


def publish_packet(topic: str, payload: bytes, mid: int, retain: bool, again: bool) -> bytes:
    """One PUBLISH as bytes: QoS 1 with a mid, QoS 0 without."""
    name = topic.encode()
    rest = len(name) + len(payload) + (4 if mid else 2)
    head = bytearray([0x30 | again << 3 | (mid != 0) << 1 | retain])
    while True:
        rest, digit = rest >> 7, rest & 0x7F
        head.append(digit | (0x80 if rest else 0))
        if not rest:
            break
    head += struct.pack("!H", len(name)) + name
    if mid:
        head += struct.pack("!H", mid)
    return bytes(head) + payload


def _reply(kind: int, mid: int) -> bytes:
    return struct.pack("!BBH", kind, 2, mid)
