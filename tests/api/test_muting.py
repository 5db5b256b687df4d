"""A mute of the board's alarms is on the record, and is lifted once by whoever set it."""

from app.auth.desks import desk_of
from app.views.desk_risks import open_risks
from models.enums import RiskKind
from tests.api.browsing import Browser, Forms
from tests.factories import World


async def mutes(world: World) -> int:
    desk = desk_of(world.caller("duty"), world.context.directory)
    async with world.sessions() as session:
        found = await open_risks(
            session, desk, silence=world.context.settings.engine.offline_after, now=world.clock.now()
        )
    return int(next(kind["count"] for kind in found["kinds"] if kind["kind"] == RiskKind.MUTES))


async def test_a_mute_is_lifted_by_whoever_set_it(browser: Browser, world: World) -> None:
    duty = browser("duty")
    token = Forms((await duty.get("/")).text).found["note"]["csrf_token"]
    fields = {"csrf_token": token, "once": "a" * 22, "alarm": "breached", "minutes": "30", "reason": "演练"}
    muted = (await duty.post("/board/mute", data=fields)).json()
    assert await mutes(world) == 1
    lift = {"csrf_token": token, "once": muted["once"], "alarm": "breached", "until": muted["until"]}
    assert (await duty.post("/board/unmute", data=lift | {"csrf_token": "x"})).status_code == 403
    assert (await duty.post("/board/unmute", data=lift | {"alarm": "escalated"})).status_code == 404
    other = browser("admin")
    theirs = Forms((await other.get("/")).text).found["logout"]["csrf_token"]
    assert (await other.post("/board/unmute", data=lift | {"csrf_token": theirs})).status_code == 404
    assert await mutes(world) == 1
    for _ in range(2):
        answer = await duty.post("/board/unmute", data=lift)
        assert (answer.status_code, answer.json()["alarm"]) == (200, "breached")
    assert await mutes(world) == 0
    world.clock.advance(minutes=31)
    assert (await duty.post("/board/unmute", data=lift | {"once": "b" * 22})).status_code == 404
