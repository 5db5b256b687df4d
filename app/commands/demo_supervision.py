"""What the people of the demonstration do for supervision: patrols, files of sources, a sweep, a training.

Played as `app/commands/demo_play.py` plays orders, and each scene once: one that finds its own traces of an earlier
run does nothing.
"""

from datetime import date, timedelta
from typing import Any

from app.commands.demo_stage import Play, Scene
from models.clock import BEIJING

COUNTY, TOWN, VILLAGE = "652301", "652301001", "652301001001"
BOILER, SITE = "DEMO-652301-01", "DEMO-652301-02"


def _today(play: Play) -> date:
    return play.cast.begun.astimezone(BEIJING).date()


def _after(play: Play, days: int) -> str:
    return (_today(play) + timedelta(days=days)).isoformat()


async def patrols(play: Play) -> None:
    """Four points of a village: one covered, one half, one from too far away, one not visited.

    What was found goes upward with its check-in, and the town deals with it.
    """
    if (await play.read("cj-supervisor", "/patrols/plans", grid=VILLAGE))["items"]:
        return
    keys = []
    for n, (name, lon, per_day) in enumerate(
        (
            ("示范路口裸地", 87.281, 1),
            ("示范餐饮街", 87.284, 2),
            ("示范河道闸口", 87.287, 1),
            ("示范废品站", 87.290, 1),
        )
    ):
        plan = {"grid": VILLAGE, "name": name, "lon": lon, "lat": 44.021, "per_day": per_day}
        made = await play.act(4 + n, "cj-supervisor", "/patrols/plans", plan)
        keys.append(f"p{made['id']}")
    near: dict[str, Any] = {"lon": 87.281, "lat": 44.0211, "accuracy_m": 12.0}
    await _visit(play, 20, keys[0], near, "fine", "已覆盖防尘网，无扬尘")
    found = await _visit(
        play,
        40,
        keys[1],
        near | {"lon": 87.284},
        "problem",
        "演示：两家烤肉店未开油烟净化器",
        report_as="enterprise",
    )
    await _visit(play, 60, keys[2], near | {"lon": 87.310}, "fine", "闸口无漂浮物")
    solved = {"measures": "演示：已责令两家开启净化器，晚间复查正常。"}
    await play.act(75, "nb-1", f"/up-reports/{found['report_id']}/solve", solved)
    drawn = {
        "grid": TOWN, "kind": "town_day", "first_on": _today(play).isoformat(),
        "note": "督促示范餐饮街当日整改；示范废品站未巡，今晚补巡。",
    }  # fmt: skip
    await play.act(90, "nb-1", "/patrols/summaries", drawn)


async def _visit(
    play: Play, second: float, key: str, at: dict[str, Any], found: str, note: str, **more: str
) -> dict[str, Any]:
    said = {"place": key, "found": found, "note": note, "location": at} | more
    return await play.act(second, "nb-patrol", "/patrols/visits", said)


async def files(play: Play) -> None:
    """Two files of sources: one with its documents, one whose permit runs out soon."""
    if (await play.read("cj-supervisor", f"/sources/{BOILER}")).get("documents"):
        return
    facts = {
        "kind": "industry", "legal_name": "示范热力有限公司", "contact": "示范联系人", "permit": "示范证-001",
        "permit_until": _after(play, 400), "emissions": {"so2": "38.5", "nox": "61.2", "pm25": "9.4"},
        "why": "演示：建立一企一档",
    }  # fmt: skip
    await play.act(6, "cj-supervisor", f"/sources/{BOILER}", facts, method="PATCH")
    for n, (kind, number, ago) in enumerate(
        (("assessment", "示范环评〔2021〕8号", 1900), ("acceptance", "示范验收〔2022〕3号", 1500),
         ("permit", "示范证-001", 300), ("facility_log", "脱硫设施台账", 20))
    ):  # fmt: skip
        paper = {"kind": kind, "number": number, "dated": _after(play, -ago)}
        if kind == "permit":
            paper["valid_until"] = _after(play, 400)
        await play.act(8 + n, "cj-supervisor", f"/sources/{BOILER}/documents", paper)
    soon = {"kind": "emergency_plan", "number": "示范工地扬尘应急预案", "dated": _after(play, -700)}
    soon["valid_until"] = _after(play, 20)
    await play.act(14, "cj-supervisor", f"/sources/{SITE}/documents", soon)


async def sweep(play: Play) -> None:
    """This quarter's sweep of 昌吉市 is half done."""
    if any(one["id"] for one in (await play.read("cj-supervisor", "/sources/sweeps", grid=COUNTY))["items"]):
        return
    begun = await play.act(16, "cj-supervisor", "/sources/sweeps", {"grid": COUNTY})
    seen = {"sources": [BOILER], "note": "现场核对，工况与档案一致"}
    await play.act(24, "cj-supervisor", f"/sources/sweeps/{begun['id']}/seen", seen)


async def key_list(play: Play) -> None:
    """The year's list of key sources waits for a chief of 昌吉市."""
    listed = await play.read("cj-supervisor", "/sources/key-lists", grid=COUNTY)
    if listed["items"]:
        return
    body = {
        "grid": COUNTY, "year": _today(play).year, "criteria": {"kinds": 4, "tonnes": "50", "concern": 3},
        "include": {SITE: "周边居民多次反映扬尘"},
    }  # fmt: skip
    await play.act(28, "cj-supervisor", "/sources/key-lists", body)


async def training(play: Play) -> None:
    """The yearly training of 昌吉市 has its record."""
    asked = {"grid": COUNTY, "kind": "training", "year": _today(play).year}
    listed = await play.read("cj-supervisor", "/supervision/yearly", **asked)
    open_ = [one for one in listed["items"] if one["grid"] == COUNTY and one["done_on"] is None]
    if not open_:
        return
    record = {
        "done_on": _after(play, -2), "document": "昌吉市网格化监管培训签到册（示范）",
        "attendees": ["nb-1", "nb-2", "nb-3"],
        "note": "现场核查与巡查上报操作",
    }  # fmt: skip
    await play.act(34, "cj-supervisor", f"/supervision/yearly/{open_[0]['id']}/records", record)


SCENES: dict[str, Scene] = {scene.__name__: scene for scene in (patrols, files, sweep, key_list, training)}
