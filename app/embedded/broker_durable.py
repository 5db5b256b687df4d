"""amqtt's broker with the delivery that a service which acknowledges after COMMIT needs.

What amqtt 0.12.1 does and this class replaces:
- with its default plugins every session counts as anonymous, even one signed in with a name, and is
  deleted within a second after its connection ends, with all that waits for it (0 of 300 delivered);
- messages in flight are forgotten when the connection ends, or 5 s after they were sent (see `Outbound`);
- a client that takes over its own live session is marked as disconnected when the old connection ends,
  and gets nothing any more;
- a kept session is changed, taken over or deleted before the newcomer has signed in.
"""

import asyncio
import logging
import struct

from amqtt.adapters import ReaderAdapter, StreamReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker, RetainedApplicationMessage
from amqtt.contexts import Action
from amqtt.errors import AMQTTError, CodecError, MQTTError, NoDataError
from amqtt.mqtt.connack import CONNECTION_ACCEPTED, IDENTIFIER_REJECTED, NOT_AUTHORIZED, ConnackPacket
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.session import Session

from app.embedded.broker_access import may
from app.embedded.broker_connection import MAX_PACKET, Connection
from app.embedded.broker_queue import Outbound, Outgoing

log = logging.getLogger("geshao.broker")

_SIGN_IN_TIMEOUT = 10.0
_OUTBOUND = "geshao.outbound"
# Whatever amqtt's packets raise on bytes that are no MQTT.
_BROKEN = (
    AMQTTError, MQTTError, NoDataError, CodecError, OSError, EOFError,
    ValueError, TypeError, LookupError, NameError, AttributeError, struct.error,
)  # fmt: skip


