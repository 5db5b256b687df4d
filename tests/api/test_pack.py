"""The evidence pack: whole, the same for the same state, and telling of every byte that is not as it was."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from app import audit
from app.flows.pack import make
from app.views.orders import order_document
from dispatch.commands import FileReport
from models.bulk import fetch
from models.enums import AlertKind, CauseCode, OrderState
from models.errors import NotFound
from tests.api.conftest import Client
from tests.api.test_precision import ordered
from tests.db.test_commands import geshao
from tests.factories import OTHER_COUNTY, World

PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20
PLAIN = {
    "README.txt", "SHA256SUMS", "SHA256SUMS.sha256", "alert.json", "chain.json", "clocks.json", "order.json",
    "policy.json", "timeline.html", "timeline.json", "timeline.txt", "verify.py",
}  # fmt: skip


async def worked(client: Client, world: World) -> int:
    """An order with a photo, a late report and awkward words; gives its id."""
    order_id = await world.order(station="WZ-1", reason="夜间异常 <b>&</b>")
    upload = await client("supervisor").post("/evidence", files={"file": ("工地.jpg", PHOTO, "image/jpeg")})
    assert upload.status_code == 201, upload.text
    (photo,) = [upload.json()["id"]]
    body = {"finding": "工地“未覆盖” <script>", "cause_code": "construction_dust", "evidence": [photo]}
    headers = {"X-Client-Time": world.clock.now().isoformat()}
    given = await client("supervisor").post(f"/orders/{order_id}/feedback", json=body, headers=headers)
    assert given.status_code == 200, given.text
    world.clock.advance(hours=3)
    await world.act(order_id, FileReport("已洒水", "浓度下降"))
    return order_id


async def downloaded(client: Client, order_id: int, who: str = "duty") -> bytes:
    answered = await client(who).get(f"/orders/{order_id}/pack")
    assert answered.status_code == 200, answered.text
    assert answered.headers["content-type"] == "application/zip"
    return answered.content


def unpacked(pack: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        archive.extractall(folder)
    return folder


def verified(folder: Path, *arguments: str) -> tuple[int, str]:
    """What the pack's own script says, run by itself and without anything of ours on its path."""
    done = subprocess.run(
        [sys.executable, "-I", "-B", str(folder / "verify.py"), *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/", check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.decode()


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_bytes())


async def test_a_pack_holds_everything_and_verifies_itself(
    client: Client, world: World, tmp_path: Path
) -> None:
    order_id = await worked(client, world)
    async with world.sessions() as session:
        head = await audit.head(session)
    pack = await downloaded(client, order_id)
    folder = unpacked(pack, tmp_path / "pack")
    digest = hashlib.sha256(PHOTO).hexdigest()
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert names == PLAIN | {f"media/{digest}.jpg"}
    assert (folder / f"media/{digest}.jpg").read_bytes() == PHOTO
    code, says = verified(folder)
    assert code == 0, says
    assert "完整 intact" in says
    assert head.hash.hex() in says
    order = read(folder, "order.json")
    assert order["feedback"][0]["cause_code"] == CauseCode.CONSTRUCTION_DUST
    assert order["evidence"][0]["sha256"] == digest
    assert [c["state"] for c in read(folder, "clocks.json")["clocks"]] == [
        "met",
        "met",
        "breached",
        "running",
    ]
    assert read(folder, "policy.json")["version"] == 1
    kinds = [event["kind"] for event in read(folder, "timeline.json")["items"]]
    assert kinds[:2] == ["order.dispatched", "order.feedback"]
    assert "sla.met_late" in kinds
    page = (folder / "timeline.html").read_text(encoding="utf-8")
    assert "现场反馈" in page
    assert "<script>" not in page
    assert "Feedback from the site" in (folder / "timeline.txt").read_text(encoding="utf-8")


async def test_an_order_of_an_alert_takes_its_evidence_along(
    client: Client, world: World, tmp_path: Path
) -> None:
    order_id = await ordered(world, AlertKind.EXCEEDANCE_HOUR)
    folder = unpacked(await downloaded(client, order_id, "chief"), tmp_path / "pack")
    (alert,) = read(folder, "alert.json")["items"]
    assert alert["why"]["values"] == [312.5]
    assert verified(folder)[0] == 0


async def test_one_state_gives_the_same_bytes(client: Client, world: World, tmp_path: Path) -> None:
    order_id = await worked(client, world)
    packs = []
    for _ in range(2):
        packed = await make(world.sessions, order_id, data_dir=tmp_path)
        with packed.file as file:
            packs.append((packed.sha256, file.read()))
    assert packs[0] == packs[1]
    assert hashlib.sha256(packs[0][1]).hexdigest() == packs[0][0]


async def test_the_download_is_on_the_record_with_the_hash_of_what_was_taken(
    client: Client, world: World, tmp_path: Path
) -> None:
    order_id = await worked(client, world)
    first = await downloaded(client, order_id, "supervisor")
    second = await downloaded(client, order_id)
    events = (await client("duty").get(f"/orders/{order_id}/timeline")).json()["items"]
    taken = [(e["actor"], e["data"]["sha256"]) for e in events if e["kind"] == "order.packed"]
    assert taken == [
        ("姓名 supervisor", hashlib.sha256(first).hexdigest()),
        ("姓名 duty", hashlib.sha256(second).hexdigest()),
    ]
    kinds = [e["kind"] for e in read(unpacked(first, tmp_path / "1"), "timeline.json")["items"]]
    assert "order.packed" not in kinds
    again = [e["kind"] for e in read(unpacked(second, tmp_path / "2"), "timeline.json")["items"]]
    assert again.count("order.packed") == 1
    assert verified(tmp_path / "2")[0] == 0


async def test_one_byte_of_any_file_is_named(client: Client, world: World, tmp_path: Path) -> None:
    order_id = await worked(client, world)
    folder = unpacked(await downloaded(client, order_id), tmp_path / "pack")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(files) == len(PLAIN) + 1
    for path in files:
        whole = path.read_bytes()
        for place in (0, len(whole) // 2, len(whole) - 1):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            code, says = verified(folder)
            assert code != 0, (path.name, place)
            assert path.name in says.splitlines()[0] or path.name == "verify.py", (path.name, place, says)
            assert path.name in says, (path.name, place, says)
        path.write_bytes(whole)
    assert verified(folder)[0] == 0


async def test_what_is_missing_or_put_in_is_named(client: Client, world: World, tmp_path: Path) -> None:
    order_id = await worked(client, world)
    folder = unpacked(await downloaded(client, order_id), tmp_path / "pack")
    (folder / "extra.txt").write_text("x")
    assert verified(folder) == (1, "破损 BROKEN  extra.txt: 不属于本证据包 was put in\n")
    (folder / "extra.txt").unlink()
    (folder / "clocks.json").unlink()
    assert verified(folder) == (1, "破损 BROKEN  clocks.json: 缺失 is missing\n")


def reseal(folder: Path, **changed: Any) -> None:
    """Somebody who changes documents and knows how the sums are made."""
    for name, body in changed.items():
        (folder / f"{name}.json").write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("SHA256SUMS"))
    lines = [
        f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder).as_posix()}\n" for p in paths
    ]
    sums = "".join(sorted(lines, key=lambda line: line[66:])).encode()
    (folder / "SHA256SUMS").write_bytes(sums)
    (folder / "SHA256SUMS.sha256").write_text(f"{hashlib.sha256(sums).hexdigest()}\n")


