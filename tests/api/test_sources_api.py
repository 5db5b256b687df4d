"""Sources over the API: who keeps which file, documents, a workbook whole or not at all, sweeps and key lists."""

from io import BytesIO
from typing import Any

import httpx
import openpyxl
import pytest
import pytest_asyncio

from models.bulk import fetch
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE, TOWNSHIP, World

PLANT: dict[str, Any] = {
    "code": "QY-1", "name": "示范热力站", "grid": COUNTY, "lon": 87.3, "lat": 44.0, "category": "热力供应",
    "kind": "industry", "pollutants": ["so2", "pm25"], "credit_code": "91350100M000100Y43",
    "contact": "=HYPERLINK(\"http://x\")", "emissions": {"so2": "60.5", "nox": "12"},
}  # fmt: skip
PDF = b"%PDF-1.7 an assessment"


async def made(client: httpx.AsyncClient, path: str, status: int = 201, **body: Any) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def kinds(world: World) -> list[str]:
    async with world.sessions() as session:
        return [kind for (kind,) in await fetch(session, "SELECT kind FROM journal ORDER BY id")]


@pytest_asyncio.fixture
async def plant(client: Client) -> dict[str, Any]:
    return await made(client("supervisor"), "/sources", **PLANT)


async def test_who_keeps_files_of_which_grid(world: World, client: Client, plant: dict[str, Any]) -> None:
    assert (plant["version"], plant["state"], plant["emissions"]) == (
        1,
        "active",
        {"so2": "60.5", "nox": "12"},
    )
    for who, status in (
        ("patroller", 404),
        ("neighbour", 404),
        ("viewer", 403),
        ("duty", 403),
        ("nobody", 404),
    ):
        answer = await client(who).patch("/sources/QY-1", json={"name": "x"})
        assert answer.status_code == status, who
    for who, status in (("neighbour", 422), ("viewer", 403), ("duty", 403)):
        answer = await client(who).post("/sources", json=PLANT | {"code": "QY-9"})
        assert answer.status_code == status, who
    assert (await client("neighbour").get("/sources/QY-1")).status_code == 404
    assert (await client("neighbour").get("/sources")).json()["items"] == []
    assert (await client("viewer").get("/sources/QY-1")).json()["credit_code"] == PLANT["credit_code"]
    for who in ("supervisor", "chief", "admin"):
        answer = await client(who).patch("/sources/QY-1", json={"contact": who})
        assert answer.status_code == 200
    moved = await client("supervisor").patch("/sources/QY-1", json={"grid": OTHER_COUNTY})
    assert (moved.status_code, moved.json()["field"]) == (422, "grid")
    assert await kinds(world) == ["source.changed"] * 4


async def test_a_change_names_its_fields_and_never_what_they_say(
    world: World, client: Client, plant: dict[str, Any]
) -> None:
    del plant
    supervisor = client("supervisor")
    answer = await supervisor.patch(
        "/sources/QY-1?version=1", json={"phone": "13912345678", "contact": None, "why": "换人"}
    )
    assert answer.json()["versions"][0]["fields"] == ["contact", "phone"]
    assert (await supervisor.patch("/sources/QY-1?version=1", json={"phone": "1"})).status_code == 412
    for wrong in (
        {"credit_code": "91350100M000100Y44"},
        {"name": None},
        {"emissions": {"smoke": 1}},
        {"lon": 200.0},
    ):
        assert (await supervisor.patch("/sources/QY-1", json=wrong)).status_code == 422
    async with world.sessions() as session:
        ((text,),) = await fetch(session, "SELECT data::text FROM journal ORDER BY id DESC LIMIT 1")
    assert "13912345678" not in text
    assert '"phone"' in text
    closed = await made(supervisor, "/sources/QY-1/close", 200, why="关停")
    again = await supervisor.post("/sources/QY-1/close", json={"why": "关停"})
    assert (closed["state"], again.status_code) == ("closed", 409)


