"""Ingest at maximum: the whole service against the bare paho receive rate and a naive consumer, in the same run."""

import asyncio
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import psycopg
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy.engine import make_url

from benchmarks.ground import Ground
from models.enums import MET, POLLUTANTS

STATIONS = 5_000
COUNT = 60_000
NAIVE_COUNT = 6_000
RUNS = 3
SPAN_S = COUNT / STATIONS * 60
"""A reading a minute of every station, the last of them now: all of them are fresh, so all of them are judged."""
_NAIVE_TABLE = f"""
CREATE TABLE IF NOT EXISTS naive (station text, observed_at timestamptz, received_at timestamptz DEFAULT now(),
    seq bigint, {", ".join(f"{name} float8" for name in (*POLLUTANTS, *MET))}, PRIMARY KEY (station, observed_at))
"""
_NAIVE_INSERT = f"""
INSERT INTO naive (station, observed_at, seq, {", ".join((*POLLUTANTS, *MET))})
VALUES ({", ".join(["%s"] * 14)}) ON CONFLICT DO NOTHING
"""


def start_publisher(
    ground: Ground, count: int, rate: float = 0, *, span_s: float = SPAN_S, back_s: float = 0
) -> "subprocess.Popen[str]":
    arguments = [ground.broker.port, count, ground.stations, rate, span_s, back_s]
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.publisher", *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
    )


def finished(publisher: "subprocess.Popen[str]") -> dict[str, Any]:
    """What the publisher said at its end: `begun` and `ended`, and `left` with every instant where it was asked."""
    output, _ = publisher.communicate(timeout=600)
    return dict(json.loads(output))


def _client(ground: Ground, name: str) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=True)
    client.username_pw_set(ground.broker.service_user, ground.broker.service_password)
    client.connect("127.0.0.1", ground.broker.port)
    return client


def _received(ground: Ground, name: str, count: int, take: Callable[[MQTTMessage], None]) -> float:
    """Messages a second that a plain paho client takes, from its first to its last."""
    received, done, times = [0], threading.Event(), [0.0, 0.0]

    def on_message(_client: Client, _userdata: object, message: MQTTMessage) -> None:
        if not received[0]:
            times[0] = time.time()
        take(message)
        received[0] += 1
        if received[0] == count:
            times[1] = time.time()
            done.set()

    ready = threading.Event()
    client = _client(ground, name)
    client.on_message = on_message
    client.on_subscribe = lambda *_: ready.set()
    client.loop_start()
    client.subscribe("geshao/v1/+/+/reading", 1)
    ready.wait(10)
    publisher = start_publisher(ground, count)
    done.wait(300)
    finished(publisher)
    client.disconnect()
    client.loop_stop()
    return count / (times[1] - times[0])


def bare_paho(ground: Ground, count: int = COUNT) -> float:
    """What paho receives with QoS 1 when nothing is done with it."""
    return _received(ground, "bench-bare", count, lambda _: None)


def naive(ground: Ground, count: int = NAIVE_COUNT) -> float:
    """paho, json, one INSERT and one COMMIT a message: how such a consumer is usually written first."""
    url = make_url(ground.database).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        connection.execute(_NAIVE_TABLE)
        connection.execute("TRUNCATE naive")
        connection.commit()

        def insert(message: MQTTMessage) -> None:
            body = json.loads(message.payload)
            values, met = body["values"], body["met"]
            claims = [values.get(name) for name in POLLUTANTS] + [met.get(name) for name in MET]
            station = message.topic.split("/")[3]
            connection.execute(_NAIVE_INSERT, (station, body["observed_at"], body["seq"], *claims))
            connection.commit()

        return _received(ground, "bench-naive", count, insert)


async def whole_service(ground: Ground, *roles: str, count: int = COUNT) -> tuple[float, float]:
    """Readings a second, from the first packet until every row is committed, counted in the table; and until all of
    them are judged. One process for each of the `roles`, or one for all.
    """
    await ground.clear()
    async with AsyncExitStack() as stack:
        for role in roles or ("all",):
            await stack.enter_async_context(ground.service("--role", role))
        # A running service knows its stations, and they are warm: one reading of each, half an hour before.
        finished(start_publisher(ground, ground.stations, span_s=60, back_s=SPAN_S + 1800))
        await ground.stored(ground.stations)
        await ground.judged()
        publisher = start_publisher(ground, count)
        await ground.stored(ground.stations + count)
        await ground.judged()
        judged = time.time()
        ended = await ground.scalar(
            "SELECT (extract(epoch FROM max(pg_xact_commit_timestamp(xmin))) * 1e6)::bigint FROM reading"
        )
        begun = float(finished(publisher)["begun"])
    return count / (ended / 1e6 - begun), count / (judged - begun)


async def measure(ground: Ground) -> list[str]:
    bare, service, apart, slow = [], [], [], []
    for _ in range(RUNS):
        bare.append(await asyncio.to_thread(bare_paho, ground))
        service.append(await whole_service(ground))
        apart.append(await whole_service(ground, "ingest", "engine"))
        slow.append(await asyncio.to_thread(naive, ground))
    b, n = statistics.median(bare), statistics.median(slow)
    lines = [
        f"bare paho QoS 1 receive         {b:9,.0f} msg/s   runs {_shown(bare)}",
        f"naive one-row-one-commit        {n:9,.0f} rows/s  runs {_shown(slow)}",
    ]
    for name, runs in (("one process", service), ("roles apart", apart)):
        stored, judged = [r[0] for r in runs], [r[1] for r in runs]
        s, j = statistics.median(stored), statistics.median(judged)
        lines += [
            f"service, {name:<22} {s:9,.0f} rows/s  runs {_shown(stored)}",
            f"  until judged as well          {j:9,.0f} rows/s  runs {_shown(judged)}",
            f"  service ÷ bare paho           {s / b:9.2f}         wanted ≥ 0.55; judged {j / b:.2f}",
            f"  service ÷ naive               {s / n:9.1f}         wanted ≥ 12",
        ]
    return lines


def _shown(values: list[float]) -> str:
    return " ".join(f"{value:,.0f}" for value in values)
