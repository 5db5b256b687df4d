"""Duty over HTTP: who is responsible when, who may say so, and to whom orders go."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from app.api.roster_shapes import (
    NewAbsence,
    NewOverride,
    NewRotation,
    ResponsibleShape,
    RotationShape,
    TurnShape,
)
from app.api.shapes import Page
from app.database import transaction
from app.engine import Engine
from dispatch.commands import Acknowledge
from models.bulk import fetch
from models.enums import Role
from models.registry import Duty
from tests.api.conftest import Client
from tests.factories import COUNTY, LONG_AGO, OTHER_COUNTY, PREFECTURE, TOWNSHIP, World, make_person
from tests.fakes import START

ROTATIONS, OVERRIDES, ABSENCES = "/roster/rotations", "/roster/overrides", "/roster/absences"


def at(**parts: float) -> str:
    return (START + timedelta(**parts)).isoformat()


def rotation(**over: Any) -> dict[str, Any]:
    """From eight in Beijing, which is now, twelve hours each."""
    return {
        "grid": COUNTY, "role": "supervisor", "members": ["supervisor", "both"], "shift_h": 12,
        "handover": "08:00", "starts_on": "2026-11-23", "reason": "十二月排班",
    } | over  # fmt: skip


def spell(**over: Any) -> dict[str, Any]:
    return {
        "grid": COUNTY, "role": "supervisor", "person": "both", "until": at(hours=2), "reason": "换班"
    } | over  # fmt: skip


async def events(world: World, kind: str) -> list[dict[str, Any]]:
    async with world.sessions() as session:
        rows = await fetch(session, "SELECT data FROM journal WHERE kind = $1 ORDER BY id", kind)
    return [row[0] for row in rows]


async def on_duty(client: Client, *, grid: str = COUNTY, **query: str) -> tuple[str | None, str | None, str]:
    answer = await client("supervisor").get(f"/grids/{grid}/responsible", params=query)
    assert answer.status_code == 200, answer.text
    found = ResponsibleShape.model_validate(answer.json())
    return (None if found.person is None else found.person.username, found.gap, found.why)


async def test_without_a_roster_the_longest_serving_is_responsible(client: Client, world: World) -> None:
    assert await on_duty(client) == ("both", None, "standing")
    assert await on_duty(client, role="chief") == ("chief", None, "standing")
    assert await on_duty(client, at=(LONG_AGO - timedelta(days=1)).isoformat()) == (
        None, "nobody_on_duty", "gap",
    )  # fmt: skip
    for path in (f"/grids/{TOWNSHIP}/responsible", f"/grids/{COUNTY}/responsible?role=duty_officer"):
        assert (await client("supervisor").get(path)).status_code == 422
    assert (await client("supervisor").get(f"/grids/{OTHER_COUNTY}/responsible")).status_code == 404


async def test_a_rotation_hands_over_to_the_second(client: Client, world: World) -> None:
    made = await client("chief").post(ROTATIONS, json=rotation(), headers={"Idempotency-Key": "r1"})
    assert made.status_code == 201, made.text
    shown = NewRotation.model_validate(made.json())
    assert (shown.handover, shown.warnings, shown.author) == ("08:00", [], "姓名 chief")
    again = await client("chief").post(ROTATIONS, json=rotation(), headers={"Idempotency-Key": "r1"})
    assert again.json() == made.json()
    assert await on_duty(client) == ("supervisor", None, "shift")
    assert await on_duty(client, at=at(hours=12, microseconds=-1)) == ("supervisor", None, "shift")
    assert await on_duty(client, at=at(hours=12)) == ("both", None, "shift")
    assert await on_duty(client, at=at(days=61)) == (None, "not_planned", "gap")
    listed = await client("supervisor").get("/roster/turns", params={"grid": COUNTY, "until": at(days=2)})
    page = Page[TurnShape].model_validate(listed.json())
    assert [turn.person.username for turn in page.items if turn.person] == ["supervisor", "both"] * 2
    assert all(a.until == b.since for a, b in pairwise(page.items))
    (told,) = await events(world, "duty.changed")
    assert told == told | {
        "what": "rotation", "change": "made", "role": "supervisor", "actor": "姓名 chief", "reason": "十二月排班",
        "members": ["supervisor", "both"], "grid": COUNTY,
    }  # fmt: skip


async def test_an_order_goes_to_whoever_has_the_turn(client: Client, world: World) -> None:
    await client("chief").post(ROTATIONS, json=rotation())
    await world.order()
    world.clock.advance(hours=12)
    await world.order()
    sent = [[r["username"] for r in e["recipients"]] for e in await events(world, "order.dispatched")]
    assert sent == [["supervisor"], ["both"]]


async def test_a_running_turn_is_cut_now_and_what_was_stays(client: Client, world: World) -> None:
    await client("chief").post(ROTATIONS, json=rotation())
    world.clock.advance(hours=3)
    made = await client("chief").post(OVERRIDES, json=spell(until=at(hours=5)))
    NewOverride.model_validate(made.json())
    for hours, who in ((1, "supervisor"), (3, "both"), (4.99, "both"), (5, "supervisor")):
        assert (await on_duty(client, at=at(hours=hours)))[0] == who
    world.clock.advance(hours=1)
    ended = await client("chief").post(f"{OVERRIDES}/{made.json()['id']}/end", json={"reason": "回来了"})
    assert ended.json()["cancelled_at"] == at(hours=4)
    for hours, who in ((3.5, "both"), (4, "supervisor")):
        assert (await on_duty(client, at=at(hours=hours)))[0] == who
    again = await client("chief").post(f"{OVERRIDES}/{made.json()['id']}/end", json={"reason": "x"})
    assert (again.status_code, again.json()["code"]) == (409, "forbidden_transition")


async def test_an_absence_without_stand_in_is_told_once_before_it_begins(
    client: Client, world: World
) -> None:
    engine = Engine(world.context, {})
    await client("chief").post(ROTATIONS, json=rotation())
    made = await client("chief").post(
        ABSENCES, json=spell(person="supervisor", **{"from": at(days=2), "until": at(days=2, hours=6)})
    )
    NewAbsence.model_validate(made.json())
    assert await events(world, "duty.gap") == []
    world.clock.advance(days=1)
    for _ in range(3):
        await engine.keep_house()
        world.clock.advance(hours=1)
    (told,) = await events(world, "duty.gap")
    assert told == told | {
        "gap": "absent_without_stand_in", "role": "supervisor", "grid": COUNTY, "from": at(days=2),
        "until": at(days=2, hours=6), "missing": {"username": "supervisor", "name": "姓名 supervisor"},
    }  # fmt: skip
    assert [r["username"] for r in told["recipients"]] == ["duty", "both"]
    world.clock.set(START + timedelta(days=2, hours=1))
    assert await on_duty(client) == (None, "absent_without_stand_in", "gap")
    await world.order()
    (sent,) = await events(world, "order.dispatched")
    assert sent["roster_gap"] == "absent_without_stand_in"
    assert [r["username"] for r in sent["recipients"]] == ["chief"]
    assert (await events(world, "duty.gap"))[-1]["order"] == sent["order"]


async def test_a_stand_in_acts_on_behalf_of_the_absent(client: Client, world: World) -> None:
    await client("chief").post(ROTATIONS, json=rotation())
    made = await client("chief").post(ABSENCES, json=spell(person="supervisor", stand_in="both"))
    assert made.json()["stand_in"] == {"username": "both", "name": "姓名 both"}
    assert await on_duty(client) == ("both", None, "stand_in")
    behalf = {}
    for who in ("both", "supervisor"):
        order_id = await world.order()
        async with transaction(world.sessions) as session:
            await world.context.pipeline.act(
                session, order_id, Acknowledge(), caller=world.caller(who), expected_version=None,
                clock=world.clock,
            )  # fmt: skip
            ((behalf[who],),) = await fetch(
                session,
                "SELECT on_behalf_of_id FROM journal WHERE order_id = $1 AND kind = 'order.acknowledged'",
                order_id,
            )
    assert behalf == {"both": world.people["supervisor"].id, "supervisor": None}
    back = await client("chief").post(f"{ABSENCES}/{made.json()['id']}/end", json={"reason": "回来了"})
    assert back.status_code == 200
    assert await on_duty(client) == ("supervisor", None, "shift")


async def test_a_duty_that_ends_is_a_gap_at_once(client: Client, world: World) -> None:
    await client("chief").post(ROTATIONS, json=rotation())
    async with transaction(world.sessions) as session:
        person = world.people["supervisor"].id
        duty = (await session.scalars(select(Duty).where(Duty.person_id == person))).one()
        duty.valid_to = START + timedelta(hours=1)
    assert await on_duty(client, at=at(minutes=59)) == ("supervisor", None, "shift")
    assert await on_duty(client, at=at(hours=1)) == (None, "duty_ended", "gap")
    await Engine(world.context, {}).keep_house()
    assert await on_duty(client, at=at(hours=1)) == (None, "duty_ended", "gap")
    told = await events(world, "duty.gap")
    assert [(e["gap"], e["from"]) for e in told] == [("duty_ended", at(hours=1)), ("duty_ended", at(days=1))]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (OVERRIDES, spell(person="viewer"), "invalid"),
        (OVERRIDES, spell(person="neighbour"), "invalid"),
        (OVERRIDES, spell(person="who"), "invalid"),
        (OVERRIDES, spell(until=at(hours=-1)), "invalid"),
        (OVERRIDES, spell(until=at(days=367)), "invalid"),
        (OVERRIDES, spell(role="duty_officer"), "invalid"),
        (OVERRIDES, spell(role="patroller"), "invalid"),
        (OVERRIDES, spell(grid=TOWNSHIP), "invalid"),
        (OVERRIDES, spell(reason=" "), "invalid"),
        (ABSENCES, spell(stand_in="both"), "invalid"),
        (ABSENCES, spell(stand_in="viewer"), "invalid"),
        (ABSENCES, spell(person="viewer"), "invalid"),
        (ROTATIONS, rotation(members=["supervisor", "viewer"]), "invalid"),
        (ROTATIONS, rotation(members=[]), "invalid"),
        (ROTATIONS, rotation(shift_h=0), "invalid"),
        (ROTATIONS, rotation(handover="08:00:30"), "invalid"),
        (ROTATIONS, rotation(starts_on="2028-01-01"), "invalid"),
        (ROTATIONS, rotation(until=at(hours=-1)), "invalid"),
    ],
)
async def test_what_cannot_be_is_refused(client: Client, path: str, body: dict[str, Any], code: str) -> None:
    answer = await client("duty").post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert (await client("duty").get(f"{path}?grid={COUNTY}")).json()["items"] == []


async def test_overlaps_are_refused(client: Client, world: World) -> None:
    chief = client("chief")
    assert (await chief.post(OVERRIDES, json=spell())).status_code == 201
    late = spell(person="supervisor", **{"from": at(hours=1, minutes=59), "until": at(hours=3)})
    over = await chief.post(OVERRIDES, json=late)
    assert (over.status_code, over.json()["code"]) == (409, "overlap")
    after = spell(person="supervisor", **{"from": at(hours=2), "until": at(hours=3)})
    assert (await chief.post(OVERRIDES, json=after)).status_code == 201
    away = spell(person="supervisor", **{"from": at(hours=5), "until": at(hours=9)})
    assert (await chief.post(ABSENCES, json=away)).status_code == 201
    again = await chief.post(ABSENCES, json=away)
    assert (again.status_code, again.json()["code"]) == (409, "overlap")
    busy = spell(person="both", stand_in="supervisor", **{"from": at(hours=6), "until": at(hours=7)})
    assert (await chief.post(ABSENCES, json=busy)).json()["detail"] == "the stand-in is away at that time"
    gone = spell(person="supervisor", **{"from": at(hours=6), "until": at(hours=7)})
    assert (await chief.post(OVERRIDES, json=gone)).json()["detail"] == "this person is away at that time"
    later = rotation(starts_on="2026-12-01")
    assert (await chief.post(ROTATIONS, json=later)).status_code == 201
    clash = await chief.post(ROTATIONS, json=rotation())
    assert (clash.status_code, clash.json()["code"]) == (409, "overlap")


async def test_a_new_rotation_ends_the_one_before_it(client: Client, world: World) -> None:
    chief = client("chief")
    first = (await chief.post(ROTATIONS, json=rotation())).json()
    await chief.post(ROTATIONS, json=rotation(members=["both"], starts_on="2026-11-25"))
    listed = Page[RotationShape].model_validate((await chief.get(f"{ROTATIONS}?grid={COUNTY}")).json())
    assert [(r.id, r.end_reason) for r in listed.items][1] == (first["id"], "replaced")
    assert (await on_duty(client, at=at(days=2, microseconds=-1)))[0] == "both"
    assert (await on_duty(client, at=at(days=2)))[0] == "both"
    assert (await on_duty(client, at=at(days=2, hours=12)))[0] == "both"
    assert (await on_duty(client, at=at(days=1)))[0] == "supervisor"


async def test_who_may_say_so(client: Client, world: World) -> None:
    async with transaction(world.sessions) as session:
        county = await make_person(session, "chief2", (Role.CHIEF, world.grids[OTHER_COUNTY]))
    world.people["chief2"] = county
    desk = rotation(grid=PREFECTURE, role="duty_officer", members=["duty", "both"])
    for who, body, status in (
        ("supervisor", rotation(), 403),
        ("viewer", rotation(), 403),
        ("chief2", rotation(), 404),
        ("nobody", rotation(), 404),
        ("chief", desk, 404),
        ("leader", desk, 403),
        ("leader", rotation(), 201),
        ("admin", desk, 201),
    ):
        answer = await client(who).post(ROTATIONS, json=body)
        assert answer.status_code == status, (who, answer.text)
    (mine, *_) = (await client("chief").get(f"{ROTATIONS}?grid={COUNTY}")).json()["items"]
    end = f"{ROTATIONS}/{mine['id']}/end"
    for who, status in (("supervisor", 403), ("chief2", 404), ("chief", 200)):
        assert (await client(who).post(end, json={"reason": "x"})).status_code == status, who
    assert (await client("supervisor").get(f"{ABSENCES}?grid={COUNTY}")).status_code == 403
    assert (await client("chief").post(f"{ROTATIONS}/999/end", json={"reason": "x"})).status_code == 404


async def test_the_duty_desk_has_turns_too(client: Client, world: World) -> None:
    desk = rotation(grid=PREFECTURE, role="duty_officer", members=["both", "duty"])
    assert (await client("duty").post(ROTATIONS, json=desk)).status_code == 201
    answer = (await client("duty").get(f"/grids/{PREFECTURE}/responsible")).json()
    assert (answer["role"], answer["person"]["username"]) == ("duty_officer", "both")
