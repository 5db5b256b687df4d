"""The desk over HTTP: who sits there, what a note tells, and who confirms it."""

import asyncio
import hashlib
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from app.api.desk_shapes import DeskShape, DeskShiftShape, NoteBrief, NoteShape
from app.database import transaction
from app.views.desk import presence
from app.views.desk_risks import MOST
from dispatch.commands import Acknowledge
from models.bulk import fetch
from models.enums import AlertKind, AlertScope, OrderState, RiskKind, Role
from tests.api.conftest import Client
from tests.api.test_roster import ROTATIONS, rotation
from tests.factories import COUNTY, PREFECTURE, World, make_person

IN, OUT, NOTES = "/desk/sign-in", "/desk/sign-out", "/desk/notes"
REMARKS = "昌吉市 3 号工地仍在苫盖，请盯紧"


async def sit(client: Client, who: str) -> dict[str, Any]:
    answer = await client(who).post(IN, json={})
    assert answer.status_code == 201, answer.text
    DeskShiftShape.model_validate(answer.json())
    found: dict[str, Any] = answer.json()
    return found


async def leave(client: Client, who: str, **said: Any) -> dict[str, Any]:
    answer = await client(who).post(OUT, json=said)
    assert answer.status_code == 201, answer.text
    NoteShape.model_validate(answer.json())
    found: dict[str, Any] = answer.json()
    return found


async def desk(client: Client, who: str = "duty") -> dict[str, Any]:
    answer = await client(who).get("/desk")
    assert answer.status_code == 200, answer.text
    DeskShape.model_validate(answer.json())
    found: dict[str, Any] = answer.json()
    return found


async def told(world: World) -> list[tuple[str, int | None, dict[str, Any]]]:
    async with world.sessions() as session:
        rows = await fetch(
            session, "SELECT kind, grid_id, actor_id, data FROM journal WHERE kind LIKE 'desk.%' ORDER BY id"
        )
    return [tuple(row) for row in rows]


async def officer(world: World, username: str, grid: str = PREFECTURE) -> None:
    async with transaction(world.sessions) as session:
        world.people[username] = await make_person(session, username, (Role.DUTY_OFFICER, world.grids[grid]))
    world.duties[username] = ((Role.DUTY_OFFICER, world.grids[grid].id),)


def of(risks: dict[str, Any], kind: RiskKind) -> dict[str, Any]:
    (found,) = [part for part in risks["kinds"] if part["kind"] == kind.value]
    return dict(found)


async def test_a_shift_begins_ends_and_is_taken_over(client: Client, world: World) -> None:
    shift = await sit(client, "duty")
    assert shift == shift | {"person": {"username": "duty", "name": "姓名 duty"}, "closed_at": None}
    late = await world.order()
    world.clock.advance(minutes=20)
    now = world.clock.now()

    note = await leave(client, "duty", remarks=REMARKS)
    assert note == note | {
        "grid": PREFECTURE, "shift": shift["id"], "opened_at": shift["opened_at"], "remarks": REMARKS,
        "written_at": now.isoformat(), "confirmed_at": None, "confirmed_by": None,
        "counts": {"breached": 1},
    }  # fmt: skip
    breached = of(note["risks"], RiskKind.BREACHED)["items"][0]
    assert (breached["order_id"], breached["what"], breached["grid_name"]) == (late, "acknowledge", "昌吉市")

    # Nobody sits there: the note waits, and the desk says so.
    waiting = await desk(client, "leader")
    assert (waiting["sitting"], waiting["may_sit"], waiting["grid"]) == ([], False, PREFECTURE)
    assert [n["id"] for n in waiting["waiting"]] == [note["id"]]
    async with world.sessions() as session:
        found = await presence(session, world.grids[PREFECTURE].id, world.clock.now())
    assert (found.sitting, found.waiting) == (0, 1)

    # What happens afterwards changes the board, and not the note.
    await world.act(late, Acknowledge())
    world.clock.advance(minutes=5)
    path = f"{NOTES}/{note['id']}/confirm"
    early = await client("both").post(path, json={})
    assert (early.status_code, early.json()["code"]) == (403, "forbidden")
    await sit(client, "both")
    done = await client("both").post(path, json={"remark": "已电话核实"})
    assert done.status_code == 200, done.text
    assert done.json() == note | {
        "confirmed_by": "姓名 both", "confirmed_at": world.clock.now().isoformat(), "confirm_remark": "已电话核实",
    }  # fmt: skip
    after = await desk(client)
    assert (after["waiting"], after["last_note"]["id"]) == ([], note["id"])
    assert [one["person"]["username"] for one in after["sitting"]] == ["both"]
    assert of(after["risks"], RiskKind.BREACHED)["count"] == 0

    # The journal tells each step, of the prefecture's grid, and the digest of what was signed.
    events = await told(world)
    assert [kind for kind, *_ in events] == ["desk.opened", "desk.closed", "desk.opened", "desk.confirmed"]
    assert {grid for _, grid, *_ in events} == {world.grids[PREFECTURE].id}
    assert events[1][3]["open"] == {"breached": 1}
    async with world.sessions() as session:
        ((risks, remarks),) = await fetch(session, "SELECT risks::text, remarks FROM desk_note")
    assert (
        events[1][3]["sha256"] == hashlib.sha256(f"{risks}\0{remarks}".encode()).hexdigest() == note["sha256"]
    )
    assert REMARKS not in str(events)


