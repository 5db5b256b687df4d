"""Pictures to look at: upright, small, and without what the camera wrote beside them."""

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from tests.api.conftest import Client
from tests.factories import World

PLACE = "GPS-of-the-phone"
PHONE = Path(__file__).parents[1] / "data" / "photos" / "phone.heic"
"""640 by 480 pixels of one red, to be turned by 90°, with the metadata of `photo`; made for this test."""


def photo(*, size: tuple[int, int] = (2400, 1200), turned: int = 6) -> bytes:
    """A red JPEG as a phone makes it: on its side, with position, maker and serial number."""
    exif = Image.Exif()
    exif[0x0112] = turned
    exif[0x010F] = "MakerOfThePhone"
    exif[0xA431] = PLACE
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (44.0, 0.5, 0.0), "E", (87.0, 18.0, 0.0)
    target = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(target, "JPEG", exif=exif)
    return target.getvalue()


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def upload(client: Client, content: bytes, name: str = "现场.jpg") -> str:
    answer = await client("supervisor").post("/evidence", files={"file": (name, content)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_what_is_shown_says_nothing_of_the_phone(client: Client, world: World) -> None:
    original = photo()
    assert b"MakerOfThePhone" in original
    piece = await upload(client, original)
    for _ in range(2):
        seen = await client("duty").get(f"/evidence/{piece}/view")
        assert seen.status_code == 200
        assert seen.headers["Content-Type"] == "image/jpeg"
        assert seen.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        with Image.open(io.BytesIO(seen.content)) as shown:
            # Turned upright and made smaller.
            assert shown.size == (800, 1600)
            assert not shown.getexif()
            assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
            assert shown.getpixel((400, 800))[0] > 150
        for hidden in (b"Exif", b"MakerOfThePhone", PLACE.encode()):
            assert hidden not in seen.content
    # The evidence itself is what came.
    assert (await client("duty").get(f"/evidence/{piece}")).content == original


async def test_a_photo_in_the_format_of_phones_is_shown_in_one_of_browsers(client: Client) -> None:
    original = PHONE.read_bytes()
    assert b"MakerOfThePhone" in original
    seen = await client("duty").get(f"/evidence/{await upload(client, original, '现场.heic')}/view")
    assert seen.headers["Content-Type"] == "image/jpeg"
    with Image.open(io.BytesIO(seen.content)) as shown:
        assert shown.size == (480, 640)
        assert shown.getpixel((240, 320))[0] > 150
    assert b"MakerOfThePhone" not in seen.content


async def test_a_transparent_picture_lies_on_white(client: Client, world: World) -> None:
    target = io.BytesIO()
    Image.new("RGBA", (40, 20), (0, 0, 0, 0)).save(target, "PNG")
    piece = await upload(client, target.getvalue(), "a.png")
    seen = await client("supervisor").get(f"/evidence/{piece}/view")
    with Image.open(io.BytesIO(seen.content)) as shown:
        assert shown.size == (40, 20)
        assert min(shown.getpixel((5, 5))) > 250


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 60,000 pixels wide and high."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (photo()[:3000], "cut.jpg"),
        (b"\x89PNG\r\n\x1a\n" + b"pixels" * 20, "none.png"),
        (bomb(), "bomb.png"),
        (PHONE.read_bytes()[:700], "cut.heic"),
        (PHONE.read_bytes()[:24] + b"\xff" * 400, "none.heic"),
        (b"%PDF-1.7\n%%EOF", "paper.pdf"),
    ],
    ids=["cut", "no picture", "bomb", "cut heic", "no heic", "no picture at all"],
)
async def test_what_cannot_be_shown_is_not_there_and_the_original_is(
    client: Client, world: World, tmp_path: Path, content: bytes, name: str
) -> None:
    piece = await upload(client, content, name)
    refused = await client("duty").get(f"/evidence/{piece}/view")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert (await client("duty").get(f"/evidence/{piece}")).content == content
    assert kept(tmp_path / "renditions") == []


async def test_it_is_seen_by_whoever_sees_the_original(client: Client, world: World) -> None:
    piece = await upload(client, photo(size=(40, 20)))
    for who, status in (("viewer", 200), ("duty", 200), ("neighbour", 404), ("nobody", 404)):
        assert (await client(who).get(f"/evidence/{piece}/view")).status_code == status
    nobody = await client(None).get(f"/evidence/{piece}/view")
    assert nobody.status_code == 401
