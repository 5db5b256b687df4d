"""1,000 listeners on one process: delivery and CPU against a bare SSE server that writes the same bytes."""

import asyncio
import contextlib
import os
import re
import resource
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx

from app import journal
from app.database import make_sessions, transaction
from app.journal import Entry
from benchmarks.ground import COUNTY, PASSWORD, Ground, quantile
from models.bulk import fetch
from models.clock import SystemClock
from models.enums import EventKind

LISTENERS = 1000
EVENTS = 100
EVERY = 0.25
WARM = 5
_ID = re.compile(rb"^id: (\d+)\nevent:", re.M)
_TICKS = os.sysconf("SC_CLK_TCK")
Emit = Callable[[int], Awaitable[None]]


def wire(number: int) -> bytes:
    data = journal._encode(_data(number)).decode()
    return f"id: {number}\nevent: sla.breached\ndata: {data}\n\n".encode()


def _data(number: int) -> dict[str, object]:
    at = "2026-11-27T08:00:00+00:00"
    return {
        "occurred_at": at, "grid": COUNTY, "order": number, "number": f"2026-{COUNTY}-{number:06d}",
        "clock": "feedback", "round": 1, "due_at": at, "clock_id": number, "breached_at": at, "detected_at": at,
    }  # fmt: skip


class Ears(asyncio.Protocol):
    """One open stream that notes when each event came."""

    def __init__(self, arrived: dict[int, list[float]], opened: asyncio.Future[None]) -> None:
        self._arrived = arrived
        self._opened = opened

    def data_received(self, data: bytes) -> None:
        if not self._opened.done() and b": open" in data:
            self._opened.set_result(None)
        now = time.perf_counter()
        for found in _ID.finditer(data):
            self._arrived.setdefault(int(found[1]), []).append(now)


def cpu(pid: int) -> float:
    """Seconds of CPU the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


async def _heard(port: int, request: bytes, emit: Emit, first: int, pid: int) -> tuple[list[float], float]:
    """Seconds from the telling to each listener's hands, and CPU seconds an event."""
    loop = asyncio.get_running_loop()
    arrived: dict[int, list[float]] = {}
    links = []
    for start in range(0, LISTENERS, 50):
        waiting = []
        for _ in range(start, start + 50):
            opened: asyncio.Future[None] = loop.create_future()
            link, _ = await loop.create_connection(partial(Ears, arrived, opened), "127.0.0.1", port)
            link.write(request)
            links.append(link)
            waiting.append(opened)
        await asyncio.gather(*waiting)
    told: dict[int, float] = {}
    used = 0.0
    for number in range(first, first + WARM + EVENTS):
        if number == first + WARM:
            await _until_heard(arrived, number - 1)
            used = cpu(pid)
        told[number] = time.perf_counter()
        await emit(number)
        await asyncio.sleep(EVERY)
    await _until_heard(arrived, first + WARM + EVENTS - 1)
    used = cpu(pid) - used
    for link in links:
        link.close()
    measured = range(first + WARM, first + WARM + EVENTS)
    assert all(len(arrived[n]) == LISTENERS for n in measured), "an event was missed, or came twice"
    return [at - told[n] for n in measured for at in arrived[n]], used / EVENTS


async def _until_heard(arrived: dict[int, list[float]], number: int) -> None:
    async with asyncio.timeout(60):
        while len(arrived.get(number, ())) < LISTENERS:  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.02)


@asynccontextmanager
async def _bare() -> AsyncIterator[tuple[int, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "benchmarks.bare_sse", str(port))
    try:
        async with asyncio.timeout(30):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                await asyncio.sleep(0.1)
        yield port, process.pid
    finally:
        process.kill()  # it would wait for its streams to end
        await process.wait()


async def measure(ground: Ground) -> list[str]:
    await ground.clear()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
    get = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
    async with _bare() as (port, pid), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as web:

        async def post(number: int) -> None:
            await web.post("/", content=wire(number))

        bare = await _heard(port, get, post, 1, pid)
    sessions, clock = make_sessions(ground.engine), SystemClock()
    async with sessions() as session:
        grid = (await fetch(session, "SELECT id FROM grid WHERE code = $1", COUNTY))[0][0]

    async def append(number: int) -> None:
        now = clock.now()
        async with transaction(sessions) as session:
            entry = Entry(EventKind.SLA_BREACHED, now, grid, data=_data(number))
            await journal.append(session, [entry], now=now)

    async with ground.service("--role", "api") as service, httpx.AsyncClient(base_url=service.http) as web:
        form = {"username": "duty", "password": PASSWORD}
        token = (await web.post("/api/v1/auth/token", data=form)).json()["access_token"]
        port = int(service.http.rsplit(":", 1)[1])
        pid = service.pid
        found = {}
        for name, query in (("whole", ""), ("filtered", f"?grid={COUNTY}&clock=feedback&event=sla.breached")):
            head = await _head(ground)
            request = f"GET /api/v1/feed{query} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n"
            found[name] = await _heard(port, request.encode(), append, head + 1, pid)
            await asyncio.sleep(1)
    lines = []
    for name, (delays, seconds) in {"bare SSE server": bare, **found}.items():
        p50, p99 = quantile(delays, 0.5) * 1000, quantile(delays, 0.99) * 1000
        lines.append(
            f"{LISTENERS:,} listeners, {name:16}  p50 {p50:7.1f} ms  p99 {p99:7.1f} ms"
            f"  CPU {seconds * 1000:7.1f} ms an event"
        )
    lines.append(f"feed ÷ bare, CPU an event  {found['whole'][1] / bare[1]:6.2f}")
    p99s = [quantile(d, 0.99) for d in (found["whole"][0], bare[0])]
    lines.append(f"feed ÷ bare, delivery p99  {p99s[0] / p99s[1]:6.2f}")
    return lines


async def _head(ground: Ground) -> int:
    return await ground.scalar("SELECT coalesce(max(id), 0) FROM journal")
