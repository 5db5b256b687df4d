"""`scenes` makes a labelled scene; `real` converts records; `flags` tells what quality control says of one; `report`
measures detection on all of them and writes the tables of docs/detection.md; `integrity` those of docs/integrity.md."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path

import structlog

from evaluation import flags, integrity_report, real, report, scene

log = structlog.get_logger()
ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"


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
    screening = commands.add_parser("flags", help="shares of flagged values of a back-test CSV, by test")
    screening.add_argument("--readings", type=Path, required=True)
    screening.add_argument("--registry", type=Path, required=True)
    screening.add_argument("--show", type=int, default=0, metavar="N", help="examples of each test")
    reporting = commands.add_parser("report", help="measure detection, write the tables of the document")
    reporting.add_argument("--only", choices=report.PARTS, nargs="+", default=report.PARTS)
    reporting.add_argument("--scenes", type=int, default=4, metavar="N", help="own draws of each kind")
    reporting.add_argument("--data", type=Path, default=DATA, help="where the recorded sets are")
    reporting.add_argument("--cache", type=Path, default=ROOT / "var" / "detection")
    reporting.add_argument("--document", type=Path, default=ROOT / "docs" / "detection.md")
    interference = commands.add_parser(
        "integrity", help="measure the signs of interference, write their tables"
    )
    interference.add_argument("--data", type=Path, default=DATA, help="where the recorded sets are")
    interference.add_argument("--cache", type=Path, default=ROOT / "var" / "detection")
    interference.add_argument("--document", type=Path, default=ROOT / "docs" / "integrity.md")
    return parser.parse_args()


def main() -> None:
    """Runs one command; raises OSError where the recorded sets are absent."""
    chosen = _arguments()
    if chosen.command == "flags":
        said = flags.lines(flags.screen(chosen.readings, chosen.registry), chosen.show)
        sys.stdout.writelines(f"{line}\n" for line in said)
    elif chosen.command == "report":
        only = tuple(chosen.only)
        report.write(chosen.document, chosen.data, chosen.cache, scenes=chosen.scenes, only=only)
    elif chosen.command == "integrity":
        integrity_report.write(chosen.document, chosen.data, chosen.cache)
    elif chosen.command == "scenes":
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
