"""The commands as an operator types them: one clear line and a code, whatever is wrong."""

import asyncio
import gzip
import os
import sys
from pathlib import Path

import pytest

from app.commands.play import read_history, survey
from models.errors import ConfigurationError
from tests.process import ROOT

HEADER = "station,observed_at,pm25,temperature\n"


async def geshao(*arguments: str, **environ: str) -> tuple[int, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GESHAO_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", *arguments, cwd=ROOT, env=kept | environ,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


@pytest.mark.parametrize(
    ("arguments", "environ", "says"),
    [
        (("serve",), {"GESHAO_SLA__FEEDBAK": "PT1H"}, "did you mean GESHAO_SLA__FEEDBACK?"),
        (("serve",), {"GESHAO_SLA__FEEDBACK": "3600"}, "GESHAO_SLA__FEEDBACK"),
        (("serve",), {"GESHAO_SLA__REPORT": "PT0S"}, "GESHAO_SLA__REPORT"),
        (("serve",), {"GESHAO_HTTP_PORT": "99999"}, "GESHAO_HTTP_PORT"),
        (("serve",), {"GESHAO_HTTP_HOST": "no.such.host.invalid"}, "GESHAO_HTTP_HOST"),
        (("serve",), {"GESHAO_SECRET_KEY": "short"}, "GESHAO_SECRET_KEY"),
        (("serve",), {"GESHAO_PUBLIC_URL": "foo"}, "GESHAO_PUBLIC_URL"),
        (("serve",), {"GESHAO_MQTT_URL": "http://x"}, "GESHAO_MQTT_URL"),
        (("serve",), {"GESHAO_DATABASE_URL": "mysql://x/y"}, "GESHAO_DATABASE_URL"),
        (("serve",), {"GESHAO_DATABASE_URL": "postgresql+asyncpg://x/y"}, "GESHAO_SECRET_KEY"),
        (("serve",), {"GESHAO_WEBHOOK__URL": "https://example.org"}, "GESHAO_WEBHOOK__SECRET"),
        (("serve", "--role", "cook"), {}, "cook"),
        (("registry", "check", "no-such-file.yaml"), {}, "no-such-file.yaml"),
        (("cook",), {}, "No such command 'cook'; see `geshao --help`"),
        (("backtest",), {}, "Missing option '--registry'; see `geshao backtest --help`"),
        (("backtest", "--registri", "x"), {}, "No such option: --registri"),
        (("replay", "--speed", "fast", "x.csv"), {}, "Invalid value for '--speed'"),
        (("sla", "what-if"), {}, "either a version or a file"),
        (("sla", "what-if", "9"), {}, "no SLA policy 9"),
        (("sla", "what-if", "--policy", "no-such-file.yaml"), {}, "no-such-file.yaml"),
        (("sla", "what-if", "1", "--until", "soon"), {}, "--until"),
        (("doctor", "now"), {}, "(now); see `geshao doctor --help`"),
    ],
)
async def test_each_fault_is_one_line_that_names_it(
    tmp_path: Path, arguments: tuple[str, ...], environ: dict[str, str], says: str
) -> None:
    code, output = await geshao(*arguments, **({"GESHAO_DATA_DIR": str(tmp_path)} | environ))
    assert code != 0
    assert len(output.strip().splitlines()) == 1, output
    assert says in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("module", "without"),
    [
        ("app.cli", {"app.main", "app.serve", "app.console.routes"}),
        # What an engine or an intake alone is made of.
        ("app.serve", {"app.offered", "app.console.pages", "app.api.orders"}),
    ],
)
async def test_nothing_is_read_in_that_is_not_needed(module: str, without: set[str]) -> None:
    code = f"import sys, {module}; print(sorted({without!r} & sys.modules.keys()))"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert (await process.communicate())[0] == b"[]\n"


async def test_a_secret_is_never_repeated(tmp_path: Path) -> None:
    _, output = await geshao("serve", GESHAO_SECRET_KEY="hunter2", GESHAO_DATA_DIR=str(tmp_path))
    assert "hunter2" not in output


async def test_the_chain_is_verified_and_the_doctor_looks(database_url: str, tmp_path: Path) -> None:
    environ = {
        "GESHAO_DATABASE_URL": database_url,
        "GESHAO_SECRET_KEY": "only for this test, and long enough for it",
        "GESHAO_DATA_DIR": str(tmp_path),
    }
    assert await geshao("migrate", **environ) == (0, "the schema is up to date\n")
    code, output = await geshao("audit", "verify", **environ)
    assert (code, output) == (0, "journal intact: 0 events, head -\n")
    assert await geshao("audit", "head", **environ) == (0, f"--head {'0' * 64} --count 0\n")
    code, output = await geshao("audit", "verify", "--head", "ab" * 32, "--count", "3", **environ)
    assert code == 1
    assert "truncated: 3 events were there when the head was kept, now 0" in output
    code, output = await geshao("audit", "verify", "--head", "abc", **environ)
    assert code == 2
    assert "64 hex digits" in output
    code, output = await geshao("audit", "verify", "--order", "2026-1-000001", **environ)
    assert (code, output) == (1, "geshao: no order 2026-1-000001\n")
    code, output = await geshao("doctor", **environ)
    assert code == 1
    assert "FAULT  registry: no level-2 grids or no stations" in output
    assert "ok     schema" in output


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "header lacks"),
        ("station,pm25\nS,1\n", "header lacks observed_at"),
        ("station,observed_at,temperature\n", "header lacks a pollutant"),
        (HEADER + "S,2026-11-23T08:00:00,1,\n", "history.csv:2: observed_at has no offset"),
        (HEADER + "S,yesterday,1,\n", "history.csv:2"),
        (HEADER + "S,2026-11-23T08:00:00+08:00,much,\n", "history.csv:2"),
        (HEADER + "S,2026-11-23T08:00:00+08:00,nan,\n", "not a finite number"),
    ],
)
def test_a_fault_in_a_history_is_named_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "history.csv"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as refused:
        list(read_history(path))
    assert says in str(refused.value)


def test_a_history_is_read_packed_or_not_and_blanks_are_missing(tmp_path: Path) -> None:
    text = HEADER + "S,2026-11-23T08:00:00+08:00,,-3.5\nT,2026-11-23T08:01:00+08:00,12.5,\n"
    plain, packed = tmp_path / "h.csv", tmp_path / "h.csv.gz"
    plain.write_text(text)
    packed.write_bytes(gzip.compress(text.encode()))
    lines = list(read_history(plain))
    assert lines == list(read_history(packed))
    assert (lines[0].values, lines[0].met) == ({"pm25": None}, {"temperature": -3.5})
    assert lines[1].values == {"pm25": 12.5}
    found = survey(lines, {"T"})
    assert (found.strangers, found.last) == ({"S"}, lines[1].observed_at)