async def test_nobody_sits_twice_or_leaves_unseated_and_nobody_confirms_the_own_note(
    client: Client, world: World
) -> None:
    nobody = await client("duty").post(OUT, json={})
    assert (nobody.status_code, nobody.json()["code"]) == (409, "forbidden_transition")
    await sit(client, "duty")
    again = await client("duty").post(IN, json={})
    assert (again.status_code, again.json()["code"]) == (409, "overlap")
    await sit(client, "admin")
    note = await leave(client, "duty")
    await sit(client, "duty")
    path = f"{NOTES}/{note['id']}/confirm"
    own = await client("duty").post(path, json={})
    assert (own.status_code, own.json()["code"]) == (403, "may_not_decide")
    assert (await client("admin").post(path, json={})).status_code == 200
    twice = await client("admin").post(path, json={})
    assert (twice.status_code, twice.json()["code"]) == (409, "forbidden_transition")
    assert [kind for kind, *_ in await told(world)].count("desk.confirmed") == 1


async def test_two_who_confirm_or_leave_at_once_do_it_once(client: Client, world: World) -> None:
    for who in ("duty", "both", "admin"):
        await sit(client, who)
    # One person at two screens, and another beside: one note each.
    answers = await asyncio.gather(*(client(who).post(OUT, json={}) for who in ("duty", "duty", "both")))
    assert sorted(a.status_code for a in answers) == [201, 201, 409]
    notes = {a.json()["written_by"]["username"]: a.json()["id"] for a in answers if a.status_code == 201}
    assert set(notes) == {"duty", "both"}
    await officer(world, "second")
    await sit(client, "second")
    path = f"{NOTES}/{notes['duty']}/confirm"
    answers = await asyncio.gather(
        *(client(who).post(path, json={"remark": who}) for who in ("admin", "second", "admin", "second"))
    )
    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409]
    (won,) = [a.json() for a in answers if a.status_code == 200]
    assert won["confirm_remark"] == ("admin" if won["confirmed_by"] == "姓名 admin" else "second")
    answers = await asyncio.gather(*(client("duty").post(IN, json={}) for _ in range(4)))
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409]


async def test_a_key_sent_again_leaves_one_note(client: Client, world: World) -> None:
    await sit(client, "duty")
    key = {"Idempotency-Key": "off-home"}
    first = await client("duty").post(OUT, json={"remarks": "x"}, headers=key)
    again = await client("duty").post(OUT, json={"remarks": "x"}, headers=key)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert first.headers["Location"] == f"/api/v1/desk/notes/{first.json()['id']}"
    assert (await client("duty").post(OUT, json={"remarks": "y"}, headers=key)).status_code == 409
    assert len((await client("duty").get(NOTES)).json()["items"]) == 1


