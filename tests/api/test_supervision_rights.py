"""Who may see and do what in supervision: every route and page there is, asked by everybody, beside one table.

The table `supervision_rights.txt` names for each route who is let in; whoever is not named is answered 403 or 404. A
new route, or a right that changes, has to be written into it. Reads are asked with what stands in the county; writing
is asked with the least body the description allows, so that nothing but the right itself decides: what comes after it
(409, 412, 422, done) is let in.
"""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from tests.api.browsing import Browser
from tests.api.conftest import Client
from tests.api.furnished import POINT, PROBLEM, filled, furnished
from tests.api.sampling import sample
from tests.api.test_air import DUST, RULES
from tests.api.test_leaks import QUERIES
from tests.factories import COUNTY

__all__ = ["filled", "furnished"]

TABLE = Path(__file__).with_name("supervision_rights.txt")
PEOPLE = (
    "leader", "duty", "examiner", "publicity", "keeper", "admin", "chief", "both", "supervisor", "viewer",
    "patroller", "neighbour", "nobody",
)  # fmt: skip
OURS = re.compile(r"^/(supervision|sources|patrols|public-reports|rewards)(/|$)")
PAGES = re.compile(r"^/supervision(/|$)")
BODIES: dict[str, dict[str, Any]] = {
    "PATCH /sources/{code}": {"name": "宏达砂场", "why": "更名"},
    "POST /patrols/plans": POINT,
    "POST /patrols/summaries": {"grid": COUNTY, "kind": "county_week", "first_on": "2026-11-16", "note": "x"},
    "POST /patrols/visits": {"place": "s1", "found": "fine"},
    "POST /public-reports/{report_id}/reward": {"amount": "100", "ground": "属实"},
    "POST /sources": {
        "code": "WRY-9", "name": "砂场", "grid": COUNTY, "lon": 87.3, "lat": 44.0, "category": "工地",
    },
    "POST /sources/key-lists": {"grid": COUNTY, "year": 2026},
    "POST /sources/sweeps": {"grid": COUNTY},
    "POST /sources/sweeps/{sweep_id}/seen": {"sources": ["WRY-1"]},
    "POST /supervision/air/exclusions": DUST,
    "POST /supervision/air/published": {
        "month": "2026-10", "rules": RULES, "document": "x", "rows": [{"grid": COUNTY, "value": "3"}],
    },
    "POST /supervision/acts": {
        "grid": COUNTY, "kind": "interview", "ground": "target_missed", "facts": "x", "period_from": "2026-11-01",
        "period_to": "2026-11-20",
    },
    "POST /supervision/assessment/{month}/points": {
        "grid": COUNTY, "item": "6", "text": "x", "record": {"kind": "document", "ref": "督查〔2026〕2号"},
    },
    "POST /supervision/problems": PROBLEM,
}  # fmt: skip
"""Where the least body names what is not there, or the description allows more than is taken."""


def told() -> dict[str, set[str]]:
    """Who is let in, by route."""
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return {route.strip(): set(who.split()) for route, _, who in (line.partition(": ") for line in lines)}


@pytest.mark.parametrize("who", PEOPLE)
async def test_everybody_is_let_in_where_the_table_says_and_nowhere_else(
    client: Client, browser: Browser, app: FastAPI, furnished: dict[str, Any], who: str
) -> None:
    found = await _pages(browser(who), app, furnished) | await _routes(client(who), app, furnished)
    table = told()
    wrong = {route: let for route, let in found.items() if let != (who in table.get(route, ()))}
    assert wrong == {}, who
    assert set(table) == set(found)


def test_every_route_lets_somebody_in() -> None:
    assert [route for route, who in told().items() if not who] == []


async def _routes(caller: httpx.AsyncClient, app: FastAPI, furnished: dict[str, Any]) -> dict[str, bool]:
    """Reads first, and what makes something new last, so that all find what was filled in."""
    description = app.openapi()
    components = description["components"]["schemas"]
    bodies = BODIES | {
        "POST /supervision/problems/candidates": {"ref": furnished["candidate"]},
        "POST /public-reports/{report_id}/link": {"problem": furnished["number"]},
        "POST /supervision/cases/batches/{batch_id}/take-out": {"case": furnished["batched"]},
    }
    asked = [
        (method.upper(), path.removeprefix("/api/v1"), operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
        if OURS.search(path.removeprefix("/api/v1"))
    ]
    found = {}
    for method, path, operation in sorted(asked, key=_later):
        route = f"{method} {path}"
        where = f"{_concrete(path, furnished)}?{_query(operation, components)}".rstrip("?")
        sent = {"json": bodies[route]} if route in bodies else _sent(operation, components)
        found[route] = await _let_in(caller, method, where, **sent)
    return found


async def _pages(caller: httpx.AsyncClient, app: FastAPI, furnished: dict[str, Any]) -> dict[str, bool]:
    routes = iter_route_contexts(app.routes)
    paths = sorted({
        one.path for one in routes if one.path and "GET" in (one.methods or ()) and PAGES.search(one.path)
    })  # fmt: skip
    return {f"PAGE {path}": await _let_in(caller, "GET", _concrete(path, furnished)) for path in paths}


def _later(one: tuple[str, str, Any]) -> tuple[bool, bool, bool]:
    method, path, _ = one
    # A report that is referred lies with another grid from then on.
    return method != "GET", "{" not in path, path.endswith("/refer")


async def _let_in(caller: httpx.AsyncClient, method: str, path: str, **sent: Any) -> bool:
    answer = await caller.request(method, path, follow_redirects=method == "GET", **sent)
    assert answer.status_code < 500, (method, path, answer.text)
    if answer.status_code == 422 and "json" in answer.headers["Content-Type"]:
        # What is sent has the form that is described, or not the right would be what decides.
        assert "errors" not in answer.json(), (method, path, answer.text)
    return answer.status_code not in (401, 403, 404)


def _concrete(path: str, furnished: dict[str, Any]) -> str:
    values = furnished | {
        "act": furnished["act_id"], "proposal": furnished["proposal_id"], "ending": "xlsx",
        "day": "2026-09-10",
    }  # fmt: skip
    if path.startswith(("/supervision/duties/", "/supervision/air/units")):
        values |= {"code": COUNTY}
    if "/sources/" in path or "/key-lists/" in path:
        values |= {"code": "WRY-1", "list_id": furnished["key_list_id"]}
    if path.startswith("/supervision/air/"):
        values |= {"month": "2026-09"}
    if path.endswith((".{ending}",)) and "ranking" not in path:
        values |= {"ending": "docx"}
    if "samples" in path:
        values |= {"problem_id": furnished["sampled"]}
    if path.startswith("/supervision/papers/"):
        values |= {"paper_id": furnished["brief"]}
    if path.endswith(("/identity", "/photos/{place}", "/photos/{place:int}")):
        values |= {"report_id": 2}
    return re.sub(r":int}", "}", path).format(**values)


def _query(operation: dict[str, Any], components: dict[str, Any]) -> str:
    needed = [p for p in operation.get("parameters", ()) if p["in"] == "query" and p.get("required")]
    own = {"$ref", "pattern", "enum"}
    chosen = {
        p["name"]: sample(p["schema"], components) if own & set(p["schema"]) else QUERIES[p["name"]]
        for p in needed
    }
    return "&".join(f"{name}={value}" for name, value in chosen.items())


def _sent(operation: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        return {"json": sample(content["application/json"]["schema"], components)}
    if "multipart/form-data" in content:
        return {"files": {"file": ("a.xlsx", b"no sheet at all", "application/octet-stream")}}
    return {}
