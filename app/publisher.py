"""Publishes order facts over MQTT for the outbox: done when the broker has acknowledged, and not before."""

import asyncio
import os
import secrets
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from app.broker_link import BrokerLink


class MqttPublisher:
    """At least once: whoever was not answered publishes again; nothing is kept for later behind its back."""

    def __init__(self, url: str, client_id: str) -> None:
        # Several processes publish: with one id they would throw each other out.
        unique = f"{client_id}-{os.getpid()}-{secrets.token_hex(4)}"
        self._link = BrokerLink(url, unique, clean=True, on_up=self._up, on_down=self._down)
        self._link.client.on_publish = self._on_publish
        self._loop: asyncio.AbstractEventLoop | None = None
        self._answers: dict[int, asyncio.Future[None]] = {}
        self._connected = False

    @property
    def connected(self) -> bool:
        return self._connected

    async def start(self) -> None:
        """Begins to connect, and keeps trying; a broker that is away is no error."""
        self._loop = asyncio.get_running_loop()
        self._link.start()

    async def stop(self) -> None:
        await asyncio.to_thread(self._link.stop)
        self._fail_all()

    async def publish(self, topic: str, payload: bytes, *, timeout: float) -> None:  # noqa: ASYNC109 (each channel says its own)
        """Returns once the broker has acknowledged with QoS 1.

        Raises ConnectionError when there is no connection or it ends meanwhile, TimeoutError after `timeout`
        seconds without an answer; the message may have arrived all the same.
        """
        if not self._connected:
            raise ConnectionError("no connection to the MQTT broker")
        info = self._link.client.publish(topic, payload, qos=1)
        if info.rc is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise ConnectionError(f"MQTT: {info.rc.name}")
        # The answer comes to this loop as a call of its own, so it cannot overtake the entry made here.
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answers[info.mid] = answer
        try:
            async with asyncio.timeout(timeout):
                await answer
        finally:
            self._answers.pop(info.mid, None)

    # ------------------------------------------------------------------ event loop

    def _answered(self, mid: int) -> None:
        answer = self._answers.get(mid)
        if answer is not None and not answer.done():
            answer.set_result(None)

    def _fail_all(self) -> None:
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ConnectionError("the connection to the MQTT broker ended"))

    # ------------------------------------------------------------------ paho's thread

    def _up(self) -> None:
        # paho would send these again by itself now, beside the outbox's own repetition.
        self._link.client.drop_out_messages()
        self._connected = True

    def _down(self) -> None:
        self._connected = False
        self._call(self._fail_all)

    def _on_publish(
        self, client: Client, userdata: Any, mid: int, code: ReasonCode, properties: Properties
    ) -> None:
        self._call(self._answered, mid)

    def _call(self, act: Any, *arguments: Any) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(act, *arguments)
