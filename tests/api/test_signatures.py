"""Whatever anybody tries in whatever order: nothing is signed, issued or published but by the hands the rules name.

Thirteen people and a second chief send acts at random to papers, notices, cases, months and lists, with the digest they
see or a stale one. After every act the rows are asked whether anything is out that should not be. `WALKS=200` walks on.
"""

import os
import random
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.database import transaction
from models.bulk import fetch
from models.enums import Role
from tests.api.conftest import Client
from tests.api.furnished import filled, furnished
from tests.api.sampling import sample
from tests.api.test_supervision_rights import PEOPLE
from tests.exposures import DOSSIER, EDITORS, TEXT
from tests.factories import COUNTY, PREFECTURE, World, make_person

__all__ = ["filled", "furnished"]

WALKS = int(os.environ.get("WALKS", "3"))
STEPS = 400
EVERYBODY = (*PEOPLE, "second", "second", "leader")
"""The chiefs come up more often than others: without them nothing goes out at all."""
UNSIGNED = {
    "a paper that nobody entitled issued, or who wrote it last": """
        SELECT id FROM issued_paper WHERE state = 'issued' AND (
            issued_by IS NULL OR number IS NULL
            OR NOT issued_by IN ({chiefs}) AND NOT (kind IN ('brief', 'dispatch') AND issued_by IN ({officers}))
            OR kind <> 'brief' AND issued_by = COALESCE(edited_by, drafted_by))
    """,
    "an act that no other chief decided": """
        SELECT id FROM supervisory_act WHERE state IN ('signed', 'held', 'completed')
           AND (decided_by IS NULL OR NOT decided_by IN ({chiefs}) OR decided_by = proposed_by)
    """,
    "an act out of a proposal that is not signed": """
        SELECT a.id FROM supervisory_act a JOIN ladder_proposal p ON p.id = a.proposal_id
         WHERE p.state <> 'signed' OR p.decided_by <> a.decided_by OR NOT p.decided_by IN ({chiefs})
    """,
    "a paper of an act that was not decided": """
        SELECT p.id FROM issued_paper p LEFT JOIN supervisory_act a ON a.paper_id = p.id
         WHERE p.kind = 'act' AND p.state = 'issued'
           AND (a.id IS NULL OR a.state IN ('proposed', 'declined') OR NOT a.decided_by IN ({chiefs}))
    """,
    "a month of the air signed by who computed it": """
        SELECT id FROM air_month WHERE state <> 'draft' AND (NOT signed_by IN ({chiefs}) OR signed_by = computed_by)
    """,
    "an assessment signed by who froze it": """
        SELECT id FROM assessment_month WHERE state IN ('signed', 'superseded')
           AND (signed_by IS NULL OR NOT signed_by IN ({chiefs}) OR signed_by = frozen_by)
    """,
    "a case in public without each of its signatures": """
        SELECT c.id FROM exposed_case c
          JOIN exposed_text t ON t.case_id = c.id
               AND t.version = (SELECT max(version) FROM exposed_text WHERE case_id = c.id)
         WHERE c.state = 'published' AND (
               (SELECT count(DISTINCT step) FROM exposed_step s WHERE s.text_id = t.id AND s.step <> 'returned') < 10
               OR EXISTS (SELECT FROM exposed_step s WHERE s.text_id = t.id AND s.step = 'bureau'
                             AND (s.person_id = t.written_by OR NOT s.person_id IN ({chiefs}, {officers})))
               OR EXISTS (SELECT FROM exposed_step s WHERE s.text_id = t.id AND s.step = 'leader'
                             AND NOT s.person_id IN ({chiefs})))
    """,
    "a key list signed by another than the county's chief": """
        SELECT id FROM key_source_list WHERE state <> 'draft' AND (signed_by IS NULL OR signed_by = proposed_by)
    """,
}
"""Rows that must not be there."""
WRITES = (
    ("papers/{id}/edit", "issued_paper"), ("papers/{id}/issue", "issued_paper"), ("papers/{id}/issue", "issued_paper"),
    ("papers/{id}/withdraw", "issued_paper"), ("consultation/drafts", None),
    ("ladders/evaluate", None), ("ladders/{id}/sign", "ladder_proposal"), ("ladders/{id}/decline", "ladder_proposal"),
    ("acts", None), ("acts/{id}/sign", "supervisory_act"), ("acts/{id}/decline", "supervisory_act"),
    ("acts/{id}/draft", "supervisory_act"), ("acts/{id}/issue", "supervisory_act"),
    ("acts/{id}/hold", "supervisory_act"), ("acts/{id}/complete", "supervisory_act"),
    ("acts/{id}/withdraw", "supervisory_act"),
    ("cases/{id}/texts", "exposed_case"), ("cases/{id}/submit", "exposed_case"), ("cases/{id}/sign", "exposed_case"),
    ("cases/{id}/marks", "exposed_case"), ("cases/{id}/return", "exposed_case"),
    ("cases/batches/{id}/cases", "exposure_batch"), ("cases/batches/{id}/publish", "exposure_batch"),
    ("air/months/{month}/compute", None), ("air/months/{month}/sign", None), ("air/months/{month}/bulletin", None),
    ("assessment/{month}/freeze", None), ("assessment/{month}/sign", None), ("assessment/{month}/notice", None),
)  # fmt: skip
ENDING = ("/withdraw", "/decline", "/return")
"""Tried less often than the rest, or little would be left to sign."""
SIGNING = {
    "acts/{id}/sign", "acts/{id}/issue", "ladders/{id}/sign", "papers/{id}/issue", "air/months/{month}/sign",
    "assessment/{month}/sign", "cases/batches/{id}/publish",
}  # fmt: skip


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(WALKS))
async def test_nothing_is_out_without_its_signatures(
    client: Client, app: FastAPI, world: World, furnished: dict[str, Any], seed: int
) -> None:
    async with transaction(world.sessions) as session:
        prefecture = world.grids[PREFECTURE]
        world.people["second"] = await make_person(session, "second", (Role.CHIEF, prefecture))
    walk = Walk(world, app, client, random.Random(seed))
    for _ in range(STEPS):
        await walk.step()
        assert await walk.unsigned() == {}
    # A walk that is refused everything proves nothing.
    assert len(walk.done & SIGNING) >= 3, walk.done


