"""Keeps what the embedded broker holds across an orderly stop: sessions with their queues, retained messages.

A broker that is killed loses it, as Mosquitto does without persistence.
"""

import os
from pathlib import Path

import msgspec
from amqtt.broker import RetainedApplicationMessage
from amqtt.session import Session

from app.embedded.broker_durable import DurableBroker
from app.embedded.broker_queue import Outgoing


class _Queued(msgspec.Struct, array_like=True):
    topic: str
    payload: bytes
    retain: bool
    mid: int


class _Kept(msgspec.Struct):
    client_id: str
    username: str
    subscriptions: list[tuple[str, int]]
    queue: list[_Queued]


class _State(msgspec.Struct):
    sessions: list[_Kept]
    retained: list[tuple[str, bytes, int]]


def save(broker: DurableBroker, path: Path) -> None:
    """Writes everything in one step; to be called while no connection is served any more."""
    state = _State(
        sessions=[
            _Kept(
                client_id=client_id,
                username=session.username or "",
                subscriptions=[
                    (pattern, qos)
                    for pattern, subscribers in broker.subscriptions.items()
                    for subscriber, qos in subscribers
                    if subscriber.client_id == client_id
                ],
                queue=[
                    _Queued(each.topic, each.payload, each.retain, each.mid)
                    for each in broker.outbound(session).pending()
                ],
            )
            for client_id, (session, _) in broker.sessions.items()
            if not session.clean_session
        ],
        retained=[
            (topic, bytes(kept.data), kept.qos or 0) for topic, kept in broker.retained_messages.items()
        ],
    )
    partial = path.with_suffix(".partial")
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.msgpack.encode(state))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def load(broker: DurableBroker, path: Path) -> None:
    """Takes up what was saved, and removes it: after a crash, queues of old would be given once more.

    Raises ValueError for a file that is no saved state.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return
    path.unlink()
    state = msgspec.msgpack.decode(raw, type=_State)
    for kept in state.sessions:
        session = Session()
        session.client_id, session.username, session.clean_session = kept.client_id, kept.username, False
        session.transitions.disconnect()
        broker.adopt(session, kept.subscriptions)
        for each in kept.queue:
            broker.outbound(session).offer(Outgoing(each.topic, each.payload, each.retain, each.mid))
    for topic, payload, qos in state.retained:
        broker.retained_messages[topic] = RetainedApplicationMessage(None, topic, payload, qos)