async def test_documents_are_read_by_whoever_sees_the_source(client: Client) -> None:
    supervisor, township = client("supervisor"), client("patroller")
    await made(supervisor, "/sources", **PLANT | {"grid": TOWNSHIP})
    uploaded = await supervisor.post("/evidence", files={"file": ("环评.pdf", PDF, "application/pdf")})
    said = {
        "kind": "assessment", "number": "昌环评〔2024〕12号", "dated": "2024-05-06", "evidence": uploaded.json()["id"],
    }  # fmt: skip
    key = {"Idempotency-Key": "doc-1"}
    first = await supervisor.post("/sources/QY-1/documents", json=said, headers=key)
    again = await supervisor.post("/sources/QY-1/documents", json=said, headers=key)
    assert (first.status_code, again.json()) == (201, first.json())
    twice = await supervisor.post("/sources/QY-1/documents", json=said)
    assert (twice.status_code, twice.json()["field"]) == (422, "evidence")
    (document,) = first.json()["documents"]
    file = await township.get(f"/evidence/{document['evidence']['id']}")
    assert (file.status_code, file.content) == (200, PDF)
    assert (await client("neighbour").get(f"/evidence/{document['evidence']['id']}")).status_code == 404
    path = f"/sources/QY-1/documents/{document['id']}/withdraw"
    assert (await township.post(path, json={"why": "错"})).status_code == 403
    gone = await made(supervisor, path, 200, why="错录")
    assert gone["documents"][0]["withdrawn_why"] == "错录"


def book(
    *rows: tuple[Any, ...],
    titles: tuple[str, ...] = ("编码", "名称", "网格编码", "经度", "纬度", "行业", "排放量（吨/年）"),
) -> bytes:
    written = openpyxl.Workbook()
    sheet = written.active
    assert sheet is not None
    for row in (titles, *rows):
        sheet.append(row)
    file = BytesIO()
    written.save(file)
    return file.getvalue()


async def bring_in(client: httpx.AsyncClient, content: bytes) -> httpx.Response:
    return await client.post("/sources/import", files={"file": ("污染源.xlsx", content)})


async def test_what_went_out_comes_in_again_and_changes_nothing(
    world: World, client: Client, plant: dict[str, Any]
) -> None:
    del plant
    supervisor = client("supervisor")
    out = await supervisor.get("/sources/export.xlsx")
    assert out.status_code == 200
    sheet = openpyxl.load_workbook(BytesIO(out.content)).active
    assert sheet is not None
    assert sheet["K2"].data_type == "s"
    same = await bring_in(supervisor, out.content)
    assert same.json() == {"added": 0, "changed": 0, "unchanged": 1}
    more = await bring_in(
        supervisor,
        book(
            ("QY-1", "示范热力站", COUNTY, 87.3, 44.0, "热力供应", "so2=70"),
            ("QY-2", "北部堆场", TOWNSHIP, "87.31", "44.01", "物料堆场", None),
        ),
    )
    assert more.json() == {"added": 1, "changed": 1, "unchanged": 0}
    kept = (await supervisor.get("/sources/QY-1")).json()
    assert (kept["emissions"], kept["contact"]) == ({"so2": "70"}, PLANT["contact"])
    assert await kinds(world) == ["source.changed", "paper.taken", "source.changed", "source.changed"]


async def test_a_workbook_with_a_fault_changes_nothing_and_names_its_row(
    world: World, client: Client, plant: dict[str, Any]
) -> None:
    del plant
    good = ("QY-2", "北部堆场", TOWNSHIP, 87.31, 44.01, "物料堆场", None)
    refused = await bring_in(
        client("supervisor"),
        book(
            good,
            ("QY-3", "外县", OTHER_COUNTY, 87.3, 44.0, "餐饮", None),
            (None,) * 7,
            ("QY-4", "无位置", COUNTY, None, 44.0, "餐饮", None),
            ("QY-5", "量错", COUNTY, 87.3, 44.0, "餐饮", "so2=多"),
            ("QY-2", "重复", COUNTY, 87.3, 44.0, "餐饮", None),
        ),
    )
    assert refused.status_code == 422
    told = [(one["row"], one["field"]) for one in refused.json()["faults"]]
    assert told == [(5, "lon"), (6, "emissions"), (7, "code")]
    refused = await bring_in(
        client("supervisor"), book(good, ("QY-3", "外县", OTHER_COUNTY, 87.3, 44.0, "餐饮", None))
    )
    assert (refused.json()["row"], refused.json()["field"]) == (3, "grid")
    assert (await client("supervisor").get("/sources/QY-2")).status_code == 404
    assert await kinds(world) == ["source.changed"]
    for content in (b"no book", b"PK\x03\x04 broken", book(titles=("名称",)), book(titles=("编码", "别的"))):
        answer = await bring_in(client("supervisor"), content)
        assert (answer.status_code, answer.json()["field"]) == (422, "file")


