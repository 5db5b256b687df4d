"""The description is complete, and what it describes is what is answered, whatever is sent."""

import contextlib
import os
import re
from typing import Any

import httpx
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from models.enums import OrderState
from tests.api.conftest import token_of
from tests.factories import World

_UPLOADS = ("/api/v1/evidence", "/api/v1/sources/import")
_OUTSIDE = re.compile(r"^/(healthz|readyz|metrics)$|^/api/v1/(sla/)?feed$")
EXAMPLES = int(os.environ.get("OPENAPI_EXAMPLES", "5"))
"""Requests an operation, many more in `make fuzz`."""
PARTS = 2
"""So that two workers share them."""
WHO = ("supervisor", "both", "admin")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def _operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if not _OUTSIDE.search(path)
    ]


async def test_every_operation_is_described(app: FastAPI) -> None:
    for path, method, operation in _operations(app.openapi()):
        where = f"{method} {path}"
        assert path.startswith("/api/v1/"), where
        assert operation.get("summary"), where
        assert operation.get("tags"), where
        responses = operation["responses"]
        public = path.startswith("/api/v1/public/")
        assert ({"503"} if public else {"401", "422", "503"}) <= set(responses), where
        for status, response in responses.items():
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"], (where, status)
        if public:
            assert "security" not in operation, where
        elif path != "/api/v1/auth/token":
            assert {"OAuth2PasswordBearer": []} in operation["security"], where
            names = {parameter["name"] for parameter in operation.get("parameters", ())}
            assert (method == "post") == ("Idempotency-Key" in names), where


async def test_it_is_served(app: FastAPI) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://geshao.test") as client:
        assert (await client.get("/openapi.json")).json()["info"]["title"] == "Geshao"
        # FastAPI's page would load its script from elsewhere: an office without Internet would see nothing.
        assert (await client.get("/docs")).status_code == 404


@pytest.mark.parametrize("part", range(PARTS))
async def test_whatever_is_sent_the_answer_is_as_described(app: FastAPI, world: World, part: int) -> None:
    """Generated requests, good and bad, over real rows; bounded, and the same ones by people of every kind."""
    for state in (OrderState.DISPATCHED, OrderState.REPORTED):
        await world.order_in(state)
    await world.alert("WZ-1")
    await world.quarantined(b"\xff")
    schema = schemathesis.openapi.from_dict(app.openapi())
    everybody = [{"Authorization": f"Bearer {token_of(world, who)}"} for who in WHO]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://geshao.test") as client:
        for number, result in enumerate(schema.get_all_operations()):
            operation = result.ok()
            uploads = operation.path.startswith(_UPLOADS) or operation.path.endswith("/import")
            if number % PARTS != part or _OUTSIDE.search(operation.path) or uploads:
                continue
            cases = _cases(operation)
            for headers in everybody:
                for case in cases:
                    await _send(client, case, headers)


def _cases(operation: Any) -> list[schemathesis.Case]:
    """Some requests as described and some that are not; drawn first, since sending them is asynchronous."""
    cases: list[schemathesis.Case] = []
    good, bad = (operation.as_strategy(generation_mode=mode) for mode in GenerationMode)

    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(good, bad))
    def collect(case: schemathesis.Case) -> None:
        cases.append(case)

    with contextlib.suppress(Unsatisfiable):  # an operation without parameters cannot be asked wrongly
        collect()
    return cases


async def _send(client: httpx.AsyncClient, case: schemathesis.Case, headers: dict[str, str]) -> None:
    request = case.as_transport_kwargs(base_url="http://geshao.test", headers=headers)
    request.pop("cookies", None)
    if isinstance(request.get("data"), (str, bytes)):
        request["content"] = request.pop("data")
    try:
        answer = await client.request(**request)
    except (httpx.InvalidURL, UnicodeError, httpx.LocalProtocolError):
        return  # no client can send this
    case.validate_response(answer, checks=CHECKS)
