"""`geshao sla`: policies as they stand, and what one would have made of past orders. Changes nothing."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from app.commands.start import run_with_database
from app.database import Sessions
from app.flows.policies import checked
from app.registry.directory import Directory
from app.registry.document import read_text
from app.settings import Settings
from app.views.policies import list_policies
from models.clock import BEIJING, SystemClock
from models.errors import Invalid, NotFound
from sla import policybook, trials
from sla.policy import parse_policy

sla_app = typer.Typer(no_args_is_help=True, help="SLA policies.")
_COLUMNS = ("met", "breached", "void", "running", "not_started")


@sla_app.command("policies")
def policies() -> None:
    """List the versions, newest first."""

    async def work(sessions: Sessions, _settings: Settings) -> list[dict[str, Any]]:
        async with sessions() as session:
            return list((await list_policies(session, limit=1000))["items"])

    for one in run_with_database(work):
        made = "settings" if one["from_settings"] else one["author"]
        typer.echo(
            f"{one['version']:4}  {one['state']:8}  {one['created_at'][:16]}  {made}  {one['note']}".rstrip()
        )


@sla_app.command("what-if")
def what_if(
    version: Annotated[int | None, typer.Argument(help="A stored version.")] = None,
    file: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="A body, YAML or JSON, instead.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=trials.LONGEST.days, help="So many days back.")] = 30,
    until: Annotated[str | None, typer.Option(help="Until this instant, ISO 8601; else now.")] = None,
    grid: Annotated[str | None, typer.Option(help="Only this grid and below.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole result as JSON.")] = False,
) -> None:
    """Say what a policy would have made of past orders, beside what was. Keeps nothing."""

    async def work(sessions: Sessions, _settings: Settings) -> dict[str, Any]:
        if (version is None) == (file is None):
            raise Invalid("name either a version or a file with --policy")
        now = SystemClock().now()
        end = now if until is None else _instant(until)
        directory = Directory()
        async with sessions() as session:
            await directory.refresh(session)
            if file is not None:
                policy = parse_policy(0, await checked(_read(file), directory))
            else:
                policy = await policybook.policy_of(session, version or 0)
            found = None if grid is None else directory.grid_by_code(grid)
            if grid is not None and found is None:
                raise NotFound(f"no grid {grid}")
            grid_ids = None if found is None else directory.subtree(found.id)
            return await trials.run(
                session, policy, since=end - timedelta(days=days), until=end, grid_ids=grid_ids, now=now
            )

    result = run_with_database(work)
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False, indent=1))
        return
    for line in _lines(result):
        typer.echo(line)


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"--until: {text} is no instant such as 2026-11-23T08:00+08:00") from None
    return (at if at.tzinfo is not None else at.replace(tzinfo=BEIJING)).astimezone(UTC)


def _read(path: Path) -> dict[str, Any]:
    try:
        body = yaml.safe_load(read_text(path))
    except yaml.YAMLError as fault:
        raise Invalid(f"{path}: neither YAML nor JSON: {getattr(fault, 'problem', None) or fault}") from None
    if not isinstance(body, dict):
        raise Invalid(f"{path}: wants a group of names")
    return body


def _lines(result: dict[str, Any]) -> list[str]:
    """A table by grid and kind of clock, and the sums."""
    head = f"{'grid':10} {'clock':12}" + "".join(f" {name:>16}" for name in _COLUMNS)
    lines = [head]
    rows = [(g["grid"], g["kind"], g["was"], g["would"]) for g in result["groups"]]
    for grid, kind, was, would in [*rows, ("all", "", result["was"], result["would"])]:
        cells = (f"{was[name]} → {would[name]}" for name in _COLUMNS)
        lines.append(f"{grid:10} {kind:12}" + "".join(f" {cell:>16}" for cell in cells))
    lines.append(
        f"{result['clocks']} clocks: {result['newly_breached']} newly breached,"
        f" {result['no_longer_breached']} no longer"
    )
    return lines
