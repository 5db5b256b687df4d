"""The rows of a file that are shown beside their faults, and a file laid aside."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from app.registry.entries import Fault
from app.registry.importing import FOLDER, discard, excerpt, keep, kept, text_of
from models.errors import Invalid, VersionConflict
from tests.fakes import START as NOW


def lines(*numbers: int) -> list[Fault]:
    return [Fault(number, "x", f"fault {number}") for number in numbers]


def test_only_lines_near_faults_are_shown() -> None:
    source = "\n".join(f"line {n}" for n in range(1, 101))
    rows = excerpt(source, [*lines(50, 50, 53), Fault(None, "", "of the whole"), Fault(900, "", "beyond")])
    assert [row.number for row in rows] == [48, 49, 50, 51, 52, 53, 54, 55]
    assert [len(row.faults) for row in rows] == [0, 0, 2, 0, 0, 1, 0, 0]
    assert [row.gap for row in rows] == [True, *[False] * 7]
    assert [row.number for row in excerpt(source, lines(1, 100))] == [1, 2, 3, 98, 99, 100]
    assert [row.gap for row in excerpt(source, lines(1, 100))] == [False, False, False, True, False, False]


@pytest.mark.parametrize(
    "line",
    [
        "- {username: li, password: geheim12, name: 李}",
        'secret: "geheim12 \\" geheim"',
        "'secret': 'geheim12",
        '{"password": "geheim12"}',
    ],
)
def test_secrets_are_not_shown(line: str) -> None:
    (row,) = excerpt(line, lines(1))
    assert "geheim" not in row.text
    assert "•••" in row.text


def test_a_long_line_is_cut() -> None:
    (row,) = excerpt("x" * 100_000, lines(1))
    assert len(row.text) < 300


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe", b"a\x00b"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        text_of(content)


def test_a_file_laid_aside_is_its_owners_and_goes(tmp_path: Path) -> None:
    digest = keep(tmp_path, 1, "grids: []", NOW)
    assert kept(tmp_path, 1, digest) == "grids: []"
    (path,) = (tmp_path / FOLDER).iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for person, name in ((2, digest), (1, "0" * 64), (1, "../../etc/passwd")):
        with pytest.raises(VersionConflict):
            kept(tmp_path, person, name)
    path.write_text("grids: [1]")
    with pytest.raises(VersionConflict):
        kept(tmp_path, 1, digest)
    discard(tmp_path, 1, digest)
    discard(tmp_path, 1, digest)
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_old_files_are_cleared_away(tmp_path: Path) -> None:
    keep(tmp_path, 1, "a: b", NOW)
    (path,) = (tmp_path / FOLDER).iterdir()
    later = path.stat().st_mtime - NOW.timestamp() + 25 * 3600
    keep(tmp_path, 1, "c: d", NOW + timedelta(seconds=later))
    assert path not in list((tmp_path / FOLDER).iterdir())
