"""The assessment over HTTP: who claims, objects, decides, freezes and signs, and what each side sees."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import httpx
import openpyxl

from app.api.assessment_shapes import FrozenShape, MonthShape, PointShape, UnitMonthShape, YearShape
from app.papers import official
from models.bulk import fetch
from supervision.air.close import canonical
from supervision.assessment.sheet import sheet
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, TOWNSHIP, World

HERE = "/supervision/assessment"
MONTH = f"{HERE}/2026-11"
CLAIM = {
    "grid": COUNTY, "item": "6", "record": {"kind": "document", "ref": "督查〔2026〕3号"},
    "text": "堆场未覆盖，整改不彻底", "evidence": "https://example.org/3",
}  # fmt: skip
DECEMBER = datetime(2026, 12, 1, 2, tzinfo=UTC)


async def done(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def claimed(client: Client, who: str = "duty", **over: Any) -> dict[str, Any]:
    return await done(await client(who).post(f"{MONTH}/points", json=CLAIM | over), 201)


async def events(world: World, kind: str) -> list[tuple[Any, ...]]:
    async with world.sessions() as session:
        rows = await fetch(
            session, "SELECT grid_id, actor_id, data FROM journal WHERE kind = $1 ORDER BY id", kind
        )
    return [tuple(row) for row in rows]


async def test_a_month_from_claims_to_a_signed_notice(client: Client, world: World) -> None:
    duty, leader, chief = client("duty"), client("leader"), client("chief")
    key = {"Idempotency-Key": "once"}
    first = await duty.post(f"{MONTH}/points", json=CLAIM, headers=key)
    again = await duty.post(f"{MONTH}/points", json=CLAIM, headers=key)
    point = await done(first, 201)
    PointShape.model_validate(point)
    assert (again.json(), again.headers["idempotency-replayed"]) == (point, "true")
    assert (point["takes"], point["counted"], point["article"]) == ("5", True, "annex 2 art. 5(二)6")
    twice = await duty.post(f"{MONTH}/points", json=CLAIM)
    assert (twice.status_code, twice.json()["code"]) == (409, "already_pending")
    month = await done(await chief.get(MONTH))
    MonthShape.model_validate(month)
    # The county sees its own score all month, and nobody else's.
    assert [(unit["code"], unit["total"], unit["waiting"]) for unit in month["units"]] == [(COUNTY, "95", 1)]
    objected = await done(
        await chief.post(f"{HERE}/points/{point['id']}/object", json={"reason": "已于当日完成整改"})
    )
    assert (objected["state"], objected["objected"]["by"]) == ("objected", "姓名 chief")
    bonus = await claimed(
        client, "supervisor", item="bonus", record={"kind": "document", "ref": "重大隐患报告"}
    )
    world.clock.set(DECEMBER)
    duty, leader, chief = client("duty"), client("leader"), client("chief")
    early = await duty.post(f"{MONTH}/freeze", json={})
    assert (early.status_code, early.json()["points"]) == (409, [point["id"], bonus["id"]])
    decision = {"decision": "uphold", "reason": "整改照片与现场不符"}
    own = await duty.post(f"{HERE}/points/{point['id']}/decide", json=decision)
    assert (own.status_code, own.json()["code"]) == (409, "second_person_needed")
    await done(await leader.post(f"{HERE}/points/{point['id']}/decide", json=decision))
    await done(await duty.post(f"{HERE}/points/{bonus['id']}/decide", json=decision))
    frozen = (await done(await duty.post(f"{MONTH}/freeze", json={})))["frozen"]
    assert (await done(await chief.get(MONTH)))["frozen"] is None
    seen = {"sha256": frozen["sha256"]}
    assert (await duty.post(f"{MONTH}/sign", json=seen)).status_code == 403
    assert (await chief.post(f"{MONTH}/sign", json=seen)).status_code == 403
    assert (await leader.post(f"{MONTH}/sign", json={"sha256": "0" * 64})).status_code == 412
    signed = (await done(await leader.post(f"{MONTH}/sign", json=seen)))["signed"]
    assert [(unit["code"], unit["total"]) for unit in signed["units"]] == [
        (COUNTY, "97"),
        (OTHER_COUNTY, "100"),
    ]
    unit = await done(await chief.get(f"{MONTH}/units/{COUNTY}"))
    UnitMonthShape.model_validate(unit)
    assert (unit["signed"]["total"], unit["signed_version"], len(unit["points"])) == ("97", 1, 2)
    version = await done(await leader.get(f"{MONTH}/versions/1"))
    FrozenShape.model_validate(version)
    assert canonical(sheet(version["inputs"])) == canonical(version["result"])
    year = await done(await chief.get(f"{HERE}/years/2026"))
    YearShape.model_validate(year)
    assert [(one["code"], one["mean"], one["failed"]) for one in year["units"]] == [(COUNTY, "97.00", None)]
    paper = (await done(await duty.post(f"{MONTH}/notice"), 201))["paper"]
    async with world.sessions() as session:
        ((kind, state, snapshot),) = await fetch(
            session, "SELECT kind, state, snapshot FROM issued_paper WHERE id = $1", paper
        )
    document = official.from_json(bytes(snapshot))
    assert (kind, state, document.title) == (
        "assessment",
        "draft",
        "关于2026年11月网格化环境监管月度考核情况的通报",
    )
    tables = [block for block in document.blocks if isinstance(block, official.Grid)]
    assert [row[0] for row in tables[0].rows] == ["阜康市", "昌吉市"]
    assert [row[3:] for row in tables[1].rows] == [
        ("附件 2 第五条（二）第 6 项；督查〔2026〕3号", "-5"), ("附件 2 第五条（三）；重大隐患报告", "+2"),
    ]  # fmt: skip
    # Each act is told, to the unit it concerns, under the name of whoever did it.
    people = {name: person.id for name, person in world.people.items()}
    county, prefecture = world.grids[COUNTY].id, world.grids["652300"].id
    assert [one[:2] for one in await events(world, "assessment.objected")] == [(county, people["chief"])]
    assert [one[1] for one in await events(world, "assessment.upheld")] == [people["leader"], people["duty"]]
    told = await events(world, "assessment.signed")
    assert [one[0] for one in told] == [prefecture, county, world.grids[OTHER_COUNTY].id]


# Of: claim, gather, object, decide, freeze, sign, notice, version.
ROLES = {
    "admin": (201, 200, 403, 403, 403, 403, 422, 404),
    "duty": (201, 200, 403, 409, 422, 403, 422, 404),
    "leader": (403, 403, 403, 200, 403, 404, 403, 404),
    "chief": (403, 403, 200, 403, 403, 403, 403, 404),
    "supervisor": (403, 403, 200, 403, 403, 403, 403, 404),
    "neighbour": (404, 403, 404, 404, 403, 403, 403, 404),
    "patroller": (404, 403, 403, 403, 403, 403, 403, 403),
    "viewer": (403, 403, 403, 403, 403, 403, 403, 403),
}


async def test_each_role_does_its_own_part(client: Client) -> None:
    for who, statuses in ROLES.items():
        point = (await claimed(client, record={"kind": "document", "ref": who}))["id"]
        asked = client(who)
        acts: tuple[tuple[str, dict[str, Any] | None], ...] = (
            (f"{MONTH}/points", CLAIM | {"record": {"kind": "document", "ref": f"{who} 2"}}),
            (f"{MONTH}/gather", None),
            (f"{HERE}/points/{point}/object", {"reason": "不属实"}),
            (f"{HERE}/points/{point}/decide", {"decision": "withdraw", "reason": "重复"}),
            (f"{MONTH}/freeze", {}),
            (f"{MONTH}/sign", {"sha256": "0" * 64}),
            (f"{MONTH}/notice", None),
        )
        found = [(await asked.post(path, json=body)).status_code for path, body in acts]
        found.append((await asked.get(f"{MONTH}/versions/1")).status_code)
        assert tuple(found) == statuses, who


async def test_a_county_sees_its_own_and_nothing_of_the_others(client: Client, world: World) -> None:
    point = (await claimed(client))["id"]
    neighbour = client("neighbour")
    for path in (f"{HERE}/points/{point}", f"{MONTH}/units/{COUNTY}", f"{MONTH}/units/{TOWNSHIP}"):
        assert (await neighbour.get(path)).status_code == 404
    assert [unit["code"] for unit in (await neighbour.get(MONTH)).json()["units"]] == [OTHER_COUNTY]
    for path in (MONTH, f"{HERE}/years/2026", f"{MONTH}/file"):
        assert (await client("patroller").get(path)).status_code == 403
        assert (await client(None).get(path)).status_code == 401
    assert (await client("supervisor").get(f"{MONTH}/units/{TOWNSHIP}")).status_code == 404
    book = openpyxl.load_workbook(BytesIO((await client("supervisor").get(f"{MONTH}/file")).content))
    cells = [
        [cell.value for cell in column] for sheet in book.worksheets for column in sheet.iter_cols(max_col=1)
    ]
    assert "昌吉市" in cells[0]
    assert "阜康市" not in cells[0] + cells[1]
    assert "督查〔2026〕3号" in {cell.value for row in book.worksheets[1].iter_rows() for cell in row}


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"item": "11"}, "item"),
    ({"item": "fail"}, "ground"),
    ({"ground": "bad_influence"}, "ground"),
    ({"count": 2, "item": "1"}, "count"),
    ({"record": {"kind": "order", "ref": "2026-652301-000099"}}, "ref"),
    ({"problem": "WT-1"}, "problem"),
    ({"text": " "}, "text"),
    ({"text": "a\u0000"}, "text"),
    ({"what": 1}, "what"),
)


async def test_what_cannot_be_claimed_is_refused_by_name(client: Client) -> None:
    duty = client("duty")
    for over, field in REFUSED:
        answer = await duty.post(f"{MONTH}/points", json=CLAIM | over)
        assert answer.status_code == 422, answer.text
        said = answer.json()
        assert field in (said.get("field"), *(str(one["loc"][-1]) for one in said.get("errors", []))), over
    assert (await duty.get(f"{MONTH}/units/{COUNTY}")).json()["points"] == []


async def test_months_that_are_none_are_refused(client: Client) -> None:
    duty = client("duty")
    for month in ("2026-13", "2026-1", "x", "2022-01"):
        assert (await duty.get(f"{HERE}/{month}")).status_code == 422
    later = await duty.post(f"{HERE}/2026-12/points", json=CLAIM)
    assert (later.status_code, later.json()["field"]) == (422, "month")
    assert (await duty.get(f"{HERE}/years/1999")).status_code == 422