async def test_a_sweep_from_the_county_to_the_township(
    world: World, client: Client, plant: dict[str, Any]
) -> None:
    del plant
    supervisor, patroller = client("supervisor"), client("patroller")
    await made(supervisor, "/sources", **PLANT | {"code": "QY-2", "grid": TOWNSHIP})
    for who, status in (("neighbour", 404), ("patroller", 404), ("viewer", 403)):
        assert (await client(who).post("/sources/sweeps", json={"grid": COUNTY})).status_code == status, who
    assert (await supervisor.post("/sources/sweeps", json={"grid": TOWNSHIP})).status_code == 422
    sweep = await made(supervisor, "/sources/sweeps", grid=COUNTY, due_on="2026-12-15")
    assert (sweep["standing"], sweep["missing"]) == ("under_way", 2)
    path = f"/sources/sweeps/{sweep['id']}"
    seen = await made(patroller, f"{path}/seen", 200, sources=["QY-2"])
    assert ([one["source"] for one in seen["entries"]], seen["missing_sources"]) == (["QY-2"], [])
    assert (await patroller.post(f"{path}/seen", json={"sources": ["QY-1"]})).status_code == 404
    assert (await patroller.post(f"{path}/finish", json={})).status_code == 404
    assert (await client("neighbour").get(path)).status_code == 404
    assert (await supervisor.post(f"{path}/finish", json={})).json()["field"] == "note"
    done = await made(supervisor, f"{path}/finish", 200, note="QY-1 停产")
    assert (done["standing"], done["seen"], done["missing"]) == ("done", 1, 1)
    world.clock.advance(days=40)
    board = (await client("duty").get("/sources/sweeps", params={"quarter": "2026-Q4"})).json()["items"]
    assert [(one["grid"], one["standing"]) for one in board] == [(COUNTY, "done"), (OTHER_COUNTY, "overdue")]
    assert (await client("duty").get("/sources/sweeps", params={"quarter": "2026-4"})).status_code == 422


async def test_a_chief_of_the_county_signs_what_somebody_else_drew_up(
    world: World, client: Client, plant: dict[str, Any]
) -> None:
    del plant
    said = {"grid": COUNTY, "year": 2026}
    for who, status in (("neighbour", 404), ("viewer", 403), ("duty", 403), ("leader", 201)):
        assert (await client(who).post("/sources/key-lists", json=said)).status_code == status, who
    own = await made(client("chief"), "/sources/key-lists", **said)
    refused = await client("chief").post(
        f"/sources/key-lists/{own['id']}/sign", json={"sha256": own["sha256"]}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "second_person_needed")
    draft = await made(client("supervisor"), "/sources/key-lists", **said)
    assert draft["named"] == [
        {
            "code": "QY-1", "name": "示范热力站", "grid": COUNTY,
            "reasons": [{"criterion": "tonnes", "value": "72.5", "at_least": "50"}],
        }
    ]  # fmt: skip
    path, digest = f"/sources/key-lists/{draft['id']}/sign", {"sha256": draft["sha256"]}
    for who, status in (("supervisor", 403), ("leader", 403), ("duty", 403), ("neighbour", 404)):
        assert (await client(who).post(path, json=digest)).status_code == status, who
    assert (await client("chief").post(path, json={"sha256": "0" * 64})).status_code == 412
    signed = await made(client("chief"), path, 200, **digest)
    assert (signed["state"], signed["signed_by"]) == ("signed", world.people["chief"].name)
    lists = (await client("viewer").get("/sources/key-lists")).json()["items"]
    assert [(one["state"], one["entries"]) for one in lists] == [("signed", 1)]
    assert (await client("patroller").get(f"/sources/key-lists/{draft['id']}")).status_code == 404


@pytest.mark.parametrize("who", ["supervisor", None])
async def test_nothing_is_there_for_nobody(client: Client, who: str | None) -> None:
    answer = await client(who).get("/sources", params={"grid": PREFECTURE})
    assert answer.status_code == (401 if who is None else 404)
