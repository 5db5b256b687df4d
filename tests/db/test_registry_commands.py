"""`geshao registry` and `geshao user` against a database."""

import asyncio
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import select
from typer import Typer
from typer.testing import CliRunner

from app.auth.passwords import verify
from app.commands.registry import registry_app
from app.commands.user import user_app
from app.database import Sessions
from app.registry import default_registry_text
from models.registry import Duty, Person


class Commands:
    """Runs commands in a thread, since each of them brings its own event loop."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self._environ = {"GESHAO_DATABASE_URL": database_url, "GESHAO_DATA_DIR": str(folder)}
        self.folder = folder

    async def __call__(self, app: Typer, *words: str, typed: str | None = None) -> Result:
        runner = CliRunner(env=self._environ)
        return await asyncio.to_thread(runner.invoke, app, list(words), input=typed)

    async def load(self, text: str) -> Result:
        file = self.folder / "r.yaml"
        await asyncio.to_thread(file.write_text, text, "utf-8")
        return await self(registry_app, "load", str(file))


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Commands:
    return Commands(database_url, tmp_path)


async def person(sessions: Sessions, username: str) -> Person | None:
    async with sessions() as session:
        return (await session.scalars(select(Person).where(Person.username == username))).one_or_none()


async def test_load_says_what_it_did(run: Commands) -> None:
    first = await run.load(default_registry_text())
    assert (first.exit_code, first.stderr) == (0, "")
    assert first.stdout == (
        f"{run.folder}/r.yaml: loaded: grids 116 added; people 34 added; duties 34 added;"
        " stations 24 added; sources 6 added\n"
    )
    again = await run.load(default_registry_text())
    assert "loaded: nothing changed" in again.stdout


async def test_load_refuses_a_faulty_file_whole(run: Commands, sessions: Sessions) -> None:
    text = "people: [{username: li, name: 李}]\nstations: [{code: S1, name: 一, lon: 87, lat: 44, kind: micro}]\n"
    result = await run.load(text)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"{run.folder}/r.yaml:2: stations[0]: station S1: without a grid at (87, 44),"
        " and no level-2 grid has a boundary to place it by",
        f"geshao: {run.folder}/r.yaml: 1 fault, nothing was loaded",
    ]
    assert await person(sessions, "li") is None


async def test_check_can_take_the_grids_of_the_database(run: Commands) -> None:
    await run.load('grids: [{code: "111", name: 甲州, level: 1}]')
    file = run.folder / "two.yaml"
    await asyncio.to_thread(
        file.write_text, "grids: [{code: 222, name: 乙县, level: 2, parent: 111}]", "utf-8"
    )
    assert (await run(registry_app, "check", str(file))).exit_code == 1
    assert (await run(registry_app, "check", "--against-database", str(file))).exit_code == 0


async def test_check_without_a_file_looks_over_the_database(run: Commands) -> None:
    await run.load("grids: [{code: 222, name: 乙县, level: 2, parent: 652300}]")
    result = await run(registry_app, "check")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "database: 2 notices"


async def test_a_user_is_added_with_a_password_shown_once(run: Commands, sessions: Sessions) -> None:
    await run.load(default_registry_text())
    words = ("add", "wang", "--name", "王", "--grid", "652301", "--role", "supervisor", "--phone", "555")
    result = await run(user_app, *words)
    assert (result.exit_code, result.stderr) == (0, "")
    password = result.stdout.split("password: ")[1].split()[0]
    wang = await person(sessions, "wang")
    assert wang is not None
    assert await verify(password, wang.password_hash)
    async with sessions() as session:
        duty = (await session.scalars(select(Duty).where(Duty.person_id == wang.id))).one()
    assert (duty.role, duty.valid_to) == ("supervisor", None)
    twice = await run(user_app, *words)
    assert (twice.exit_code, twice.stderr) == (1, "geshao: there is a person wang already\n")


@pytest.mark.parametrize(
    ("grid", "role", "username", "says"),
    [
        ("X9", "chief", "wang", "person wang: there is no grid X9"),
        ("652300", "boss", "wang", "person wang: role 'boss' is none of administrator, duty_officer, chief,"),
        ("652300", "chief", "wa ng", "person: username 'wa ng' may hold only letters"),
    ],
)
async def test_a_user_that_cannot_be_is_one_line(
    run: Commands, grid: str, role: str, username: str, says: str
) -> None:
    await run.load("people: [{username: a, name: 甲, duties: [{grid: 652300, role: chief}]}]")
    result = await run(user_app, "add", username, "--name", "王", "--grid", grid, "--role", role)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"geshao: {says}")
    assert result.stderr.count("\n") == 1


async def test_a_password_is_taken_from_standard_input(run: Commands, sessions: Sessions) -> None:
    await run.load("people: [{username: a, name: 甲, duties: [{grid: 652300, role: chief}]}]")
    result = await run(user_app, "password", "a", "--password-stdin", typed="a new password\n")
    assert (result.exit_code, result.stdout) == (0, "changed the password of a\n")
    found = await person(sessions, "a")
    assert found is not None
    assert await verify("a new password", found.password_hash)
    short = await run(user_app, "password", "a", "--password-stdin", typed="short\n")
    assert short.stderr == "geshao: a password has at least 8 characters\n"
    none = await run(user_app, "password", "a", "--password-stdin", typed="")
    assert none.stderr == "geshao: no password on standard input\n"
    nobody = await run(user_app, "password", "b")
    assert nobody.stderr == "geshao: there is no person b\n"
    assert [short.exit_code, none.exit_code, nobody.exit_code] == [1, 1, 1]
