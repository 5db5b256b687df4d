"""Prints the table of docs/hj212.md: every frame of a collection and what becomes of it, under which profile."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.hj212 import field_frames, verdicts  # noqa: E402 (the path must be set before)


def table(shared: Path) -> str:
    """Rows in the order of the collection; frames are named by number, command and length alone."""
    lines = [
        "| # | ST | CN | characters | strict | allowed by a profile | then |",
        "|---:|---|---|---:|---|---|---|",
    ]
    for number, raw in enumerate(field_frames(shared), start=1):
        strict, needed, then = verdicts(raw)
        fields = dict(part.partition("=")[::2] for part in raw.decode("latin-1").split(";")[:4])
        st = next((value for name, value in fields.items() if name.endswith("ST")), "")
        allowed = ", ".join(f"`{name}`" for name in needed.split(", ")) if needed else "—"
        lines.append(
            f"| {number} | {st} | {fields.get('CN', '')} | {len(raw)} | {_code(strict)} | {allowed} | {_code(then)} |"
        )
    return "\n".join(lines)


def _code(outcome: str) -> str:
    return outcome if " " in outcome else f"`{outcome}`"


if __name__ == "__main__":
    sys.stdout.write(table(ROOT.parent / "shared") + "\n")
