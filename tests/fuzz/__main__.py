"""`python -m tests.fuzz [SECONDS] [SEED]`: mutates known messages and feeds both decoders; prints the count."""

import random
import sys
import time
from pathlib import Path

from tests.fuzz.mutate import corpus, mutated
from tests.fuzz.targets import TARGETS


def run(name: str, seconds: float, seed: int) -> tuple[int, int]:
    """How many inputs were tried, and how many readings they gave; a failure raises, with the input in a file."""
    target, known, source = TARGETS[name], corpus(name), random.Random(seed)
    tried, readings, end = 0, 0, time.monotonic() + seconds
    while time.monotonic() < end:
        for _ in range(500):
            data = mutated(source, known)
            try:
                readings += target(data)
            except BaseException:
                kept = Path(f"fuzz-{name}-{seed}-{tried}.bin")
                kept.write_bytes(data)
                print(f"{name}: input {tried} of seed {seed} failed, kept as {kept}", file=sys.stderr)
                raise
            tried += 1
    return tried, readings


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(2**32)
    for name in TARGETS:
        tried, readings = run(name, seconds / len(TARGETS), seed)
        print(f"{name}: {tried:,} inputs, seed {seed}: {readings:,} readings, else rejections and parts only")


if __name__ == "__main__":
    main()
