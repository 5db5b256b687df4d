"""Uploads are taken by content, kept as they came, and given back to those who may see them."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from app.database import transaction
from models.order import Evidence
from tests.api.conftest import Client
from tests.factories import World

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20
LIMIT = 1024 * 1024


def _zip(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return target.getvalue()


async def test_upload_and_download(client: Client, world: World, tmp_path: Path) -> None:
    supervisor = client("supervisor")
    name = "现场 1.png"
    made = await supervisor.post("/evidence", files={"file": (name, PNG, "text/html")})
    assert made.status_code == 201, made.text
    digest = hashlib.sha256(PNG).hexdigest()
    assert made.json() == {
        "id": made.json()["id"],
        "sha256": digest,
        "size": len(PNG),
        "media_type": "image/png",
        "filename": name,
        "original_sha256": None,
    }
    assert (tmp_path / "evidence" / digest[:2] / digest).read_bytes() == PNG
    assert [path.name for path in (tmp_path / "evidence").iterdir()] == [digest[:2]]
    for who in ("supervisor", "duty", "viewer"):
        given = await client(who).get(f"/evidence/{made.json()['id']}")
        assert given.content == PNG
        assert given.headers["Content-Type"] == "image/png"
        assert given.headers["X-Content-Type-Options"] == "nosniff"
        assert given.headers["Content-Disposition"].startswith("inline; filename*=utf-8''%E7%8E%B0")
        assert given.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    for who in ("neighbour", "nobody"):
        assert (await client(who).get(f"/evidence/{made.json()['id']}")).status_code == 404


async def test_cited_evidence_belongs_to_its_order(client: Client, world: World) -> None:
    order = await world.order()
    supervisor = client("supervisor")
    ids = [
        (await supervisor.post("/evidence", files={"file": (name, PNG)})).json()["id"]
        for name in ("a.png", "b.png")
    ]
    assert len(set(ids)) == 2  # the same content twice is one file and two pieces of evidence
    body = {"finding": "x", "evidence": ids[:1], "location": {"lon": 87.3, "lat": 44, "accuracy_m": 5.5}}
    assert (await supervisor.post(f"/orders/{order}/feedback", json=body)).status_code == 200
    report = {"measures": "x", "result": "y", "evidence": ids[:1]}
    assert (await supervisor.post(f"/orders/{order}/report", json=report)).status_code == 422
    report["evidence"] = ids[1:]
    assert (await supervisor.post(f"/orders/{order}/report", json=report)).status_code == 200
    detail = (await supervisor.get(f"/orders/{order}")).json()
    used = {piece["id"]: piece["used_for"] for piece in detail["evidence"]}
    assert used == {ids[0]: "feedback", ids[1]: "report"}
    assert detail["feedback"][0]["location"] == {"lon": 87.3, "lat": 44.0, "accuracy_m": 5.5}


async def test_the_hash_of_what_the_camera_gave_is_kept(client: Client, world: World) -> None:
    order = await world.order()
    supervisor = client("supervisor")
    original = "ab" * 32
    sent = {"files": {"file": ("a.png", PNG)}, "headers": {"Idempotency-Key": "photo-1"}}
    for _ in range(2):
        made = await supervisor.post("/evidence", data={"original_sha256": original}, **sent)  # type: ignore[arg-type]  # several shapes
        assert (made.status_code, made.json()["original_sha256"]) == (201, original)
    other = await supervisor.post("/evidence", data={"original_sha256": "cd" * 32}, **sent)  # type: ignore[arg-type]  # several shapes
    assert other.json()["code"] == "idempotency_conflict"
    body = {"finding": "x", "evidence": [made.json()["id"]]}
    assert (await supervisor.post(f"/orders/{order}/feedback", json=body)).status_code == 200
    (piece,) = (await supervisor.get(f"/orders/{order}")).json()["evidence"]
    assert piece["original_sha256"] == original


@pytest.mark.parametrize("wrong", ["", "ab", "AB" * 32, "ab" * 33, "g" * 64])
async def test_a_hash_that_is_none_is_refused(client: Client, wrong: str) -> None:
    made = await client("supervisor").post(
        "/evidence", files={"file": ("a.png", PNG)}, data={"original_sha256": wrong}
    )
    assert (made.status_code, made.json()["code"]) == (422, "invalid")


async def test_nobody_cites_what_somebody_else_uploaded(client: Client, world: World) -> None:
    order = await world.order()
    made = await client("both").post("/evidence", files={"file": ("a.png", PNG)})
    body = {"finding": "x", "evidence": [made.json()["id"]]}
    assert (await client("supervisor").post(f"/orders/{order}/feedback", json=body)).status_code == 422


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"\xff\xd8\xff\xe0 jpeg", "image/jpeg"),
        (b"%PDF-1.7 ...", "application/pdf"),
        (_zip("a.jpg"), "application/zip"),
        (
            _zip("[Content_Types].xml", "word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (b"PK\x03\x04 not an archive", None),
        (b"<svg onload=alert(1)>", None),
        (b"\x00\x00\x00\x18ftypisom a film", None),
        (b"", None),
    ],
)
async def test_the_content_decides(
    client: Client, tmp_path: Path, content: bytes, media_type: str | None
) -> None:
    made = await client("duty").post("/evidence", files={"file": ("a.png", content, "image/png")})
    if media_type is None:
        assert (made.status_code, made.json()["code"]) == (415, "unsupported_media")
        assert list((tmp_path / "evidence").iterdir()) == []
    else:
        assert (made.status_code, made.json()["media_type"]) == (201, media_type)


@pytest.mark.parametrize("who", ["viewer", "chief", "admin", "nobody"])
async def test_only_those_who_handle_orders_and_tasks_upload(client: Client, who: str) -> None:
    made = await client(who).post("/evidence", files={"file": ("a.png", PNG)})
    assert (made.status_code, made.json()["code"]) == (403, "forbidden")


async def test_size_limits(client: Client, tmp_path: Path) -> None:
    supervisor = client("supervisor")
    fits = PNG + b"x" * (LIMIT - len(PNG))
    assert (await supervisor.post("/evidence", files={"file": ("a.png", fits)})).status_code == 201
    for content in (fits + b"x", fits * 3):
        refused = await supervisor.post("/evidence", files={"file": ("a.png", content)})
        assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert len([path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]) == 1


async def test_forms_without_a_file(client: Client) -> None:
    supervisor = client("supervisor")
    for request in (
        {"data": {"file": "text"}},
        {"json": {"file": "x"}},
        {"files": {"other": ("a.png", PNG)}},
        {"content": b"x"},
    ):
        answer = await supervisor.post("/evidence", **request)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), request
    broken = await supervisor.post(
        "/evidence", content=b"no boundary", headers={"Content-Type": "multipart/form-data"}
    )
    assert broken.status_code == 400
    two = await supervisor.post("/evidence", files=[("file", ("a", PNG)), ("file", ("b", PNG))])
    assert two.status_code == 400


async def test_a_lost_file_is_404(client: Client, world: World, tmp_path: Path) -> None:
    made = (await client("supervisor").post("/evidence", files={"file": ("a.png", PNG)})).json()
    (tmp_path / "evidence" / made["sha256"][:2] / made["sha256"]).unlink()
    assert (await client("supervisor").get(f"/evidence/{made['id']}")).status_code == 404
    async with transaction(world.sessions) as session:
        assert (await session.get(Evidence, made["id"])) is not None
