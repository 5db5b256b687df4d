"""Station messages over MQTT 3.1.1: a persistent session, QoS 1, acknowledged only when told.

paho reads in a thread of its own; its callback appends to a deque and wakes the event loop, nothing else.
Every message that was not acknowledged on its own connection is given again by the broker.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import structlog
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from app.broker_link import BrokerLink
from app.ingest.source import STATION_KINDS, TOPIC_ROOT, Message

log = structlog.get_logger()

EVERYTHING = tuple(f"{TOPIC_ROOT}/+/+/{kind}" for kind in STATION_KINDS)


class MqttSource:
    """Gives what stations send, in the broker's order; bounded, and lossless because nothing is acked early.

    The bound is twofold. A broker sends no more than its in-flight window beyond what was acknowledged, and
    MQTT allows 65,535 at most. Should `max_queue` wait un-taken all the same, the reader thread stops in its
    callback and so stops reading from the socket. If that lasts longer than the keepalive, the broker ends
    the connection: what was not acknowledged comes again on the next one, so nothing is lost either way.
    """

    def __init__(
        self, url: str, client_id: str, *, max_queue: int, topics: Iterable[str] = EVERYTHING
    ) -> None:
        self._max_queue = max_queue
        self._waiting: deque[Message] = deque()
        self._generation = 0
        self._lock = threading.Lock()  # makes "acknowledge on this connection" one step against its end
        self._room = threading.Condition()
        self._blocked = False
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._arrived = asyncio.Event()
        self._woken = False
        self._link = BrokerLink(url, client_id, clean=False, on_up=self._up, on_down=self._down)
        self._link.client.on_message = self._on_message
        self._link.client.on_reading = self._arrive
        self._link.client.on_subscribe = self._on_subscribe
        self._topics = list(topics)
        self._up_now = False
        self._asked: dict[int, list[str]] = {}
        """Topics by the packet that asked for them."""
        self._granted: set[str] = set()
        self.taken = 0
        """Messages given out so far."""

    @property
    def connected(self) -> bool:
        """Signed in and subscribed: messages can arrive."""
        return self._up_now and self._granted.issuperset(self._topics)

    @property
    def waiting(self) -> int:
        """Messages that were read and not taken yet."""
        return len(self._waiting)

    async def start(self) -> None:
        """Begins to connect, and keeps trying for as long as it takes."""
        self._loop = asyncio.get_running_loop()
        self._link.start()

    async def stop(self) -> None:
        """Sends the acknowledgements given so far and leaves; the session stays with the broker."""
        self._stopping = True
        with self._room:
            self._room.notify_all()
        await asyncio.to_thread(self._link.stop)

    async def take(self, limit: int, linger: float) -> list[Message]:
        """What has arrived, up to `limit`, in order; waits for the first, then `linger` seconds for more.

        One caller at a time.
        """
        batch = await self._some(limit)
        if linger > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(linger):
                    while len(batch) < limit:
                        batch += await self._some(limit - len(batch))
        return batch

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Acknowledges those of the present connection; an older one's ids mean nothing to the broker now."""
        with self._lock:
            generation = self._generation
            self._link.client.acknowledge(
                [message.mid for message in messages if message.generation == generation and message.mid]
            )

    def follow(self, topics: Iterable[str]) -> None:
        """Subscribes to those of the topics that it does not follow yet; `connected` says when that is done."""
        with self._lock:
            new = [topic for topic in topics if topic not in self._topics]
            self._topics += new
            if self._up_now:
                self._subscribe(new)

    def drop(self, topics: Iterable[str]) -> None:
        """Ends the subscription to these; what the broker holds for the session already still comes."""
        with self._lock:
            old = [topic for topic in topics if topic in self._topics]
            self._topics = [topic for topic in self._topics if topic not in old]
            if old:
                self._link.client.unsubscribe(old)

    def publish(self, topic: str, payload: bytes) -> None:
        """With QoS 1, as this session."""
        self._link.client.publish(topic, payload, qos=1)

    # ------------------------------------------------------------------ event loop

    async def _some(self, limit: int) -> list[Message]:
        while True:
            # In this order: what arrives after the flag is down wakes us, what came before the drain sees.
            self._arrived.clear()
            self._woken = False
            batch = self._drain(limit)
            if batch:
                self.taken += len(batch)
                return batch
            await self._arrived.wait()

    def _drain(self, limit: int) -> list[Message]:
        waiting, generation = self._waiting, self._generation
        batch: list[Message] = []
        try:
            while len(batch) < limit:
                message = waiting.popleft()
                if message.generation == generation:
                    batch.append(message)
        except IndexError:
            pass  # The network thread clears the deque when the connection ends, so its length says nothing.
        if self._blocked:
            with self._room:
                self._room.notify_all()
        return batch

    # ------------------------------------------------------------------ paho's thread

    def _on_message(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        """What paho itself has read: the packets that did not lie whole in a piece."""
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""  # no such topic exists: intake will put it aside
        self._arrive(topic, bytes(message.payload), message.mid, message.retain)

    def _arrive(self, topic: str, payload: bytes, mid: int, retained: bool) -> None:
        self._waiting.append(Message(topic, payload, mid, self._generation, retained))
        if not self._woken:
            self._woken = True
            self._wake()
        if len(self._waiting) >= self._max_queue:
            self._wait_for_room()

    def _wait_for_room(self) -> None:
        with self._room:
            self._blocked = True
            # Looks up once a second all the same: a drain that just missed the flag gives no notice.
            while len(self._waiting) >= self._max_queue and not self._stopping:
                self._room.wait(1.0)
            self._blocked = False

    def _wake(self) -> None:
        # None before the start, when nobody waits yet.
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._arrived.set)

    def _up(self) -> None:
        with self._lock:
            self._generation += 1
            self._up_now = True
            self._subscribe(self._topics)

    def _subscribe(self, topics: list[str]) -> None:
        """With the lock held: the answer may come before the packet's number is noted."""
        if topics:
            _, mid = self._link.client.subscribe([(topic, 1) for topic in topics])
            if mid is not None:
                self._asked[mid] = topics

    def _on_subscribe(
        self,
        client: Client,
        userdata: Any,
        mid: int,
        granted: list[ReasonCode],
        properties: Properties | None,
    ) -> None:
        with self._lock:
            asked = self._asked.pop(mid, [])
            refused = [topic for topic, code in zip(asked, granted, strict=False) if code.is_failure]
            self._granted |= set(asked) - set(refused)
        if refused:
            log.error("mqtt.subscription_refused", topics=refused)

    def _down(self) -> None:
        with self._lock:
            self._generation += 1
            self._up_now = False
            self._asked.clear()
            self._granted.clear()
            # The broker gives these again; kept, they would be stored twice for nothing.
            self._waiting.clear()
