"""Photos and documents: received, checked by content, and kept for ever under the name of their SHA-256.

A file lies under DATA_DIR/evidence/ab/abcdef…, written beside it first and renamed when it is whole and on
disk. The original is kept as it came, with its metadata: it is evidence.
"""

import asyncio
import hashlib
import os
import tempfile
import uuid
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from models.enums import Role
from models.errors import Forbidden, NotFound, TooLarge, UnsupportedMedia
from models.order import Evidence, WorkOrder
from models.patrol import PatrolPhoto, PatrolVisit
from models.registry import Source
from models.source import SourceDocument

FOLDER = "evidence"
ACCEPTED = "JPEG, PNG, WebP, HEIC, PDF, DOCX, ZIP"
SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic"})
"""Pictures; they run nothing, so a browser that knows the kind may show them without saving them."""
_CHUNK = 1024 * 1024
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"})
_NO_ARCHIVE = (
    zipfile.BadZipFile,
    ValueError,
    OSError,
    NotImplementedError,  # what zipfile raises for an archive of a later ZIP than it reads
)
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_MAX_ENTRIES = 10_000  # a ZIP directory longer than that is no document


@dataclass(frozen=True, slots=True)
class Received:
    """An upload that is whole and of an accepted type, not yet in its place."""

    temporary: Path
    digest: bytes
    size: int
    media_type: str
    filename: str

    def discard(self) -> None:
        self.temporary.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Stored:
    """A piece of evidence with the place of its file."""

    path: Path
    digest: bytes
    media_type: str
    filename: str


async def receive(source: BinaryIO, filename: str | None, *, data_dir: Path, limit: int) -> Received:
    """Copies an upload to disk and looks at what it is; raises TooLarge or UnsupportedMedia, leaving none."""
    return await asyncio.to_thread(_receive, source, safe_name(filename), data_dir / FOLDER, limit)


async def place(received: Received, *, data_dir: Path) -> None:
    """Puts the file where its digest says. The same content twice is one file."""
    await asyncio.to_thread(_place, received, data_dir / FOLDER)


async def add(
    session: AsyncSession,
    received: Received,
    *,
    caller: Caller,
    now: datetime,
    original: bytes | None = None,
) -> uuid.UUID:
    """Writes the row of a placed file; gives its id. Raises Forbidden without a duty that handles orders.

    `original` is the SHA-256 that the device claims for what it made the file from.
    """
    evidence_id = uuid.uuid4()
    session.add(
        Evidence(
            id=evidence_id,
            digest=received.digest,
            original_digest=original,
            size=received.size,
            media_type=received.media_type,
            filename=received.filename,
            uploaded_by=caller.id,
            grid_id=grid_of(caller),
            uploaded_at=now,
        )
    )
    await session.flush()  # a fault in the row must show before the answer is made
    return evidence_id


def grid_of(caller: Caller) -> int:
    """The grid an upload belongs to until an order cites it: the first one the caller handles things in."""
    for wanted in (Role.SUPERVISOR, Role.PATROLLER, Role.DUTY_OFFICER):
        for role, grid_id in caller.duties:
            if role is wanted:
                return grid_id
    raise Forbidden("evidence takes a supervisor, a patroller or a duty officer")


async def find(session: AsyncSession, evidence_id: uuid.UUID, *, caller: Caller, data_dir: Path) -> Stored:
    """Evidence the caller uploaded, or whose grid or order they see; raises NotFound otherwise."""
    statement = (
        select(Evidence.digest, Evidence.media_type, Evidence.filename)
        .outerjoin(WorkOrder, WorkOrder.id == Evidence.order_id)
        .where(
            Evidence.id == evidence_id,
            or_(
                Evidence.uploaded_by == caller.id,
                caller.scope.where(Evidence.grid_id),
                caller.scope.where(WorkOrder.grid_id),
                # A document of a source is for whoever sees the source.
                select(SourceDocument.id)
                .join(Source, Source.id == SourceDocument.source_id)
                .where(SourceDocument.evidence_id == Evidence.id, caller.scope.where(Source.grid_id))
                .exists(),
                # A photo of a check-in for whoever sees the place.
                select(PatrolPhoto.visit_id)
                .join(PatrolVisit, PatrolVisit.id == PatrolPhoto.visit_id)
                .where(PatrolPhoto.evidence_id == Evidence.id, caller.scope.where(PatrolVisit.grid_id))
                .exists(),
            ),
        )
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound(f"no evidence {evidence_id}")
    return Stored(_path(data_dir / FOLDER, row.digest), row.digest, row.media_type, row.filename)


def safe_name(filename: str | None) -> str:
    """The last part of a name, without anything a file system, a header or the database might misread."""
    name = (filename or "").replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(char for char in name if char.isprintable() and not "\ud800" <= char <= "\udfff").strip()
    if len(name) > 200:
        stem, dot, suffix = name.rpartition(".")
        name = f"{stem[: 199 - len(suffix)]}.{suffix}" if dot and len(suffix) <= 10 else name[:200]
    return name.strip(". ") or "evidence"


def sniff(head: bytes) -> str | None:
    """The media type the first bytes tell; None for what is not accepted. `application/zip` may be a DOCX."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC:
        return "image/heic"
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"PK\x03\x04"):
        return "application/zip"
    return None


def stored_at(data_dir: Path, digest: bytes) -> Path:
    """Where the file of this SHA-256 lies."""
    return _path(data_dir / FOLDER, digest)


def _path(folder: Path, digest: bytes) -> Path:
    name = digest.hex()
    return folder / name[:2] / name


def _receive(source: BinaryIO, filename: str, folder: Path, limit: int) -> Received:
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix="upload-", dir=folder)
    temporary = Path(name)
    try:
        digest, size, head = hashlib.sha256(), 0, b""
        with os.fdopen(handle, "wb") as target:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size > limit:
                    raise TooLarge(f"the file is larger than {limit} bytes", limit=limit)
                head = head or chunk[:64]
                digest.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        media_type = sniff(head)
        if media_type == "application/zip":
            media_type = _kind_of_zip(temporary)
        if media_type is None:
            raise UnsupportedMedia(f"the content is none of {ACCEPTED}")
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return Received(temporary, digest.digest(), size, media_type, filename)


def _kind_of_zip(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except _NO_ARCHIVE:
        return None
    if len(names) > _MAX_ENTRIES:
        return None
    return _DOCX if "word/document.xml" in names else "application/zip"


def _place(received: Received, folder: Path) -> None:
    target = _path(folder, received.digest)
    target.parent.mkdir(exist_ok=True)
    os.replace(received.temporary, target)
    # The rename itself is on disk only when the folder is.
    for directory in (target.parent, folder):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
