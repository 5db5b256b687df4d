"""A station's own MQTT client for tests: plain paho, bridged to asyncio."""

import asyncio
import socket
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

WAIT = 30.0  # seconds until a test gives up


class Refused(Exception):
    """The broker did not let the client in."""


class Station:
    """Connects once; never reconnects by itself."""

    def __init__(
        self, url: str, client_id: str = "", *, clean: bool = True, will: tuple[str, bytes] | None = None
    ) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or 1883)
        self._loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[Any] = self._loop.create_future()
        self._published: dict[int, asyncio.Future[None]] = {}
        self.received: asyncio.Queue[MQTTMessage] = asyncio.Queue()
        self.gone = asyncio.Event()
        self.client = Client(
            CallbackAPIVersion.VERSION2, client_id, clean_session=clean, reconnect_on_failure=False
        )
        if parts.username is not None:
            self.client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
        if will is not None:
            self.client.will_set(will[0], will[1], qos=1, retain=True)
        self.client.max_inflight_messages_set(500)
        self.client.on_connect = lambda c, u, flags, code, p: self._tell(code)
        self.client.on_subscribe = lambda c, u, mid, codes, p: self._tell(codes)
        self.client.on_publish = lambda c, u, mid, code, p: self._later(self._done, mid)
        self.client.on_message = lambda c, u, message: self._later(self.received.put_nowait, message)
        self.client.on_disconnect = lambda c, u, f, code, p: self._later(self.gone.set)

    async def __aenter__(self) -> "Station":
        self.client.connect(*self._address, keepalive=30)
        self.client.loop_start()
        code: ReasonCode = await self._answered()
        if code.is_failure:
            await self.leave()
            raise Refused(str(code))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    async def leave(self) -> None:
        self.client.disconnect()
        await asyncio.to_thread(self.client.loop_stop)

    async def vanish(self) -> None:
        """The connection breaks without a goodbye."""
        link = self.client.socket()
        assert link is not None
        link.shutdown(socket.SHUT_RDWR)
        await asyncio.wait_for(self.gone.wait(), WAIT)

    async def send(self, topic: str, *payloads: bytes, retain: bool = False) -> None:
        """Returns when every payload was acknowledged by the broker."""
        await self.flood(topic, payloads, retain=retain)

    async def flood(self, topic: str, payloads: Iterable[bytes], *, retain: bool = False) -> None:
        waiting = []
        for payload in payloads:
            info = self.client.publish(topic, payload, qos=1, retain=retain)
            waiting.append(self._published.setdefault(info.mid, self._loop.create_future()))
        async with asyncio.timeout(WAIT * 3):
            await asyncio.gather(*waiting)
        self._published.clear()

    async def half_sent(self, count: int) -> None:
        """Waits until half of the `count` messages of a running flood were acknowledged; only yields."""
        while sum(each.done() for each in self._published.values()) < count // 2:  # noqa: ASYNC110 (paho tells in its own thread)
            await asyncio.sleep(0)

    async def subscribe(self, topic: str) -> bool:
        self._answer = self._loop.create_future()
        self.client.subscribe(topic, qos=1)
        codes: list[ReasonCode] = await self._answered()
        return not codes[0].is_failure

    async def next(self) -> MQTTMessage:
        return await asyncio.wait_for(self.received.get(), WAIT)

    async def _answered(self) -> Any:
        return await asyncio.wait_for(self._answer, WAIT)

    def _done(self, mid: int) -> None:
        future = self._published.setdefault(mid, self._loop.create_future())
        if not future.done():
            future.set_result(None)

    def _tell(self, answer: object) -> None:
        self._later(lambda: self._answer.done() or self._answer.set_result(answer))

    def _later(self, act: Any, *arguments: object) -> None:
        self._loop.call_soon_threadsafe(act, *arguments)
