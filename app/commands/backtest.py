"""`geshao backtest`: what the rules would have told of a history, without a broker or a running service."""

import json
import os
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from alerts.overlay import SCHEDULES, check
from alerts.ruleset import DEFAULT_RULES
from app.backtest.events import instant
from app.backtest.run import Outcome, run_file
from app.backtest.shown import lines, summary_lines
from app.backtest.sites import places, read_registry
from app.backtest.summary import summary
from app.commands.start import clear_faults
from app.registry.document import read_text
from app.registry.entries import Registry
from models.errors import Invalid


def backtest(
    registry: Annotated[Path, typer.Option(metavar="FILE", help="Registry file, YAML or JSON.")],
    readings: Annotated[Path, typer.Option(metavar="FILE", help="CSV or CSV.gz, rows in order of arrival.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Alerts are written here, one JSON a line.")],
    rules: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Rule body, YAML or JSON; else the shipped rules.")
    ] = None,
    show_summary: Annotated[
        bool, typer.Option("--summary", help="Print orders a day and by grid, kinds, stations.")
    ] = False,
) -> None:
    """Run the detectors of the service over a history file, in event time."""
    with clear_faults():
        known = read_registry(registry)
        body = DEFAULT_RULES if rules is None else read_rules(rules, known)
        if body.get(SCHEDULES, {}).get("response"):
            typer.echo(
                "note: a file tells no heavy-pollution response: schedules.response has no effect", err=True
            )
        _writable(out)
        outcome = run_file(readings, known, body)
        write(out, lines(outcome.alerts))
        orders = sum(alert.order for _, alert in outcome.alerts)
        account = outcome.account
        typer.echo(
            f"{out}: {len(outcome.alerts)} alerts, {orders} orders from {account.rows} readings"
            f" ({account.repeated} repeated, {account.corrected} corrected)"
        )
        if show_summary:
            for line in _summary(outcome, known):
                typer.echo(line)


def read_rules(path: Path, registry: Registry) -> Mapping[str, Any]:
    """The rule body in the file; raises Invalid with one line that names file and place."""
    text = read_text(path)
    try:
        body = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
        if not isinstance(body, dict):
            raise Invalid("wants a group of names")
        where = places(registry)
        check(body, paths=where.paths(registry), grids=where.grids)
    except json.JSONDecodeError as fault:
        raise Invalid(f"{path}:{fault.lineno}: not JSON: {fault.msg}") from None
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line = "" if mark is None else f":{mark.line + 1}"
        raise Invalid(f"{path}{line}: not YAML: {getattr(fault, 'problem', None) or fault}") from None
    except RecursionError:
        raise Invalid(f"{path}: nested too deeply") from None
    except Invalid as fault:
        raise Invalid(f"{path}: {fault.detail}") from None
    return body


def _writable(out: Path) -> None:
    """Told before the work is done and not after."""
    if out.is_dir() or not out.parent.is_dir() or not os.access(out if out.exists() else out.parent, os.W_OK):
        raise Invalid(f"{out}: cannot be written")


def write(out: Path, content: Iterable[str]) -> None:
    """Writes the whole file or leaves the one that was there; what is no file (a pipe) is written to."""
    whole = not out.exists() or out.is_file()
    target = out.with_name(f".{out.name}.part") if whole else out
    try:
        with target.open("w", encoding="utf-8") as handle:
            handle.writelines(content)
        if whole:
            target.replace(out)
    except OSError as fault:
        raise Invalid(f"{out}: cannot be written: {fault.strerror or fault}") from None


def _summary(outcome: Outcome, registry: Registry) -> Iterable[str]:
    account = outcome.account
    first, last = instant(account.first or 0.0), instant(account.last or 0.0)
    until = max(last, first + timedelta(seconds=1))
    yield ""
    yield (
        f"回测 Back-test: {first:%Y-%m-%d %H:%M} – {last:%Y-%m-%d %H:%M},"
        f" {(until - first) / timedelta(days=1):.1f} 天 days, {len(outcome.sites)} 站点 stations"
    )
    yield from summary_lines(
        summary([alert for _, alert in outcome.alerts], since=first, until=until),
        stations={station.code: station.name for station in registry.stations},
        grids={grid.code: grid.name for grid in registry.grids},
    )