async def test_documents_that_were_changed_together_with_their_sums_do_not_fit_the_chain(
    client: Client, world: World, tmp_path: Path
) -> None:
    order_id = await worked(client, world)
    folder = unpacked(await downloaded(client, order_id), tmp_path / "pack")
    order, chain = read(folder, "order.json"), read(folder, "chain.json")
    reseal(folder, order=order | {"state": "closed"})
    assert "order.json: 状态与链不符" in verified(folder)[1]
    reseal(folder, order=order | {"feedback": [order["feedback"][0] | {"finding": "一切正常"}]})
    assert "order.json: feedback 与链不符" in verified(folder)[1]
    reseal(folder, order=order | {"evidence": []})
    assert "order.json: 缺少证据" in verified(folder)[1]
    reseal(folder, order=order, chain=chain | {"rows": chain["rows"][:1] + chain["rows"][2:]})
    assert "序号断裂" in verified(folder)[1]
    rows = [dict(row) for row in chain["rows"]]
    rows[1]["data"] = rows[1]["data"].replace("未覆盖", "已覆盖")
    reseal(folder, chain=chain | {"rows": rows})
    code, says = verified(folder)
    assert code == 1
    assert f"chain.json: 事件 event {rows[1]['id']}: 与工单链不符" in says
    reseal(folder, chain=chain)
    (photo,) = (folder / "media").iterdir()
    whole = photo.read_bytes()
    photo.write_bytes(whole + b"x")
    reseal(folder)
    assert "is not the file that was uploaded" in verified(folder)[1]
    photo.write_bytes(whole)
    reseal(folder)
    assert verified(folder)[0] == 0
    assert verified(folder, "--head", "ab" * 32)[0] == 1