class Walk:
    """One random way through what may be signed."""

    def __init__(self, world: World, app: FastAPI, client: Client, chance: random.Random) -> None:
        self._world = world
        self._chance = chance
        self._client = client
        self._callers: dict[str, httpx.AsyncClient] = {}
        description = app.openapi()
        self._components = description["components"]["schemas"]
        self._paths = {
            path.removeprefix("/api/v1/supervision/"): methods
            for path, methods in description["paths"].items()
        }
        self.done: set[str] = set()

    async def step(self) -> None:
        """Somebody tries something."""
        route, table = self._chance.choice(WRITES)
        if route.endswith(ENDING) and self._chance.random() < 0.8:
            return
        month = "2026-09" if route.startswith("air") else "2026-11"
        found = await self._ids(table)
        path = route.format(id=self._chance.choice(found) if found else 1, month=month)
        caller = self._caller(self._chance.choice(EVERYBODY))
        answer = await caller.post(f"/supervision/{path}", json=await self._body(route, path))
        assert answer.status_code < 500, (path, answer.text)
        if answer.is_success:
            self.done.add(route)

    async def unsigned(self) -> dict[str, list[int]]:
        """By what is wrong, the rows of which it is."""
        people = self._world.people
        hands = {
            "chiefs": f"{people['leader'].id}, {people['second'].id}",
            "officers": f"{people['duty'].id}, {people['examiner'].id}, {people['both'].id}",
        }
        async with self._world.sessions() as session:
            found = {said: await fetch(session, query.format(**hands)) for said, query in UNSIGNED.items()}
        return {said: [row[0] for row in rows] for said, rows in found.items() if rows}

    def _caller(self, who: str) -> httpx.AsyncClient:
        if who not in self._callers:
            self._callers[who] = self._client(who)
        return self._callers[who]

    async def _ids(self, table: str | None) -> list[int]:
        if table is None:
            return []
        async with self._world.sessions() as session:
            return [row[0] for row in await fetch(session, f"SELECT id FROM {table} ORDER BY id")]

    async def _body(self, route: str, path: str) -> dict[str, Any] | None:
        described = next((methods for name, methods in self._paths.items() if _alike(name, route)), None)
        assert described is not None, route
        content = described["post"].get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return None
        body = sample(content["application/json"]["schema"], self._components) | self._better(route)
        for name in ("sha256", "digest"):
            if name in body and self._chance.random() < 0.9:
                body[name] = await self._seen(path) or body[name]
        return dict(body)

    def _better(self, route: str) -> dict[str, Any]:
        """What is likelier to be taken than the least there may be."""
        today = self._world.clock.now().date().isoformat()
        return {
            "acts": {
                "grid": COUNTY, "kind": "interview", "ground": "target_missed", "facts": "x",
                "period_from": "2026-11-01", "period_to": "2026-11-20",
            },
            "acts/{id}/hold": {
                "held_on": today, "follow_up_due": "2026-12-20", "attended": "县长", "minutes": "记录",
            },
            "air/months/{month}/compute": {"why": "复核"},
            "assessment/{month}/freeze": {"why": "复核"},
            "cases/{id}/texts": TEXT,
            "cases/{id}/sign": {
                "step": (step := self._chance.choice(("bureau", "leader", "publicity"))),
            } | ({"dossier": DOSSIER} if step == "bureau" else {}),
            "cases/{id}/marks": {
                "step": self._chance.choice(("review_1", "review_2", "review_3", "proof_1", "proof_2", "proof_3")),
                "name": self._chance.choice(EDITORS),
            },
            "cases/batches/{id}/publish": {"on": today},
            "consultation/drafts": {"kind": self._chance.choice(("brief", "dispatch", "special_report"))},
            "ladders/evaluate": {"month": "2026-10"},
        }.get(route, {})  # fmt: skip

    async def _seen(self, path: str) -> str | None:
        """The digest that stands there now."""
        whole = await self._caller("leader").get(f"/supervision/{path.rpartition('/')[0]}")
        return _digest(whole.json()) if whole.is_success else None


def _alike(name: str, route: str) -> bool:
    one, other = name.split("/"), route.split("/")
    return len(one) == len(other) and all(
        a == b or (a.startswith("{") and b.startswith("{")) for a, b in zip(one, other, strict=True)
    )


def _digest(found: Any) -> str | None:
    """The first of a document, the outermost first."""
    if not isinstance(found, dict):
        return None
    for name in ("sha256", "digest"):
        if isinstance(found.get(name), str):
            return str(found[name])
    return next((inner for one in found.values() if (inner := _digest(one)) is not None), None)
