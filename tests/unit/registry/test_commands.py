"""`geshao registry check FILE` without any database: one line a fault, the exit tells the outcome."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.commands.registry import registry_app
from app.registry import default_registry_text
from app.registry.document import LIMIT_BYTES

runner = CliRunner()


def test_a_sound_file_gives_one_line(tmp_path: Path) -> None:
    file = tmp_path / "changji.yaml"
    file.write_text(default_registry_text(), "utf-8")
    result = runner.invoke(registry_app, ["check", str(file)])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"{file}: no faults: 116 grids, 34 people, 24 stations, 6 sources\n"


def test_notices_do_not_fail(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text("grids: [{code: A1, name: 甲, level: 2, parent: 652300}]", "utf-8")
    result = runner.invoke(registry_app, ["check", str(file)])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == f"{file}: no faults: 1 grid, 0 people, 0 stations, 0 sources"
    assert result.stdout.count(f"{file}: notice: ") == 2


def test_faults_come_one_a_line_and_the_exit_says_so(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("grids:\n  - {code: A1, name: 甲, level: 7, parent: 652300}\nroads: []\n", "utf-8")
    result = runner.invoke(registry_app, ["check", str(file)])
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"{file}:2: grids[0].level: grid A1: level 7 lies outside 1 to 4",
        f"{file}:3: roads: unknown key; known are grids, people, stations, sources",
        f"geshao: {file}: 2 faults, not fit to be loaded",
    ]


@pytest.mark.parametrize("command", ["check", "load"])
def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, command: str) -> None:
    missing = tmp_path / "missing.yaml"
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"grids: \xff\xfe")
    huge = tmp_path / "huge.yaml"
    with huge.open("wb") as handle:
        handle.truncate(LIMIT_BYTES + 1)
    cases = [
        (missing, "cannot be read: No such file or directory"),
        (tmp_path, "cannot be read: Is a directory"),
        (binary, "not UTF-8 text (byte 7)"),
        (huge, "larger than 32 MiB"),
    ]
    for file, says in cases:
        result = runner.invoke(registry_app, [command, str(file)])
        assert (result.exit_code, result.stderr) == (1, f"geshao: {file}: {says}\n")
