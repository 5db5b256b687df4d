"""The broker as a way out for the outbox."""

from datetime import datetime

from app.publisher import MqttPublisher
from notify.outbox import Claimed
from notify.outcome import Outcome, handed_over

PATIENCE = 10.0
"""Seconds until a publish without an answer is tried again."""


class MqttGateway:
    """Publishes each letter on its topic; the receiver knows a repeated one by the order's state and version."""

    def __init__(self, publisher: MqttPublisher) -> None:
        self._publisher = publisher

    async def send(self, letter: Claimed, *, now: datetime) -> Outcome:
        await self._publisher.publish(letter.destination, letter.payload, timeout=PATIENCE)
        return handed_over()
