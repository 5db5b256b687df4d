"""Which lines of the decoders a set of inputs runs through: how far a fuzz run came."""

import inspect
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

import app.ingest
from tests.fuzz.targets import TARGETS

_HOUSE = Path(app.ingest.__file__).parent
_FILES = {
    "json": ("decode.py",),
    "hj212": tuple(f"hj212/{name}.py" for name in ("crc", "frame", "message", "reading", "segment")),
}


class Reached(NamedTuple):
    """`lines` are those of the functions that were entered; those no input came to are named `file:line`."""

    readings: int
    lines: int
    missed: tuple[str, ...]
    never_entered: tuple[str, ...]


def reached(name: str, inputs: Iterable[bytes]) -> Reached:
    """Feeds the inputs to a target once more and watches."""
    files = {str(_HOUSE / file): file for file in _FILES[name]}
    seen: set[tuple[str, int]] = set()

    def watch(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            seen.add((frame.f_code.co_filename, frame.f_lineno))
        return watch

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        readings = sum(TARGETS[name](data) for data in inputs)
    finally:
        sys.settrace(before)
    lines, missed, strange = 0, list[str](), list[str]()
    for path, file in files.items():
        for function, inside in _functions(path):
            here = {number for number in inside if (path, number) in seen}
            if not here:
                strange.append(f"{file}:{function}")
                continue
            lines += len(inside)
            missed += [f"{file}:{number}" for number in sorted(inside - here)]
    return Reached(readings, lines, tuple(missed), tuple(strange))


def _functions(path: str) -> Iterator[tuple[str, set[int]]]:
    waiting = [compile(Path(path).read_text("utf-8"), path, "exec")]
    while waiting:
        code = waiting.pop()
        waiting += [const for const in code.co_consts if isinstance(const, CodeType)]
        if code.co_flags & inspect.CO_OPTIMIZED:  # no module and no class body: those run at the import
            # Nor is the line of the `def` itself run when the function is.
            numbers = {line for *_, line in code.co_lines() if line is not None}
            yield code.co_qualname, numbers - {code.co_firstlineno} or numbers
