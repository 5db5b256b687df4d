"""Runs the benchmarks and prints one line a figure: `python -m benchmarks [ingest|integrity|latency|sla …]`."""

import asyncio
import os
import platform
import sys
import time

from benchmarks import board, close, feed, field, ingest, integrity, journal, latency, sla, soak, state, web
from benchmarks.ground import STATIONS as GROUND_STATIONS
from benchmarks.ground import ground

PARTS = {
    "board": board.measure,
    "close": close.measure,
    "feed": feed.measure,
    "field": field.measure,
    "ingest": ingest.measure,
    "integrity": integrity.measure,
    "journal": journal.measure,
    "latency": latency.measure,
    "sla": sla.measure,
    "soak": soak.measure,
    "state": state.measure,
    "web": web.measure,
}
LONG = ("board", "close", "state")
"""Run only when named."""


async def main(names: list[str]) -> None:
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise SystemExit(f"unknown benchmark {unknown[0]}: one of {', '.join(PARTS)}")
    print(
        f"{os.cpu_count()} CPUs, Python {platform.python_version()}, everything on this machine", flush=True
    )
    for name in names or [name for name in PARTS if name not in LONG]:
        begun = time.monotonic()
        stations = ingest.STATIONS if name == "ingest" else GROUND_STATIONS
        async with ground(stations=stations) as place:
            for line in await PARTS[name](place):
                print(line, flush=True)
        print(f"({name}: {time.monotonic() - begun:.0f} s)", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
