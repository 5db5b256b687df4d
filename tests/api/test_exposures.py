"""Typical cases over HTTP: from the register to the newspaper, and everything that keeps a case back."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.database import transaction
from models.bulk import fetch
from tests.api.conftest import Client
from tests.exposures import (
    CASE,
    DOSSIER,
    EDITORS,
    FACTS,
    MARKS,
    PARTIES,
    TEXT,
    appointed,
    approved,
    done,
    make_officers,
    published,
    registered,
    submitted,
)
from tests.factories import COUNTY, World

CASES = "/supervision/cases"
NAMES = ("宏达", "王小明")


async def events(world: World) -> list[Any]:
    async with world.sessions() as session:
        return [
            tuple(row)
            for row in await fetch(
                session,
                "SELECT kind, grid_id, data::text FROM journal WHERE kind LIKE 'exposure.%' ORDER BY id",
            )
        ]


async def test_a_case_goes_its_way_and_is_told_to_the_public_without_a_name(
    client: Client, world: World
) -> None:
    await make_officers(world)
    await appointed(client)
    path = await approved(client)
    case = (await client("duty").get(path)).json()
    assert (case["state"], case["reasons"], case["versions"][0]["findings"]) == ("approved", [], [])
    signed = {one["step"]: (one["name"], one["signed_by"]) for one in case["versions"][0]["steps"]}
    assert signed["bureau"] == ("姓名 examiner",) * 2
    assert signed["review_2"] == ("编辑乙", "姓名 publicity")
    assert (await client(None).get("/public/cases")).json()["cases"] == []
    world.clock.advance(minutes=2)
    batch = await published(client, world, path)
    (told,) = (await client(None).get("/public/cases")).json()["cases"]
    assert told == {
        "id": case["id"], "published_on": "2026-11-23", **TEXT, "body": TEXT["body"].strip(), "grid": COUNTY,
        "grid_name": "昌吉市", "decision": "penalty", "violations": ["excess", "facilities"],
        "batch": "2026年第四季度典型案件",
    }  # fmt: skip
    where = {"medium": "daily", "on": "2026-11-23", "address": "第三版"}
    appeared = await done(client("duty"), f"{batch}/appearances", **where)
    assert appeared["appearances"][0]["address"] == "第三版"
    kinds = [kind for kind, *_ in await events(world)]
    assert kinds == [
        "exposure.appointed", "exposure.registered", "exposure.written", *["exposure.signed"] * 10,
        "exposure.batched", "exposure.batched", "exposure.published", "exposure.appeared",
    ]  # fmt: skip
    for kind, grid, data in await events(world):
        assert (grid == world.grids[COUNTY].id) is (kind == "exposure.published")
        assert not any(name in data for name in (*NAMES, "环罚", "经查"))


async def test_names_are_for_those_who_prepare_and_nobody_else(client: Client, world: World) -> None:
    await make_officers(world)
    case = await registered(client)
    path = f"{CASES}/{case['id']}"
    leaking = TEXT["body"] + "宏达建材"
    written = await done(client("duty"), f"{path}/texts", title=TEXT["title"], body=leaking)
    assert "text" not in written["versions"][0]["findings"][0]  # kept under the key of the request
    for name, status in (
        ("duty", 200), ("admin", 200), ("leader", 403), ("publicity", 403), ("chief", 403), ("supervisor", 403),
        ("patroller", 403), ("viewer", 403), ("nobody", 403), (None, 401),
    ):  # fmt: skip
        assert (await client(name).get(f"{path}/parties")).status_code == status, name
    assert (await client("duty").get(f"{path}/parties")).json()["items"][1]["name"] == "王小明"
    seen = (await client("duty").get(path)).json()["versions"][0]
    assert seen["findings"] == [{"leak": "core", "line": 52, "column": 1, "text": "宏达建材"}]
    for name in ("leader", "publicity"):
        for page in (path, CASES):
            seen = (await client(name).get(page)).text
            assert not any(one in seen for one in NAMES), name
        hidden = (await client(name).get(path)).json()["versions"][0]
        assert (hidden["body"], hidden["findings"]) == (None, [{"leak": "core", "line": 52, "column": 1}])
    for name in ("chief", "supervisor", "viewer", "nobody"):
        assert (await client(name).get(path)).status_code == 403, name
    refused = await client("duty").post(f"{path}/submit")
    assert (refused.status_code, refused.json()["reasons"]) == (422, ["named"])


async def test_a_name_in_a_reason_or_a_title_is_refused_without_saying_it(
    client: Client, world: World
) -> None:
    await make_officers(world)
    title = await client("duty").post(CASES, json=CASE | {"title": "宏达建材超标案"})
    assert (title.status_code, title.json()["field"]) == (422, "title")
    path = await submitted(client)
    for act in ("return", "withdraw"):
        refused = await client("duty").post(f"{path}/{act}", json={"reason": "王小明不服"})
        assert (refused.status_code, refused.json()["field"]) == (422, "reason")
        assert "王小明" not in refused.text


async def test_each_step_is_another_persons_and_a_return_begins_anew(client: Client, world: World) -> None:
    await make_officers(world)
    await appointed(client)
    path = await submitted(client)

    async def refused(who: str, act: str = "sign", **body: Any) -> str:
        answer = await client(who).post(f"{path}/{act}", json=body)
        assert answer.is_error, answer.text
        return str(answer.json()["code"])

    assert await refused("duty", step="bureau", dossier=DOSSIER) == "second_person_needed"
    assert await refused("examiner", step="bureau") == "invalid"
    assert await refused("examiner", step="bureau", dossier=DOSSIER | {"law": False}) == "invalid"
    assert await refused("leader", step="leader") == "forbidden_transition"
    for who in ("admin", "chief", "publicity", "supervisor", "nobody"):
        assert await refused(who, step="bureau", dossier=DOSSIER) == "forbidden", who
    assert await refused("publicity", "marks", step="review_2", name="编辑甲") == "forbidden_transition"
    assert await refused("examiner", "marks", step="review_1", name="编辑甲") == "forbidden"
    assert await refused("publicity", "marks", step="review_1", name="姓名 duty") == "second_person_needed"
    assert await refused("duty", "marks", step="review_1") == "second_person_needed"
    await done(client("leader"), f"{path}/sign", step="bureau", dossier=DOSSIER)
    assert await refused("leader", step="leader") == "second_person_needed"
    returned = await done(client("leader"), f"{path}/return", reason="论证日期不符")
    assert (returned["state"], returned["versions"][0]["steps"][-1]["reason"]) == (
        "preparing",
        "论证日期不符",
    )
    assert await refused("duty", "submit") == "forbidden_transition"
    await done(client("duty"), f"{path}/texts", **TEXT)
    await done(client("duty"), f"{path}/submit")
    assert await refused("duty", "texts", **TEXT) == "forbidden_transition"
    await done(client("examiner"), f"{path}/sign", step="bureau", dossier=DOSSIER)
    key = {"Idempotency-Key": "sign-1"}
    for _ in range(2):
        answer = await client("leader").post(f"{path}/sign", json={"step": "leader"}, headers=key)
        assert (answer.status_code, answer.json()["state"]) == (200, "publicity")
    assert await refused("publicity", step="publicity") == "unfinished"
    for number, step in enumerate(MARKS):
        await done(client("publicity"), f"{path}/marks", step=step, name=EDITORS[number % 3])
    (appointment,) = (await client("leader").get(f"{CASES}/officers")).json()["items"]
    stale = await client("publicity").post(
        f"{path}/sign", json={"step": "publicity"}, headers={"If-Match": '"1"'}
    )
    assert stale.status_code == 412
    await done(client("leader"), f"{CASES}/officers/{appointment['id']}/end", reason="调离")
    assert await refused("publicity", step="publicity") == "forbidden"


async def test_a_suit_after_the_last_signature_stops_the_batch_and_nothing_is_published(
    client: Client, world: World
) -> None:
    await make_officers(world)
    await appointed(client)
    first = await approved(client)
    second = await approved(client, number="昌州环罚〔2026〕13号")
    sued = FACTS | {"suit": {"filed": "2026-11-20"}}
    changed = await client("duty").put(second, json=sued | {"number": "昌州环罚〔2026〕13号"})
    assert [one["code"] for one in changed.json()["reasons"]] == ["suit_pending"]
    duty = client("duty")
    batch = await done(duty, f"{CASES}/batches", kind="ad_hoc", title="适时曝光")
    place = f"{CASES}/batches/{batch['id']}"
    for path in (first, second):
        await done(duty, f"{place}/cases", case=int(path.rpartition("/")[2]))
    for who in ("duty", "viewer", "chief"):
        assert (await client(who).post(f"{place}/publish", json={"on": "2026-11-23"})).status_code == 403
    kept = await client("leader").post(f"{place}/publish", json={"on": "2026-11-23"})
    assert (kept.status_code, kept.json()["code"]) == (409, "unfinished")
    assert kept.json()["kept"] == [
        {"case": 2, "title": FACTS["title"], "reasons": [{"code": "suit_pending", "detail": ""}]}
    ]
    assert (await duty.get(first)).json()["state"] == "approved"
    await done(duty, f"{place}/take-out", case=2)
    for day in ("2026-11-24", "2026-10-01"):
        refused = await client("leader").post(f"{place}/publish", json={"on": day})
        assert (refused.status_code, refused.json()["field"]) == (422, "day")
    early = await client("leader").post(f"{place}/publish", json={"on": "2026-11-22"})
    assert early.json()["kept"][0]["reasons"] == [{"code": "signed_later", "detail": "2026-11-23"}]
    draft = await client("viewer").get(f"{place}/paper", params={"format": "docx"})
    assert draft.status_code == 403
    draft = await duty.get(f"{place}/paper", params={"format": "docx"})
    assert (draft.status_code, draft.headers["content-type"].endswith("document")) == (200, True)
    named = await duty.put(f"{first}/parties", json={"parties": [{"kind": "person", "name": "罚款二十"}]})
    assert named.json()["reasons"] == [{"code": "named", "detail": "50"}]
    assert (await duty.get(f"{place}/paper", params={"format": "pdf"})).json()["code"] == "unfinished"
    assert (await client("leader").get(first)).json()["versions"][0]["body"] is None
    await duty.put(f"{first}/parties", json={"parties": PARTIES})
    await done(client("publicity"), f"{place}/publish", on="2026-11-23")
    again = await client("leader").post(f"{place}/publish", json={"on": "2026-11-23"})
    assert (again.status_code, again.json()["code"]) == (409, "forbidden_transition")


async def test_what_was_published_is_frozen_and_withdrawn_by_a_chief_alone(
    client: Client, world: World
) -> None:
    await make_officers(world)
    await appointed(client)
    path = await approved(client)
    await published(client, world, path)
    duty = client("duty")
    for answer in (
        await duty.put(path, json=FACTS), await duty.put(f"{path}/parties", json={"parties": PARTIES}),
        await duty.post(f"{path}/texts", json=TEXT), await duty.post(f"{path}/return", json={"reason": "改"}),
    ):  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (409, "forbidden_transition")
    for statement in (
        "UPDATE exposed_case SET title = 'x'", "UPDATE exposed_case SET state = 'approved'", "DELETE FROM exposed_case",
        "UPDATE exposed_text SET body = 'x'", "DELETE FROM exposed_step", "DELETE FROM exposed_party",
        "UPDATE exposure_batch SET title = 'x'", "DELETE FROM exposure_batch",
        "INSERT INTO exposed_party (case_id, kind, name, common_word) VALUES (1, 'person', '李四', false)",
    ):  # fmt: skip
        with pytest.raises(DBAPIError, match="refused"):
            async with transaction(world.sessions) as session:
                await session.execute(text(statement))
    assert (await duty.post(f"{path}/withdraw", json={"reason": "判决撤销"})).status_code == 403
    withdrawn = await done(client("leader"), f"{path}/withdraw", reason="再审改判")
    assert (withdrawn["state"], withdrawn["withdrawn_why"], withdrawn["batch"]) == (
        "withdrawn",
        "再审改判",
        1,
    )
    world.clock.advance(timedelta(minutes=2))
    assert (await client(None).get("/public/cases")).json()["cases"] == []
    assert (await duty.get(CASES, params={"state": "withdrawn"})).json()["items"][0][
        "withdrawn_why"
    ] == "再审改判"
    # The number is free for the decision that took its place.
    await registered(client)


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"decided": "2027-01-01"}, "decided"),
    ({"served": "2026-01-01"}, "served"),
    ({"review": {"filed": "2026-01-01"}}, "review_filed"),
    ({"grid": "652300"}, "grid"),
    ({"source": "none"}, "source"),
    ({"kind": "crime", "review": {"filed": "2026-02-01"}}, "review_filed"),
    ({"parties": [PARTIES[0], PARTIES[0]]}, "parties"),
    ({"parties": [{"kind": "person", "name": "·王"}]}, "parties[0].name"),
)


async def test_what_cannot_be_is_named_and_nothing_is_kept(client: Client, world: World) -> None:
    for over, field in WRONG:
        refused = await client("duty").post(CASES, json=CASE | over)
        assert (refused.status_code, refused.json()["field"]) == (422, field), refused.text
    for bad in ({"violations": []}, {"violations": ["fun"]}, {"parties": []}, {"title": "x" * 101}):
        assert (await client("duty").post(CASES, json=CASE | bad)).status_code == 422
    assert (await client("duty").get(CASES)).json()["items"] == []
    for who in ("leader", "supervisor", "chief", "viewer"):
        assert (await client(who).post(CASES, json=CASE)).status_code == 403, who


async def test_a_number_is_registered_once_and_a_quarter_has_one_batch(client: Client, world: World) -> None:
    await registered(client)
    again = await client("duty").post(CASES, json=CASE)
    assert (again.status_code, again.json()["code"]) == (409, "overlap")
    body = {"kind": "quarterly", "quarter": "2026-Q4", "title": "四季度"}
    await done(client("duty"), f"{CASES}/batches", **body)
    assert (await client("duty").post(f"{CASES}/batches", json=body)).json()["code"] == "overlap"
    for bad in ({"quarter": None}, {"quarter": "2026-4"}, {"kind": "ad_hoc"}):
        assert (await client("duty").post(f"{CASES}/batches", json=body | bad)).status_code == 422
    refused = await client("duty").post(f"{CASES}/batches/1/cases", json={"case": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "forbidden_transition")
    assert (await client("leader").post(f"{CASES}/batches/1/publish", json={"on": "2026-11-23"})).json()[
        "field"
    ] == "cases"
    for path in (f"{CASES}/9", f"{CASES}/9/parties", f"{CASES}/batches/9"):
        assert (await client("duty").get(path)).status_code == 404