async def test_everything_that_is_open_is_told_and_no_drill(client: Client, world: World) -> None:
    duty = client("duty")
    kinds = {kind.value for kind in RiskKind}
    await world.order(reason="已超时")
    await world.order_in(OrderState.REPORTED)
    asked = await world.order_in(OrderState.ON_SITE)
    clocks = (await duty.get(f"/orders/{asked}")).json()["clocks"]
    (report,) = [c for c in clocks if c["kind"] == "report"]
    until = (world.clock.now() + timedelta(hours=3)).isoformat()
    filed = await client("supervisor").post(
        f"/orders/{asked}/requests",
        json={"kind": "extension", "clock_id": report["id"], "until": until, "reason": "道路封闭"},
    )
    assert filed.status_code == 201, filed.text
    drill = await duty.post("/orders", json={"grid": COUNTY, "reason": "演练", "drill": True})
    assert drill.status_code == 201
    alert = await world.alert(kind=AlertKind.EPISODE.value, scope=AlertScope.REGIONAL.value)
    assert alert
    await world.unrouted("WZ-2")
    silenced = await duty.post(
        "/silences",
        json={
            "kind": "maintenance", "station": "WZ-2", "reason": "校准",
            "until": (world.clock.now() + timedelta(hours=6)).isoformat(),
        },
    )  # fmt: skip
    assert silenced.status_code == 201, silenced.text
    now = world.clock.now()
    async with transaction(world.sessions) as session:
        await fetch(
            session, "UPDATE station SET last_received_at = $1 WHERE code = 'WZ-1'", now - timedelta(hours=2)
        )
        await fetch(
            session, "INSERT INTO way_health (way, down_at, error) VALUES ('sms', $1, 'timeout')", now
        )
        await fetch(
            session,
            "INSERT INTO watchdog_finding (code, since, last_seen, count, examples)"
            " VALUES ('outbox_old', $1, $1, 3, '[]')",
            now,
        )
        await fetch(
            session,
            "INSERT INTO outage (kind, began_at, ended_at, detected_by) VALUES ('broker', $1, $2, 'x')",
            now - timedelta(minutes=9),
            now,
        )
        await fetch(
            session,
            "UPDATE work_order SET suspended_until = $1 WHERE id = $2",
            now + timedelta(days=3),
            await _suspended(world),
        )
    world.clock.advance(minutes=20)
    risks = (await desk(client))["risks"]
    assert {part["kind"] for part in risks["kinds"]} == kinds
    counts = {part["kind"]: part["count"] for part in risks["kinds"]}
    assert counts == counts | {
        "to_review": 1, "requests": 0, "suspended": 1, "unrouted": 1, "episodes": 1, "offline": 1, "ways": 1,
        "findings": 1, "outages": 1, "silences": 1, "mutes": 0,
    }  # fmt: skip
    assert counts["breached"] >= 1
    told_of = {item["number"] for part in risks["kinds"] for item in part["items"]}
    assert drill.json()["number"] not in told_of
    assert (of(risks, RiskKind.REQUESTS)["also"], of(risks, RiskKind.TO_REVIEW)["also"]) == (1, 0)
    # The decision about the request is late: there it is told, once.
    assert (asked, "decision") in [(i["order_id"], i["what"]) for i in of(risks, RiskKind.BREACHED)["items"]]


async def _suspended(world: World) -> int:
    return await world.order_in(OrderState.ON_SITE)


async def test_many_risks_are_counted_and_the_most_pressing_told(client: Client, world: World) -> None:
    first = await world.order()
    for _ in range(MOST):
        await world.order()
    world.clock.advance(minutes=20)
    breached = of((await desk(client))["risks"], RiskKind.BREACHED)
    assert (breached["count"], len(breached["items"])) == (MOST + 1, MOST)
    assert breached["items"][0]["order_id"] == first


@pytest.mark.parametrize("who", ["supervisor", "neighbour", "chief", "viewer", "patroller", "nobody"])
async def test_a_county_knows_of_no_desk(client: Client, world: World, who: str) -> None:
    await sit(client, "duty")
    note = await leave(client, "duty")
    for path in ("/desk", NOTES):
        assert (await client(who).get(path)).status_code == 403
    assert (await client(who).get("/desk", params={"grid": PREFECTURE})).status_code == 404
    assert (await client(who).get(f"{NOTES}/{note['id']}")).status_code == 404
    assert (await client(who).post(IN, json={})).status_code == 403
    assert (await client(who).post(OUT, json={})).status_code == 403
    assert (await client(who).post(f"{NOTES}/{note['id']}/confirm", json={})).status_code == 404


async def test_a_chief_of_the_prefecture_reads_and_does_not_act(client: Client, world: World) -> None:
    await sit(client, "duty")
    note = await leave(client, "duty")
    assert (await client("leader").get(f"{NOTES}/{note['id']}")).json() == note
    for path in (IN, OUT, f"{NOTES}/{note['id']}/confirm"):
        assert (await client("leader").post(path, json={})).status_code == 403