async def test_a_pack_verifies_as_it_was_downloaded(client: Client, world: World, tmp_path: Path) -> None:
    order_id = await worked(client, world)
    pack = await downloaded(client, order_id)
    (tmp_path / "pack.zip").write_bytes(pack)
    folder = unpacked(pack, tmp_path / "elsewhere")
    assert verified(folder, str(tmp_path / "pack.zip"))[0] == 0


async def test_a_photo_that_was_lost_is_told_by_the_pack(
    client: Client, world: World, tmp_path: Path
) -> None:
    order_id = await worked(client, world)
    digest = hashlib.sha256(PHOTO).hexdigest()
    (world.context.settings.data_dir / "evidence" / digest[:2] / digest).unlink()
    folder = unpacked(await downloaded(client, order_id), tmp_path / "pack")
    code, says = verified(folder)
    assert code == 1
    assert f"media/{digest}.jpg: 缺失 is missing" in says


@pytest.mark.parametrize(
    ("who", "status"),
    [
        *[(who, 200) for who in ("duty", "chief", "supervisor", "leader")],
        *[(who, 403) for who in ("viewer", "admin")],
        *[(who, 404) for who in ("neighbour", "patroller", "nobody")],
    ],
)
async def test_only_those_who_answer_for_the_grid_take_it(
    client: Client, world: World, who: str, status: int
) -> None:
    order_id = await world.order_in(OrderState.ON_SITE)
    assert (await client(who).get(f"/orders/{order_id}/pack")).status_code == status
    async with world.sessions() as session:
        rows = await fetch(session, "SELECT id FROM journal WHERE kind = 'order.packed'")
    assert len(rows) == (status == 200)


async def test_an_order_that_is_not_there(client: Client, world: World, tmp_path: Path) -> None:
    assert (await client("duty").get("/orders/999/pack")).status_code == 404
    with pytest.raises(NotFound):
        await make(world.sessions, 999, data_dir=tmp_path)


async def test_the_command_writes_the_same_pack(
    client: Client, world: World, database_url: str, tmp_path: Path
) -> None:
    order_id = await world.order(OTHER_COUNTY)
    async with world.sessions() as session:
        number = (await order_document(session, order_id))["number"]
    environ = {
        "GESHAO_DATABASE_URL": database_url,
        "GESHAO_SECRET_KEY": "only for this test, and long enough for it",
        "GESHAO_DATA_DIR": str(tmp_path),
    }
    out = tmp_path / "out.zip"
    code, output = await geshao("order", "pack", number, "--out", str(out), **environ)
    assert (code, output) == (0, f"{hashlib.sha256(out.read_bytes()).hexdigest()}  {out}\n")
    assert verified(unpacked(out.read_bytes(), tmp_path / "pack"))[0] == 0
    code, output = await geshao("order", "pack", number, "--out", str(out), **environ)
    assert (code, output) == (2, f"geshao: {out} exists already\n")
    code, output = await geshao("order", "pack", "2026-0", "--out", str(tmp_path / "no.zip"), **environ)
    assert (code, output) == (1, "geshao: no order 2026-0\n")
    events = (await client("duty").get(f"/orders/{order_id}/timeline")).json()["items"]
    assert [(e["kind"], e["actor"]) for e in events][1:] == [("order.packed", None)]
