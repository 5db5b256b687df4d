"""The field page's own files: one digest for all of them, so that modules that import each other match."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "static" / "field"
WORKER = "worker.js"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
}


@dataclass(frozen=True, slots=True)
class Bundle:
    """Every file as it was at the start, under addresses that change when any of them does."""

    digest: str
    files: Mapping[str, tuple[str, bytes]]
    """Name to media type and content."""

    def url(self, name: str) -> str:
        return f"/f/files/{self.digest}/{name}"


@cache
def bundle() -> Bundle:
    files = {
        path.name: (_TYPES[path.suffix], path.read_bytes())
        for path in sorted(FOLDER.iterdir())
        if path.suffix in _TYPES
    }
    digest = hashlib.sha256()
    for name, (_, content) in files.items():
        digest.update(name.encode() + b"\0" + len(content).to_bytes(8, "big") + content)
    return Bundle(digest.hexdigest()[:16], files)


def worker(shell: str) -> bytes:
    """The service worker, told which files the page `shell` consists of; other files make it another worker.

    `shell` is the digest of the page around the files: a changed text reaches phones like a changed file.
    """
    found = bundle()
    kept = [found.url(name) for name in found.files if name != WORKER]
    told = f"const VERSION = {json.dumps(f'{found.digest}-{shell}')};\nconst FILES = {json.dumps(kept)};\n"
    return told.encode() + found.files[WORKER][1]