class DurableBroker(Broker):  # type: ignore[misc]  # amqtt ships no types
    """Whatever it acknowledges, it delivers: to every session that subscribed, once that session is there."""

    def __init__(self, service_user: str, password_file: str, host: str, port: int) -> None:
        super().__init__(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}"}},
                "session_expiry_interval": 24 * 3600,
                "plugins": {
                    "app.embedded.broker_access.StationAuth": {"password_file": password_file},
                    "app.embedded.broker_access.StationTopics": {"service_user": service_user},
                },
            }
        )
        self._service_user = service_user
        self._closing = False

    @property
    def port(self) -> int:
        """The port it listens on, valid once started."""
        return int(self._servers["default"].instance.sockets[0].getsockname()[1])

    def outbound(self, session: Session) -> Outbound:
        queue: Outbound = session.attributes.setdefault(_OUTBOUND, Outbound())
        return queue

    def close_doors(self) -> None:
        """From now on nobody signs in and no last will is sent: the broker is leaving, not its clients."""
        self._closing = True

    # ------------------------------------------------------------------ connections

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        source = _Limited(reader)
        connection: Connection | None = None
        polite = False
        try:
            async with asyncio.timeout(_SIGN_IN_TIMEOUT):
                connection = await self._sign_in(source, writer, listener_name)
            if connection is not None:
                polite = await connection.serve()
        except TimeoutError:
            log.info("silent connection closed client=%r", _name(connection))
            writer.transport.abort()
        except _BROKEN as error:
            log.warning("connection closed client=%r reason=%r", _name(connection), error)
        finally:
            if connection is not None:
                self._ended(connection, polite)
            writer.close()

    async def _sign_in(
        self, source: ReaderAdapter, writer: asyncio.StreamWriter, listener_name: str
    ) -> Connection | None:
        _, session = await BrokerProtocolHandler.init_from_connect(
            source, StreamWriterAdapter(writer), self.plugins_manager
        )
        name = session.client_id or ""
        if self._closing or not await self._authenticate(session, self.listeners_config[listener_name]):
            self._refuse(writer, session, NOT_AUTHORIZED)
            return None
        while True:
            known, old = self._sessions.get(name, (None, None))
            if known is not None and known.username != session.username:
                self._refuse(writer, session, IDENTIFIER_REJECTED)
                return None
            if known is None or known.transitions.state != "connected" or old is None:
                break
            await old.stop()
        # From here to the entry in _sessions nothing waits: two newcomers cannot both get in.
        if session.clean_session or known is None or known.clean_session:
            await self._delete_session(name)
            present = False
        else:
            session, present = _resume(known, session), True
        session.transitions.connect()
        connection = Connection(self, session, self.outbound(session), source, writer)
        self._sessions[name] = (session, connection)
        writer.write(ConnackPacket.build(int(present), CONNECTION_ACCEPTED).to_bytes())
        return connection

    def _refuse(self, writer: asyncio.StreamWriter, session: Session, code: int) -> None:
        log.warning("sign-in refused user=%r client=%r code=%s", session.username, session.client_id, code)
        writer.write(ConnackPacket.build(0, code).to_bytes())

    def _ended(self, connection: Connection, polite: bool) -> None:
        session = connection.session
        session.transitions.disconnect()
        connection.outbound.rewind()
        connection.finished.set()
        if session.will_flag and not polite and not self._closing:
            try:
                self.publish(
                    session, session.will_topic or "", bytes(session.will_message or b""),
                    session.will_qos or 0, bool(session.will_retain),
                )  # fmt: skip
            except MQTTError as error:
                log.warning("last will not sent client=%r reason=%s", session.client_id, error)

    # ------------------------------------------------------------------ messages

    def publish(self, session: Session, topic: str, payload: bytes, qos: int, retain: bool) -> None:
        """Hands the message to every session that wants it; raises MQTTError when one can hold no more.

        A topic the client has no right to is dropped without a word, as MQTT 3.1.1 knows no refusal.
        """
        if not topic or "+" in topic or "#" in topic or "\0" in topic:
            raise MQTTError(f"a topic that cannot be published to: {topic!r}")
        if topic.startswith("$") or not may(self._service_user, session.username, topic, Action.PUBLISH):
            log.warning("publish denied user=%r topic=%r", session.username, topic)
            return
        wanted: dict[str, tuple[Session, int]] = {}
        for pattern, subscribers in self._subscriptions.items():
            if self._matches(topic, pattern):
                for target, granted in subscribers:
                    level = min(qos, granted)
                    if level >= wanted.get(target.client_id or "", (target, -1))[1]:
                        wanted[target.client_id or ""] = (target, level)
        if qos and any(level and self.outbound(target).full for target, level in wanted.values()):
            raise MQTTError("a subscriber's queue is full")
        for target, level in wanted.values():
            self._give(target, topic, payload, level, retain=False)
        if retain:
            self._retain(topic, payload, qos)

    def give_retained(self, pattern: str, qos: int, connection: Connection) -> None:
        for topic, kept in self._retained_messages.items():
            if self._matches(topic, pattern):
                self._give(connection.session, topic, bytes(kept.data), min(qos, kept.qos or 0), retain=True)

    async def add_subscription(self, subscription: tuple[str, int], session: Session) -> int:
        """Grants QoS 1 at most, and the QoS asked last."""
        topic, qos = subscription[0], min(subscription[1], 1)
        granted = await super().add_subscription((topic, qos), session)
        if granted <= 1:
            subscribers = self._subscriptions[topic]
            for index, (subscriber, _) in enumerate(subscribers):
                if subscriber.client_id == session.client_id:
                    subscribers[index] = (session, granted)
        return int(granted)

    def adopt(self, session: Session, subscriptions: list[tuple[str, int]]) -> None:
        """Takes a session of an earlier run as one whose client is away; after `start`, which empties all."""
        self._sessions[session.client_id or ""] = (session, None)
        for pattern, qos in subscriptions:
            self._subscriptions.setdefault(pattern, []).append((session, qos))

    def unsubscribe(self, session: Session, patterns: list[str]) -> None:
        for pattern in patterns:
            self._del_subscription(pattern, session)

    def _give(self, target: Session, topic: str, payload: bytes, level: int, *, retain: bool) -> None:
        live = target.transitions.state == "connected"
        connection = self._sessions.get(target.client_id or "", (None, None))[1] if live else None
        if level and (connection is not None or not target.clean_session):
            self.outbound(target).offer(Outgoing(topic, payload, retain))
            if connection is not None:
                connection.deliver()
        elif connection is not None:
            connection.deliver_unacknowledged(topic, payload, retain)

    def _retain(self, topic: str, payload: bytes, qos: int) -> None:
        if payload:
            self._retained_messages[topic] = RetainedApplicationMessage(None, topic, payload, qos)
        else:
            self._retained_messages.pop(topic, None)


class _Limited(StreamReaderAdapter):  # type: ignore[misc]  # amqtt ships no types
    """No single read, and so no packet, may be larger than a broker should hold."""

    async def read(self, n: int = -1) -> bytes:
        if n > MAX_PACKET:
            raise MQTTError(f"a packet of {n} bytes")
        return bytes(await super().read(n))


def _resume(known: Session, fresh: Session) -> Session:
    """The kept session with what its client brings anew."""
    for name in (
        "will_flag", "will_retain", "will_qos", "will_topic", "will_message", "keep_alive", "password",
        "remote_address", "remote_port",
    ):  # fmt: skip
        setattr(known, name, getattr(fresh, name))
    return known


def _name(connection: Connection | None) -> str:
    return "?" if connection is None else str(connection.session.client_id)
