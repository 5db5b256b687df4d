"""The problem list over HTTP: one identity, the way to clearing, the three checks, samples, and who may what."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from app.api.problem_shapes import (
    ProblemCandidates,
    ProblemDetail,
    ProblemFiguresList,
    ProblemSampleDetail,
    ProblemShape,
)
from app.api.shapes import Page
from app.database import transaction
from dispatch.commands import Accept, Acknowledge, FileReport, GiveFeedback
from models.bulk import fetch
from models.enums import CauseCode
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, TOWNSHIP, World
from tests.reviews import events

PATH = "/supervision/problems"
DUST: dict[str, Any] = {
    "grid": TOWNSHIP, "category": "dust", "title": "堆场未覆盖", "text": "北部堆场<b>未覆盖</b>",
    "location": {"lon": 87.3, "lat": 44.0}, "finding": {"kind": "inspection", "ref": "昌州督〔2026〕3号"},
}  # fmt: skip


async def entered(client: Client, ref: str = "昌州督〔2026〕3号", **over: Any) -> dict[str, Any]:
    body = DUST | {"finding": {"kind": "inspection", "ref": ref}} | over
    made = await client("duty").post(PATH, json=body)
    assert made.status_code == 201, made.text
    ProblemDetail.model_validate(made.json())
    return dict(made.json())


async def did(client: Client, who: str, problem: int, act: str, **body: Any) -> dict[str, Any]:
    answer = await client(who).post(f"{PATH}/{problem}/{act}", json=body)
    assert answer.is_success, answer.text
    ProblemDetail.model_validate(answer.json())
    return dict(answer.json())


def day(world: World, days: int) -> str:
    return (world.clock.now() + timedelta(hours=8, days=days)).date().isoformat()


async def test_from_the_inspection_to_clearing(client: Client, world: World) -> None:
    problem = await entered(client)
    assert (problem["state"], problem["grid"], problem["place_grid"]) == ("open", COUNTY, TOWNSHIP)
    number, one = problem["number"], problem["id"]
    assert number == f"WT-{world.clock.now().year}-00001"
    pushed = await did(client, "duty", one, "push", due_on=day(world, 3))
    assert pushed["state"] == "pushed"
    said = {"text": "已全部覆盖", "evidence": []}
    for who, status in (("neighbour", 404), ("viewer", 403), ("duty", 403)):
        assert (await client(who).post(f"{PATH}/{one}/correct", json=said)).status_code == status
    corrected = await did(client, "supervisor", one, "correct", **said)
    assert corrected["state"] == "corrected"
    back = await did(client, "duty", one, "return", due_on=day(world, 5), text="西侧仍裸露")
    assert (back["state"], back["due_at"] > pushed["due_at"]) == ("pushed", True)
    await did(client, "supervisor", one, "correct", text="西侧已覆盖")
    done = await did(client, "duty", one, "clear", text="现场核实")
    assert (done["state"], done["ended_at"] is not None) == ("cleared", True)
    acts = [step["act"] for step in done["steps"]]
    assert acts == ["push", "correct", "return", "correct", "clear"]
    refused = await client("duty").post(f"{PATH}/{one}/withdraw", json={"text": "误报"})
    assert (refused.status_code, refused.json()["code"]) == (409, "forbidden_transition")
    told = await events(world, "problem.opened", "problem.pushed", "problem.returned", "problem.cleared")
    assert [kind for kind, _ in told] == [
        "problem.opened", "problem.pushed", "problem.returned", "problem.cleared",
    ]  # fmt: skip
    assert told[1][1]["number"] == number


async def test_the_same_thing_is_one_finding_and_near_problems_are_proposed(
    client: Client, world: World
) -> None:
    first = await entered(client)
    again = await client("duty").post(PATH, json=DUST)
    assert (again.status_code, again.json()["number"]) == (422, first["number"])
    second = await entered(client, "12369-0081", location={"lon": 87.301, "lat": 44.0})
    assert [one["number"] for one in second["similar"]] == [first["number"]]
    found = {"kind": "media", "ref": "https://news.example/1"}
    joined = await did(client, "admin", first["id"], "findings", **found)
    assert joined["findings"] == 2
    merged = await did(client, "admin", second["id"], "merge", into=first["id"], text="同一堆场")
    assert (merged["state"], merged["merged_number"]) == ("merged", first["number"])
    kept = (await client("duty").get(f"{PATH}/{first['id']}")).json()
    assert sorted(one["ref"] for one in kept["found"]) == sorted(
        ["昌州督〔2026〕3号", "12369-0081", found["ref"]]
    )
    other = await entered(client, "12369-0099", grid=OTHER_COUNTY)
    refused = await client("duty").post(
        f"{PATH}/{first['id']}/merge", json={"into": other["id"], "text": "否"}
    )
    assert (refused.status_code, refused.json()["field"]) == (422, "into")
    rows = (await client("duty").get(f"{PATH}/figures")).json()
    ProblemFiguresList.model_validate(rows)
    assert [(row["grid"], row["total"], row["open"]) for row in rows["items"]] == [
        (COUNTY, 1, 1),
        (OTHER_COUNTY, 1, 1),
    ]


async def test_three_weekly_checks_prescribe_what_the_text_says(client: Client, world: World) -> None:
    one = (await entered(client))["id"]
    await did(client, "duty", one, "push", due_on=day(world, 1))
    early = await client("duty").post(f"{PATH}/{one}/checks", json={"text": "未整改"})
    assert (early.status_code, early.json()["field"]) == (422, "due_on")
    for _ in range(3):
        world.clock.advance(days=7)
        checked = await did(client, "duty", one, "checks", text="现场仍未覆盖")
        twice = await client("duty").post(f"{PATH}/{one}/checks", json={"text": "再查"})
        assert (twice.status_code, twice.json()["field"]) == (422, "week")
    assert [(row["number"], row["measure"]) for row in checked["checked"]] == [
        (1, "criticism"),
        (2, "interview_deputy"),
        (3, "interview_head"),
    ]
    assert checked["overdue"]
    listed = (await client("supervisor").get(PATH, params={"overdue": "true"})).json()
    Page[ProblemShape].model_validate(listed)
    assert [row["checks"] for row in listed["items"]] == [3]
    for change in ("UPDATE problem_check SET finding = ''", "DELETE FROM problem_step"):
        with pytest.raises(DBAPIError, match="keeps what was written"):
            async with transaction(world.sessions) as session:
                await fetch(session, change)


async def test_whether_the_grid_missed_it_is_decided_with_a_reason_and_seen_by_the_county(
    client: Client, world: World
) -> None:
    one = (await entered(client))["id"]
    body = {"missed": True, "text": "当地巡查三日未发现"}
    for who in ("supervisor", "chief", "admin"):
        assert (await client(who).post(f"{PATH}/{one}/judge", json=body)).status_code == 403
    key = {"Idempotency-Key": "judge-1"}
    for _ in range(2):
        answer = await client("duty").post(f"{PATH}/{one}/judge", json=body, headers=key)
        assert answer.status_code == 200
    seen = (await client("chief").get(f"{PATH}/{one}")).json()
    assert (seen["missed"], seen["missed_why"], len(seen["steps"])) == (True, body["text"], 1)
    assert (await client("neighbour").get(f"{PATH}/{one}")).status_code == 404
    assert (await client("neighbour").get(PATH)).json()["items"] == []
    assert (await client("chief").get(f"{PATH}/candidates")).status_code == 403


async def test_what_the_service_knows_is_proposed_once(client: Client, world: World) -> None:
    order = await world.order()
    await world.act(
        order, Acknowledge(), GiveFeedback("裸土未覆盖", cause_code=CauseCode.CONSTRUCTION_DUST),
        FileReport("已覆盖", "浓度下降"), Accept("好"),
    )  # fmt: skip
    nothing = await world.order()
    await world.act(
        nothing, Acknowledge(), GiveFeedback("未见", cause_code=CauseCode.NONE_FOUND), FileReport("无", "无"),
        Accept("好"),
    )  # fmt: skip
    found = (await client("duty").get(f"{PATH}/candidates")).json()
    ProblemCandidates.model_validate(found)
    (one,) = found["items"]
    assert (one["kind"], one["category"], one["reasons"]) == ("order", "dust", ["cause_found"])
    taken = await client("duty").post(f"{PATH}/candidates", json={"ref": one["ref"]})
    assert (taken.status_code, taken.json()["findings"]) == (200, 1)
    assert (await client("duty").get(f"{PATH}/candidates")).json()["items"] == []
    again = await client("duty").post(f"{PATH}/candidates", json={"ref": one["ref"]})
    assert again.status_code == 404


async def test_a_sample_is_proved_and_what_failed_opens_anew(client: Client, world: World) -> None:
    since = world.clock.now()
    made = []
    for number in range(3):
        one = await entered(client, f"督-{number}", grid=OTHER_COUNTY if number == 2 else COUNTY)
        who = "neighbour" if number == 2 else "supervisor"
        await did(client, "duty", one["id"], "push", due_on=day(world, 1))
        await did(client, who, one["id"], "correct", text="已整改")
        await did(client, "duty", one["id"], "clear", text="核实")
        made.append(one["id"])
    world.clock.advance(minutes=1)
    body = {"from": since.isoformat(), "until": world.clock.now().isoformat(), "size": 1}
    assert (await client("supervisor").post(f"{PATH}/samples", json=body)).status_code == 403
    drawn = await client("duty").post(f"{PATH}/samples", json=body)
    assert drawn.status_code == 201, drawn.text
    ProblemSampleDetail.model_validate(drawn.json())
    sample = drawn.json()
    assert sample["proved"]
    assert len(sample["problems"]) == 2  # each grid has one
    assert made[2] in [one["problem"] for one in sample["problems"]]
    twice = await client("duty").post(f"{PATH}/samples", json=body)
    assert (twice.status_code, twice.json()["code"]) == (409, "overlap")
    path = f"{PATH}/samples/{sample['id']}/{made[2]}"
    said = {"outcome": "failed", "finding": "又露天堆放"}
    failed = await client("duty").post(path, json=said)
    assert failed.status_code == 200, failed.text
    looked = next(one for one in failed.json()["problems"] if one["problem"] == made[2])
    anew = (await client("neighbour").get(f"{PATH}/{looked['opened']}")).json()
    assert (anew["state"], anew["text"]) == ("open", "又露天堆放")
    assert (await client("duty").post(path, json=said)).status_code == 409


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"grid": "652300"}, "grid"),
        ({"finding": {"kind": "inspection", "ref": "x", "found_at": "2027-01-01T00:00:00Z"}}, "found_at"),
    ],
)
async def test_refusals_name_the_field_and_write_nothing(
    client: Client, world: World, over: dict[str, Any], field: str
) -> None:
    refused = await client("duty").post(PATH, json=DUST | over)
    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert (await client("duty").get(PATH)).json()["items"] == []
