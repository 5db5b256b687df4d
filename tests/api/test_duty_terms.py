"""Which chief, full time and towns covered, over the API and on the page of a person."""

from sqlalchemy import select

from models.registry import DutyCover
from tests.api.browsing import Browser
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, TOWNSHIP, World


async def test_a_sub_chief_covers_towns_and_then_others(client: Client, world: World) -> None:
    admin = client("admin")
    new = {"username": "fen", "name": "分网格长", "role": "sub_chief", "grid": COUNTY, "covers": [TOWNSHIP]}
    refused = await admin.post("/people", json=new | {"grid": OTHER_COUNTY})
    assert (refused.status_code, refused.json()["field"]) == (422, "covers")
    person = (await admin.post("/people", json=new)).json()["id"]
    (duty,) = (await admin.get(f"/people/{person}")).json()["duties"]
    assert (duty["role"], [one["code"] for one in duty["covers"]]) == ("sub_chief", [TOWNSHIP])
    world.clock.advance(minutes=10)
    path = f"/people/{person}/duties/{duty['id']}/terms"
    wrong = await admin.post(path, json={"post": "party"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "post")
    after = (await admin.post(path, json={"covers": []})).json()["duties"]
    assert [(one["state"], len(one["covers"])) for one in after] == [("in_force", 0), ("past", 1)]
    async with world.sessions() as session:
        assert len((await session.scalars(select(DutyCover.grid_id))).all()) == 1


async def test_what_was_not_recorded_is_filled_in_by_an_administrator(client: Client, world: World) -> None:
    chief = world.people["chief"].id
    (duty,) = (await client("admin").get(f"/people/{chief}")).json()["duties"]
    path = f"/people/{chief}/duties/{duty['id']}/terms"
    assert (await client("duty").post(path, json={"post": "party"})).status_code == 403
    (after,) = (await client("admin").post(path, json={"post": "party"})).json()["duties"]
    assert (after["id"], after["post"], after["from"]) == (duty["id"], "party", duty["from"])
    same = await client("admin").post(path, json={"post": "party", "mark": "old"})
    assert same.status_code == 412


async def test_the_page_of_a_person_says_more_of_a_duty(browser: Browser, world: World) -> None:
    admin, person = browser("admin"), world.people["chief"].id
    page = await admin.get(f"/admin/people/{person}?lang=en")
    assert "Say more of this duty" in page.text
    form = page.text[page.text.index(f'action="/admin/people/{person}/terms"') :]
    names = ("csrf_token", "once", "seen", "duty")
    fields = {name: form.split(f'name="{name}" value="', 1)[1].split('"', 1)[0] for name in names}
    done = await admin.post(f"/admin/people/{person}/terms", data=fields | {"post": "government"})
    assert done.status_code == 303, done.text
    shown = await admin.get(f"/admin/people/{person}?lang=en")
    assert "head of the government side" in shown.text
