"""Pictures to look at: made anew from the evidence, smaller, upright, and without what the camera wrote beside them.

The original stays as it came, place and serial number of the phone included: it is evidence, and is downloaded as such.
What a page shows carries none of that. A rendition lies under DATA_DIR/renditions/ab/abcdef….jpg by the SHA-256 of its
original; the folder may be emptied at any time.
"""

import asyncio
import os
import tempfile
from pathlib import Path

import pi_heif
from PIL import Image, ImageOps

from app.evidence import SHOWN, Stored
from models.errors import NotFound

pi_heif.register_heif_opener(thumbnails=False)
FOLDER = "renditions"
EDGE = 1600
"""Pixels of the longer side: a number plate is still read, and a page of photos still comes over a weak signal."""
MOST_PIXELS = 100_000_000
"""More is no photo of a phone, and unpacking it would take gigabytes."""
_QUALITY = 82
# What decoders raise for a picture that is broken or pretends to be one.
_BROKEN = (
    OSError, ValueError, SyntaxError, IndexError, OverflowError, RuntimeError, EOFError,
    Image.DecompressionBombError,
)  # fmt: skip
_one_at_a_time = asyncio.Semaphore(1)
"""In a process: unpacking takes memory, and the first look at a photo can wait a moment."""


async def rendition(stored: Stored, *, data_dir: Path) -> Path:
    """The JPEG to show for a picture; made when it is first asked for. Raises NotFound for what is none."""
    if stored.media_type not in SHOWN:
        raise NotFound("only pictures are shown")
    name = stored.digest.hex()
    path = data_dir / FOLDER / name[:2] / f"{name}.jpg"
    if not await asyncio.to_thread(path.is_file):
        async with _one_at_a_time:
            await asyncio.to_thread(_make, stored.path, path)
    return path


def _make(source: Path, path: Path) -> None:
    if path.is_file():
        return
    picture = _shown(source)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as file:
        try:
            # Only pixels are written: a fresh picture has no metadata of its own.
            picture.save(file, "JPEG", quality=_QUALITY, optimize=True)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    os.replace(file.name, path)


def _shown(source: Path) -> Image.Image:
    try:
        with Image.open(source, formats=("JPEG", "PNG", "WEBP", "HEIF")) as original:
            if original.width * original.height > MOST_PIXELS:
                raise ValueError("too many pixels")
            # A JPEG can be unpacked at a half, a quarter or an eighth of its size.
            original.draft("RGB", (EDGE, EDGE))
            upright = ImageOps.exif_transpose(original)
            upright.thumbnail((EDGE, EDGE))
            plain = Image.new("RGB", upright.size, "white")
            layered = upright.convert("RGBA")
            plain.paste(layered, mask=layered.getchannel("A"))
            return plain
    except _BROKEN as error:
        raise NotFound(f"this picture cannot be shown: {type(error).__name__}") from None
