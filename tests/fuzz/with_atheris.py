"""Guided by coverage: `python -m tests.fuzz.with_atheris [SECONDS]`; prints inputs tried and lines reached.

atheris is no dependency of the project, since it comes for Linux on x86-64 alone: `pip install atheris` first.
JSON is parsed by a library in C, whose insides a guide does not see; what comes out of it is checked all the same.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.reached import reached
from tests.fuzz.targets import TARGETS

_LIMITS = ("-max_len=4096", "-timeout=10", "-print_final_stats=1")


def run(name: str, seconds: int) -> str:
    """What a run came to; raises RuntimeError at the first input that fails or takes ten seconds, which is kept."""
    with tempfile.TemporaryDirectory() as kept:
        limits = (*_LIMITS, f"-max_total_time={seconds}", f"-artifact_prefix=fuzz-{name}-")
        command = [sys.executable, "-m", "tests.fuzz.guided", name, kept, *limits]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise RuntimeError(f"{ended.stderr}\n{name}: not to its end")
        tried = re.search(r"stat::number_of_executed_units:\s*(\d+)", ended.stderr)
        assert tried is not None
        inputs = [path.read_bytes() for path in sorted(Path(kept).iterdir())]
    came = reached(name, inputs)
    hit = came.lines - len(came.missed)
    return (
        f"{name}: {int(tried[1]):,} inputs, readings, parts and rejections only; {len(inputs)} kept for new code,"
        f" {came.readings} readings of them; {hit} of {came.lines} lines reached"
        f", not {', '.join(came.missed) or 'one missed'}; not entered: {', '.join(came.never_entered) or 'none'}"
    )


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    for name in TARGETS:
        print(run(name, seconds // len(TARGETS)), flush=True)


if __name__ == "__main__":
    main()
