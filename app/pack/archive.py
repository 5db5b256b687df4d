"""Writes a pack as a ZIP: file by file, never whole in memory, and the same bytes for the same contents."""

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import structlog

from app.evidence import stored_at
from app.pack.contents import Contents, media_name
from app.pack.written import documents

log = structlog.get_logger()
CHUNK = 1 << 20
# The oldest instant a ZIP can say: a file's time would make two packs of one state differ.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX = 3


def write(contents: Contents, target: IO[bytes], *, data_dir: Path) -> str:
    """Writes the pack; gives its SHA-256 in hex. A photo that is lost is left out, which the pack's own check tells.

    Nothing is compressed: photos are already, and another release of zlib would give other bytes.
    """
    sums: dict[str, str] = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, body in documents(contents).items():
            archive.writestr(_entry(name), body)
            sums[name] = hashlib.sha256(body).hexdigest()
        for piece in sorted(contents.order["evidence"], key=lambda piece: str(piece["sha256"])):
            name, digest = media_name(piece["sha256"], piece["media_type"]), str(piece["sha256"])
            if name not in sums:
                sums[name] = digest  # as it was when it was uploaded, whatever lies there now
                _copy(archive, name, stored_at(data_dir, bytes.fromhex(digest)))
        listed = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items())).encode()
        archive.writestr(_entry("SHA256SUMS"), listed)
        archive.writestr(_entry("SHA256SUMS.sha256"), f"{hashlib.sha256(listed).hexdigest()}\n".encode())
    return digest_of(target)


def digest_of(file: IO[bytes]) -> str:
    """SHA-256 in hex of an open file, which is left at its beginning."""
    digest = hashlib.sha256()
    file.seek(0)
    for chunk in chunks(file):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _copy(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    try:
        source = path.open("rb")
    except FileNotFoundError:
        log.error("evidence.missing", sha256=path.name)
        return
    with source, archive.open(_entry(name), "w", force_zip64=True) as entry:
        for chunk in chunks(source):
            entry.write(chunk)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.create_system = _UNIX
    entry.external_attr = 0o644 << 16
    return entry
