"""From publishing to commit at 1,000 readings a second, and from a reading to its order on the feed."""

import asyncio
import json
import statistics
import time
from datetime import UTC, datetime, timedelta

import httpx
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from app.database import make_sessions
from benchmarks.ground import COUNTY, PASSWORD, PUBLISHER, PUBLISHER_SECRET, Ground, quantile
from benchmarks.ingest import finished, start_publisher
from models.bulk import fetch

RATE = 1000
SECONDS = 20
RUNS = 3
ALERTS = 40


async def publish_to_commit(ground: Ground) -> list[float]:
    """Milliseconds for each reading, by PostgreSQL's own commit times; the first two seconds are not counted."""
    await ground.clear()
    count = RATE * SECONDS
    async with ground.service():
        publisher = start_publisher(ground, count, RATE, span_s=3600)
        # Asking how far it is would disturb what is measured: the sender's end is waited for first.
        left = (await asyncio.to_thread(finished, publisher))["left"]
        await ground.stored(count)
        async with make_sessions(ground.engine)() as session:
            rows = await fetch(
                session, "SELECT seq, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 FROM reading"
            )
    return [(float(at) - left[seq]) * 1000 for seq, at in rows if seq >= 2 * RATE]


async def reading_to_feed(ground: Ground) -> list[float]:
    """Milliseconds from publishing the deciding reading to its order's event in a listener's hands."""
    await ground.clear()
    async with ground.service() as service, httpx.AsyncClient(base_url=service.http) as web:
        answer = await web.post("/api/v1/auth/token", data={"username": "duty", "password": PASSWORD})
        token = answer.json()["access_token"]
        client = Client(CallbackAPIVersion.VERSION2, client_id="bench-feed", clean_session=True)
        client.username_pw_set(PUBLISHER, PUBLISHER_SECRET)
        client.connect("127.0.0.1", ground.broker.port)
        client.loop_start()
        seen: dict[str, float] = {}
        all_seen = asyncio.Event()

        async def listen() -> None:
            headers = {"authorization": f"Bearer {token}"}
            async with web.stream("GET", "/api/v1/feed", headers=headers, timeout=None) as stream:
                kind = ""
                async for line in stream.aiter_lines():
                    if line.startswith("event: "):
                        kind = line[7:]
                    elif line.startswith("data: ") and kind == "order.dispatched":
                        seen.setdefault(json.loads(line[6:])["station"], time.time())
                        if len(seen) == ALERTS:
                            all_seen.set()

        listener = asyncio.ensure_future(listen())
        await asyncio.sleep(0.5)
        published: dict[str, float] = {}
        # Six kilometres apart, so that each is an event of its own; ground.py puts 80 stations in a row.
        for n in [80 * row + column for row in (0, 4) for column in range(0, 80, 4)][:ALERTS]:
            code = f"WZ-{n:05d}"
            now = datetime.now(UTC)
            for back in (2, 1, 0):
                body = {"observed_at": (now - timedelta(minutes=back)).isoformat(), "values": {"pm25": 400.0}}
                published[code] = time.time()
                client.publish(f"geshao/v1/{COUNTY}/{code}/reading", json.dumps(body), qos=1)
            await asyncio.sleep(0.1)
        await asyncio.wait_for(all_seen.wait(), 60)
        listener.cancel()
        client.disconnect()
        client.loop_stop()
    return [(seen[code] - at) * 1000 for code, at in published.items()]


async def measure(ground: Ground) -> list[str]:
    p50, p99 = [], []
    for _ in range(RUNS):
        values = await publish_to_commit(ground)
        p50.append(statistics.median(values))
        p99.append(quantile(values, 0.99))
    feed = await reading_to_feed(ground)
    return [
        f"publish → commit at {RATE}/s, p50   {statistics.median(p50):7.2f} ms   runs {_shown(p50)}",
        f"publish → commit at {RATE}/s, p99   {statistics.median(p99):7.2f} ms   runs {_shown(p99)}   wanted ≤ 25",
        f"reading → order on the feed, p50  {statistics.median(feed):7.2f} ms   {ALERTS} orders",
        f"reading → order on the feed, p99  {quantile(feed, 0.99):7.2f} ms",
    ]


def _shown(values: list[float]) -> str:
    return " ".join(f"{value:.2f}" for value in values)
