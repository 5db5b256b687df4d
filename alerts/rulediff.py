"""What differs between two rule sets: pure, by plain JSON paths."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Difference:
    """`path` is like `exceedance_hour.thresholds.pm25.notice` or `overrides.stations["WZ-1"].…`."""

    path: str
    change: Literal["added", "removed", "changed"]
    before: Any
    after: Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any], path: str = "") -> Iterator[Difference]:
    """In the order of the paths; lists are compared as wholes, 1 and 1.0 are the same number."""
    for name in sorted({*before, *after}):
        here = _joined(path, name)
        if name not in after:
            yield Difference(here, "removed", before[name], None)
        elif name not in before:
            yield Difference(here, "added", None, after[name])
        elif isinstance(before[name], Mapping) and isinstance(after[name], Mapping):
            yield from differences(before[name], after[name], here)
        elif not _same(before[name], after[name]):
            yield Difference(here, "changed", before[name], after[name])


def _same(one: Any, other: Any) -> bool:
    # True equals 1 in Python, but not in a rule set.
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _joined(path: str, name: str) -> str:
    if _PLAIN.fullmatch(name):
        return f"{path}.{name}" if path else name
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{quoted}"]'
