"""Memory that detection takes: a network of many stations, fed until every window is full, in a process of its own.

`python -m benchmarks state` alone: some minutes, and it needs no database and no broker. What is counted is what the
process holds more than before (resident), and the most it ever held.
"""

import asyncio
import ctypes
import gc
import json
import math
import resource
import sys
import time
from pathlib import Path

from alerts.network.network import Network
from alerts.network.sample import Sample
from alerts.network.site import Site
from alerts.network.snapshot import save
from alerts.ruleset import DEFAULT_RULES, parse_rules
from benchmarks.ground import Ground

STATIONS = 300_000
CADENCE_S = 300.0
HOURS = 6
"""Fifty-two readings are kept of a station: 4 h 20 min at this cadence; arrays have their whole size from the start."""
BEGIN = 1_735_689_600.0
PAGE = resource.getpagesize()


def resident() -> int:
    """Bytes of this process in memory now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


def fill(stations: int) -> dict[str, float]:
    """Bytes a station, at rest and at most, bytes of its part of a checkpoint, and µs a reading."""
    before = resident()
    side = math.isqrt(stations) + 1
    sites = [
        Site(n, f"WZ-{n:06d}", "652301", 80 + 0.01 * (n % side), 40 + 0.008 * (n // side), "micro", CADENCE_S)
        for n in range(stations)
    ]
    network = Network(parse_rules(DEFAULT_RULES), sites)
    rounds = round(HOURS * 3600 / CADENCE_S)
    spent = 0.0
    for turn in range(rounds):
        at = BEGIN + turn * CADENCE_S + 10
        begun = time.perf_counter()
        for n in range(stations):
            wobble = (n * 7919 + turn * 104_729) % 997 / 997
            level = 30 + 10 * wobble
            network.take(
                Sample(
                    n, at, at + 1, (level, 1.7 * level, 8 + wobble, 31 + level / 10, 0.7 + wobble / 10, 55 + wobble),
                    (-3.1, 61.0, None, 1.8, 240.0),
                )
            )  # fmt: skip
        spent += time.perf_counter() - begun
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    held = resident() - before
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    return {
        "held": held / stations,
        "most": most / stations,
        "saved": len(save(network)) / stations,
        "us": 1e6 * spent / rounds / stations,
    }


async def measure(_ground: Ground) -> list[str]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.state", str(STATIONS), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await child.communicate()
    told = json.loads(output)
    gib = STATIONS / 2**30
    return [
        f"detection, {STATIONS:,} stations       {told['held'] / 1024:9.1f} kB a station, {told['held'] * gib:.2f} GiB"
        f"   wanted ≤ 4 GiB",
        f"  at most, while it works       {told['most'] / 1024:9.1f} kB a station, {told['most'] * gib:.2f} GiB",
        f"  of a checkpoint               {told['saved'] / 1024:9.1f} kB a station",
        f"  judging a reading             {told['us']:9.1f} µs, the sample's making among it",
    ]


if __name__ == "__main__":
    print(json.dumps(fill(int(sys.argv[1]))))
