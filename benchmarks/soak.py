"""Whether the rate holds: the same burst again and again into one running service."""

import asyncio
import statistics
import time

import httpx

from benchmarks.ground import STATIONS, Ground
from benchmarks.ingest import finished, start_publisher

ROUNDS = 10
COUNT = 60_000
SPAN_S = 7200.0


async def _stored(web: httpx.AsyncClient, count: int) -> None:
    """By the service's own counter: counting a growing table would slow down what is measured."""
    while True:
        text = (await web.get("/metrics")).text
        line = next(line for line in text.splitlines() if line.startswith("geshao_readings_stored_total"))
        if float(line.split()[1]) >= count:
            return
        await asyncio.sleep(0.1)


async def measure(ground: Ground) -> list[str]:
    await ground.clear()
    rates = []
    async with ground.service() as service, httpx.AsyncClient(base_url=service.http) as web:
        finished(start_publisher(ground, STATIONS, span_s=60, back_s=(ROUNDS + 1) * SPAN_S))
        await _stored(web, STATIONS)
        for number in range(1, ROUNDS + 1):
            # Each burst is the next two hours of the same stations.
            publisher = start_publisher(ground, COUNT, span_s=SPAN_S, back_s=(ROUNDS - number) * SPAN_S)
            await _stored(web, STATIONS + COUNT * number)
            ended = time.time()
            begun = finished(publisher)["begun"]
            rates.append(COUNT / (ended - float(begun)))
    first, last = statistics.median(rates[:3]), statistics.median(rates[-3:])
    return [
        f"{ROUNDS} bursts of {COUNT:,}, rows/s            {' '.join(f'{rate:,.0f}' for rate in rates)}",
        f"last three ÷ first three            {last / first:9.2f}   wanted ≥ 0.8",
    ]
