"""Files that only their owner may read, written by several at a time."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.embedded.broker import _write_private


def test_several_who_write_one_file_leave_one_of_theirs_whole(tmp_path: Path) -> None:
    path = tmp_path / "passwords"
    texts = [f"{n}\n" * 2000 for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda n: _write_private(path, texts[n % 8]), range(200)):
            pass
    assert path.read_text() in texts
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
