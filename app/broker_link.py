"""A connection to the MQTT broker that keeps itself up: what reader and publisher have in common."""

import ssl
import sys
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from app.mqtt_client import BufferedClient
from models.jitter import spread

log = structlog.get_logger()

_KEEPALIVE = 60  # seconds
_FIRST_DELAY = 1.0
_LONGEST_DELAY = 30.0
_STOP_TIMEOUT = 10.0


class BrokerLink:
    """One paho client that connects, keeps connected with growing random pauses, and says so once each time.

    `on_up` and `on_down` are called from paho's thread. The password is never logged.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        *,
        clean: bool,
        on_up: Callable[[], None],
        on_down: Callable[[], None],
    ) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or (8883 if parts.scheme == "mqtts" else 1883)
        self._on_up = on_up
        self._on_down = on_down
        self._up = False
        self._attempts = 0
        self._complaint: str | None = None
        self.client = BufferedClient(
            CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=clean, manual_ack=not clean
        )
        if parts.username:
            self.client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
        if parts.scheme == "mqtts":
            self.client.tls_set_context(ssl.create_default_context())
        self.client.on_connect = self._connected
        self.client.on_disconnect = self._disconnected
        self.client.on_connect_fail = self._unreachable

    def start(self) -> None:
        self.client.connect_async(self._host, self._port, keepalive=_KEEPALIVE)
        self.client.loop_start()

    def stop(self) -> None:
        """Blocks until what was given to paho is sent, or the connection is gone, or 10 s have passed."""
        self.client.disconnect()
        # paho joins its thread without a limit: a broker that takes nothing any more would hold the exit up.
        leaving = threading.Thread(target=self.client.loop_stop, daemon=True)
        leaving.start()
        leaving.join(_STOP_TIMEOUT)

    def _connected(
        self,
        client: Client,
        userdata: Any,
        flags: ConnectFlags,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if code.is_failure:
            self._complain("mqtt.refused", str(code))
            return
        self._up, self._attempts, self._complaint = True, 0, None
        log.info("mqtt.connected", host=self._host, port=self._port, session_present=flags.session_present)
        self._on_up()

    def _disconnected(
        self,
        client: Client,
        userdata: Any,
        flags: DisconnectFlags,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if self._up:
            self._up = False
            self._on_down()
            if code.is_failure:
                log.warning("mqtt.lost", host=self._host, port=self._port, reason=str(code))
        self._pause()

    def _unreachable(self, client: Client, userdata: Any) -> None:
        # paho calls this from its except clause and tells nothing else: a bad certificate would stay a riddle.
        self._complain("mqtt.unreachable", str(sys.exception() or "no connection"))
        self._pause()

    def _complain(self, event: str, reason: str) -> None:
        """Once for each new reason, not at every attempt."""
        if self._complaint != reason:
            self._complaint = reason
            log.warning(event, host=self._host, port=self._port, reason=reason)

    def _pause(self) -> None:
        """Sets the pause before the next attempt: 1 to 2 s at first, doubling, 15 to 30 s at last.

        paho's own doubling has no jitter, and many services that lost one broker would come back as one.
        """
        shortest = min(_FIRST_DELAY * 2**self._attempts, _LONGEST_DELAY / 2)
        self._attempts = min(self._attempts + 1, 10)
        delay: Any = spread(2 * shortest)
        self.client.reconnect_delay_set(delay, delay)