async def test_a_county_with_duty_officers_has_a_desk_of_its_own(client: Client, world: World) -> None:
    await officer(world, "local", COUNTY)
    await world.order()
    await world.order("652302")
    world.clock.advance(minutes=20)
    await sit(client, "local")
    own = await desk(client, "local")
    assert (own["grid"], of(own["risks"], RiskKind.BREACHED)["count"]) == (COUNTY, 1)
    assert RiskKind.WAYS.value not in {part["kind"] for part in own["risks"]["kinds"]}
    assert (await desk(client))["sitting"] == []
    # The one above reads it, and does not sit there; the one below knows nothing of the prefecture's.
    above = await client("duty").get("/desk", params={"grid": COUNTY})
    assert (above.status_code, above.json()["may_sit"]) == (200, False)
    assert (await client("duty").post(IN, json={"grid": COUNTY})).status_code == 403
    assert (await client("local").get("/desk", params={"grid": PREFECTURE})).status_code == 403
    await sit(client, "duty")
    note = await leave(client, "duty")
    assert (await client("local").get(f"{NOTES}/{note['id']}")).status_code == 404


async def test_the_roster_says_who_should_sit_there(client: Client, world: World) -> None:
    assert (await desk(client))["on_turn"] is None
    turns = rotation(grid=PREFECTURE, role="duty_officer", members=["both", "duty"])
    made = await client("admin").post(ROTATIONS, json=turns)
    assert made.status_code == 201, made.text
    planned = (await desk(client))["on_turn"]
    assert planned["person"] == {"username": "both", "name": "姓名 both"}
    assert planned["until"] == (world.clock.now() + timedelta(hours=12)).isoformat()
    # A plan binds nobody: whoever has the duty may sit there.
    await sit(client, "duty")


