"""What the README says of settings, commands and payloads is so."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import typer

from app.cli import cli
from app.ingest.decode import Bounds, decode
from app.settings import PREFIX, SlaSettings, known_names, load_settings
from models.enums import MET, POLLUTANTS
from tests.docs.markdown import blocks, rows, section, text_of

README = text_of("README.md")
_NONE = "—"


def _table(title: str) -> list[list[str]]:
    return [cells for cells in rows(section(README, title)) if cells[0].startswith("`")]


def _value(name: str, environ: dict[str, str]) -> Any:
    value: Any = load_settings(environ)
    for part in name.removeprefix(PREFIX).lower().split("__"):
        value = getattr(value, part)
    return value


def test_every_setting_is_listed_once_and_nothing_else() -> None:
    listed = [cells[0].strip("`") for cells in _table("设置 Settings")]
    assert len(listed) == len(set(listed))
    assert set(listed) == known_names()


def test_every_setting_has_its_true_default_and_a_meaning() -> None:
    for cells in _table("设置 Settings"):
        name, default, meaning = cells[0].strip("`"), cells[1].strip("`"), cells[2]
        assert meaning, name
        actual = _value(name, {})
        if default == _NONE:
            assert actual is None, name
        else:
            assert _value(name, {name: default}) == actual, name


def test_the_limits_of_the_policy_are_those_of_the_contract() -> None:
    sla = SlaSettings()
    assert (sla.feedback, sla.report) == (timedelta(hours=1), timedelta(hours=2))


def _commands(command: Any, path: str) -> Iterator[str]:
    """The full name of every command; a group has `commands`."""
    below = getattr(command, "commands", None)
    if below is None:
        yield path
    else:
        for name, one in below.items():
            yield from _commands(one, f"{path} {name}")


def test_every_command_is_listed_and_nothing_else() -> None:
    actual = set(_commands(typer.main.get_command(cli), "geshao"))
    found = [re.match(r"`(geshao(?: [a-z][a-z-]*)+)", cells[0]) for cells in _table("命令 Commands")]
    listed = {name[1] for name in found if name}
    assert listed == actual


def test_the_example_payload_is_a_reading() -> None:
    (example,) = blocks(README, "json")
    at = datetime.fromisoformat(json.loads(example)["observed_at"])
    bounds = Bounds(latest=at + timedelta(minutes=1), oldest=at - timedelta(minutes=1))
    for payload in (example, f"[{example}]"):
        readings, rejected = decode("WZ-652301-001", payload.encode(), bounds)
        assert rejected == []
        (reading,) = readings
        assert reading.observed_at == at
        assert len(reading.values) == len(POLLUTANTS)
        assert None not in reading.values
        assert len(reading.met) == len(MET)
        assert None not in reading.met


def test_make_targets_named_in_the_readme_are_there() -> None:
    makefile = text_of("Makefile")
    for target in set(re.findall(r"`(?:\w+=\S+ )?make ([a-z]+)`", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
