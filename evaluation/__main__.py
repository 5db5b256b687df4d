"""`python -m evaluation scenes …` makes a labelled scene; `python -m evaluation real …` converts records."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path

import structlog

from evaluation import real, scene

log = structlog.get_logger()
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def _month(text: str) -> dt.date:
    return dt.date.fromisoformat(f"{text}-01")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    scenes = commands.add_parser("scenes", help="a labelled scene on a recorded background")
    scenes.add_argument("--kind", choices=("network", "hourly"), required=True)
    scenes.add_argument("--seed", type=int, required=True)
    scenes.add_argument("--month", type=_month, required=True, metavar="YYYY-MM")
    records = commands.add_parser("real", help="untouched records as registry and back-test CSV")
    records.add_argument("--set", choices=tuple(real.CONVERTERS), required=True, dest="name")
    records.add_argument("--from", type=dt.date.fromisoformat, required=True, dest="first", metavar="DATE")
    records.add_argument("--to", type=dt.date.fromisoformat, required=True, dest="last", metavar="DATE")
    for command in (scenes, records):
        command.add_argument("--out", type=Path, required=True)
        command.add_argument("--data", type=Path, default=DATA, help="where the recorded sets are")
    return parser.parse_args()


def main() -> None:
    """Runs one command; raises OSError where the recorded sets are absent."""
    chosen = _arguments()
    if chosen.command == "scenes":
        made = scene.make(chosen.kind, chosen.month, chosen.seed, chosen.data)
        scene.write(made, chosen.out)
        log.info(
            "scene.written", out=str(chosen.out), stations=len(made.canvas.stations),
            events=len(made.canvas.events), omitted=made.omitted,
        )  # fmt: skip
    else:
        count = real.convert(chosen.name, chosen.first, chosen.last, chosen.data, chosen.out)
        log.info("records.written", out=str(chosen.out), readings=count)


if __name__ == "__main__":
    main()