async def test_the_notes_are_paged_newest_first(client: Client, world: World) -> None:
    ids = []
    for _ in range(3):
        await sit(client, "duty")
        ids.append((await leave(client, "duty"))["id"])
    page = (await client("duty").get(NOTES, params={"limit": 2})).json()
    for item in page["items"]:
        NoteBrief.model_validate(item)
    rest = (await client("duty").get(NOTES, params={"limit": 2, "cursor": page["next_cursor"]})).json()
    assert [n["id"] for n in page["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None
    assert (await client("duty").get(NOTES, params={"confirmed": True})).json()["items"] == []
    assert (await client("duty").get(NOTES, params={"cursor": "x"})).status_code == 422


@pytest.mark.parametrize(
    "said", [{"remarks": "x" * 2001}, {"remarks": "\x00"}, {"remarks": ""}, {"more": 1}, {"grid": "x" * 65}]
)
async def test_what_cannot_be_taken_leaves_no_note(
    client: Client, world: World, said: dict[str, Any]
) -> None:
    await sit(client, "duty")
    assert (await client("duty").post(OUT, json=said)).status_code == 422
    assert (await desk(client))["last_note"] is None
    assert len((await desk(client))["sitting"]) == 1
    assert (await client("duty").post(OUT, json={"remarks": "x" * 2000})).status_code == 201


async def test_whoever_forgot_to_sign_out_does_not_count(client: Client, world: World) -> None:
    await sit(client, "duty")
    world.clock.advance(hours=25)
    (one,) = (await desk(client, "both"))["sitting"]
    assert one["forgotten"]
    async with world.sessions() as session:
        found = await presence(session, world.grids[PREFECTURE].id, world.clock.now())
    assert found.sitting == 0
    await leave(client, "duty")


async def test_a_forgotten_shift_is_ended_by_whoever_sits_there_and_once(
    client: Client, world: World
) -> None:
    shift = await sit(client, "duty")
    path = f"/desk/shifts/{shift['id']}/end"
    await sit(client, "both")
    early = await client("both").post(path)
    assert (early.status_code, early.json()["code"]) == (409, "forbidden_transition")
    await leave(client, "both")
    world.clock.advance(hours=25)
    unseated = await client("both").post(path)
    assert (unseated.status_code, unseated.json()["code"]) == (403, "forbidden")
    assert (await client("leader").post(path)).status_code == 403
    assert (await client("chief").post(path)).status_code == 404
    assert (await client("both").post("/desk/shifts/99/end")).status_code == 404
    await sit(client, "both")
    await sit(client, "admin")
    answers = await asyncio.gather(*(client(who).post(path) for who in ("both", "admin", "both")))
    assert sorted(a.status_code for a in answers) == [200, 409, 409]
    (ended,) = [a.json() for a in answers if a.status_code == 200]
    DeskShiftShape.model_validate(ended)
    assert ended["closed_at"] == world.clock.now().isoformat()
    assert ended["closed_by"] in ("姓名 both", "姓名 admin")
    last = (await told(world))[-1]
    assert (last[0], last[3]["note"], last[3]["shift"]) == ("desk.closed", None, shift["id"])
    # Nobody made up a note, and the person may come again.
    assert len((await client("duty").get(NOTES)).json()["items"]) == 1
    await sit(client, "duty")


REFUSED = [
    "UPDATE desk_note SET remarks = 'x'",
    "UPDATE desk_note SET risks = '{}'",
    "UPDATE desk_note SET written_by = $1",
    "UPDATE desk_note SET confirmed_at = NULL, confirmed_by = NULL, confirm_remark = NULL",
    "UPDATE desk_note SET confirm_remark = 'x'",
    "DELETE FROM desk_note",
    "UPDATE desk_shift SET closed_at = NULL",
    "UPDATE desk_shift SET opened_at = opened_at - interval '1 hour'",
    "DELETE FROM desk_shift",
]


@pytest.mark.parametrize("statement", REFUSED)
async def test_the_database_keeps_a_note_as_it_was_signed(
    client: Client, world: World, statement: str
) -> None:
    await sit(client, "duty")
    note = await leave(client, "duty")
    await sit(client, "both")
    assert (await client("both").post(f"{NOTES}/{note['id']}/confirm", json={"remark": "y"})).is_success
    parameters = [world.people["admin"].id] if "$1" in statement else []
    with pytest.raises(DBAPIError, match="keeps what was written"):
        async with transaction(world.sessions) as session:
            await fetch(session, statement, *parameters)


async def test_the_database_itself_refuses_a_confirmation_by_the_writer(client: Client, world: World) -> None:
    await sit(client, "duty")
    await leave(client, "duty")
    with pytest.raises(DBAPIError, match="two_people"):
        async with transaction(world.sessions) as session:
            await fetch(session, "UPDATE desk_note SET confirmed_by = written_by, confirmed_at = written_at")


async def test_an_order_is_told_once_under_its_worst_heading(client: Client, world: World) -> None:
    late = await world.order()
    reported = await world.order_in(OrderState.REPORTED)
    asked = {"kind": "recusal", "reason": "亲属在该企业"}
    assert (await client("supervisor").post(f"/orders/{late}/requests", json=asked)).status_code == 201

    async def told() -> dict[str, list[tuple[int, str | None]]]:
        kinds = (await desk(client))["risks"]["kinds"]
        for part in kinds:
            assert part["count"] == len(part["items"])
        return {
            part["kind"]: [(i["order_id"], i["what"]) for i in part["items"]]
            for part in kinds
            if part["count"]
        }

    # Three deadlines run within the hour or beyond it: one order. The request is another thing to be done.
    found = await told()
    assert found["due_soon"] == [(late, "acknowledge")] or (late, "acknowledge") in found["due_soon"]
    assert [one for one in found["due_soon"] if one == (late, "feedback")] == []
    world.clock.advance(minutes=15)
    found = await told()
    assert [one for one in found["breached"] if one[1] != "decision"] == [(late, "acknowledge")]
    assert (late, "feedback") not in found.get("due_soon", [])
    assert found["to_review"] == [(reported, None)]
    waiting = [kind for kind in ("breached", "due_soon") if (late, "decision") in found.get(kind, [])]
    assert len(waiting) + ("requests" in found) == 1

    # Late itself, it still waits for its review: told once, and no heading says that there is none.
    world.clock.advance(days=5)
    risks = (await desk(client))["risks"]
    assert (reported, "review") in [(i["order_id"], i["what"]) for i in of(risks, RiskKind.BREACHED)["items"]]
    assert (of(risks, RiskKind.TO_REVIEW)["count"], of(risks, RiskKind.TO_REVIEW)["also"]) == (0, 1)
    world.clock.advance(days=2)
    found = await told()
    # The reviewer is late by now: there it is told, and not as waiting as well.
    assert sorted(one for one in found["breached"]) == sorted(
        [(late, "acknowledge"), (late, "decision"), (reported, "review")]
    )
    assert not found.keys() & {"due_soon", "to_review", "requests"}
