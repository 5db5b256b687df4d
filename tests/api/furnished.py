"""One of everything in supervision: what only stands after two people acted, or once a month is over, as well."""

from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest_asyncio

from app.database import transaction
from dispatch.commands import Accept, Acknowledge, FileReport, GiveFeedback
from models.enums import CauseCode
from tests.api.browsing import Browser
from tests.api.conftest import Client
from tests.api.test_air import DUST, days
from tests.api.test_air import send as deliver
from tests.api.test_leaks import filled
from tests.api.test_tasks_pages import PNG
from tests.exposures import appointed, approved, make_officers
from tests.factories import COUNTY, TOWNSHIP, World, make_station
from tests.public_reports import add_keeper, fill_in, send

__all__ = ["filled"]

POINT = {"grid": TOWNSHIP, "name": "砂场", "lon": 87.3, "lat": 44.0}
PROBLEM = {
    "grid": COUNTY, "category": "dust", "title": "裸土未覆盖", "text": "裸土未覆盖",
    "finding": {"kind": "inspection", "ref": "督查〔2026〕3号"},
}  # fmt: skip


@pytest_asyncio.fixture
async def furnished(client: Client, browser: Browser, world: World, filled: dict[str, Any]) -> dict[str, Any]:
    """What stands for each parameter of a path.

    And: `candidate`, the reference of a problem to take up; `sampled`, a problem that was drawn; `batched`, a case in
    the batch; `brief`, a paper that waits to be issued.

    It is 3 December, and November's assessment is frozen.
    """
    await make_officers(world)
    await add_keeper(world)
    duty = client("duty")
    await _made(client("supervisor"), "/patrols/plans", POINT)
    exclusion = await _made(duty, "/supervision/air/exclusions", DUST)
    target = {
        "year": 2026,
        "pollutant": "pm25",
        "yearly": "42",
        "document": "昌州环委〔2026〕1号",
        "grid": COUNTY,
    }
    await _made(duty, "/supervision/targets", target)
    officer = await appointed(client)
    case = await approved(client, number="昌州环罚〔2026〕13号")
    batch = await _made(duty, "/supervision/cases/batches", {"kind": "ad_hoc", "title": "适时曝光"})
    await _made(
        duty, f"/supervision/cases/batches/{batch['id']}/cases", {"case": int(case.rpartition("/")[2])}
    )
    sampled, sample = await _sampled(client, world)
    candidate = await _candidate(client, world)
    stranger = browser(None)
    fields, _ = await fill_in(stranger, world)
    sent = await send(stranger, fields, {"photos": ("现场.png", PNG, "image/png")})
    assert sent.status_code == 303, sent.text
    await _month(client, world)
    brief = await _made(duty, "/supervision/consultation/drafts", {"kind": "brief"})
    world.clock.set(datetime(2026, 12, 3, 4, tzinfo=UTC))
    # The session of before has ended.
    await _made(client("duty"), "/supervision/assessment/2026-11/freeze", {})
    return filled | {
        "exclusion_id": exclusion["id"], "officer_id": officer, "batch_id": batch["id"], "sample_id": sample["id"],
        "candidate": candidate, "plan_id": 1, "document_id": 1, "sampled": sampled["id"], "number": sampled["number"],
        "batched": int(case.rpartition("/")[2]), "brief": brief["papers"][0],
    }  # fmt: skip


async def _made(caller: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await caller.post(path, json=body)
    assert answer.is_success, f"{path}: {answer.text}"
    found: dict[str, Any] = answer.json()
    return found


async def _sampled(client: Client, world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    """A problem that was cleared, and the sample in which it was drawn to be checked."""
    duty, since = client("duty"), world.clock.now()
    problem = await _made(duty, "/supervision/problems", PROBLEM)
    path = f"/supervision/problems/{problem['id']}"
    await _made(duty, f"{path}/push", {"due_on": since.date().isoformat()})
    await _made(client("supervisor"), f"{path}/correct", {"text": "已整改"})
    await _made(duty, f"{path}/clear", {"text": "核实"})
    world.clock.advance(minutes=1)
    span = {"from": since.isoformat(), "until": world.clock.now().isoformat(), "size": 1}
    return problem, await _made(duty, "/supervision/problems/samples", span)


async def _candidate(client: Client, world: World) -> str:
    """An order whose cause was found waits to be taken up as a problem."""
    order = await world.order()
    await world.act(
        order, Acknowledge(), GiveFeedback("裸土未覆盖", cause_code=CauseCode.CONSTRUCTION_DUST),
        FileReport("已覆盖", "浓度下降"), Accept("好"),
    )  # fmt: skip
    found = (await client("duty").get("/supervision/problems/candidates")).json()["items"]
    return str(next(one["ref"] for one in found if one["kind"] == "order"))


async def _month(client: Client, world: World) -> None:
    """September of the air, computed and not signed."""
    async with transaction(world.sessions) as session:
        world.stations["GK-1"] = await make_station(
            session, "GK-1", world.grids[COUNTY], kind="reference", name="州监测站"
        )
        await world.context.directory.refresh(session)
    for first, level in ((date(2026, 9, 1), 40), (date(2025, 9, 1), 50)):
        told = await deliver(client("duty"), "days/import", days({"GK-1": level}, first, 30))
        assert told.status_code == 201, told.text
    await _made(client("duty"), "/supervision/air/months/2026-09/compute", {})
