"""Open311 GeoReport v2: every field that the specification demands, as JSON and as XML, and its refusals."""

from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import httpx
import pytest_asyncio

from models.bulk import fetch
from models.enums import ProblemCategory
from tests.api.browsing import Browser
from tests.api.conftest import Client
from tests.factories import COUNTY, World
from tests.public_reports import PHONE, add_keeper, reported

SERVICE = ["service_code", "service_name", "description", "metadata", "type", "keywords", "group"]
REQUEST = [
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address",
    "address_id", "zipcode", "lat", "long", "media_url",
]  # fmt: skip
SENT = {
    "service_code": "burning", "lat": "44.001234", "long": "87.301234", "address_string": "三队东侧",
    "first_name": "三", "last_name": "张", "phone": PHONE, "email": "zhang@example.org", "account_id": "a-1",
    "device_id": "d-1", "description": "焚烧 <秸秆>\x0b", "media_url": "https://city.example/1.jpg",
    "jurisdiction_id": "cj.gov.cn",
}  # fmt: skip


@pytest_asyncio.fixture
async def city(world: World, client: Client, browser: Browser) -> tuple[httpx.AsyncClient, str]:
    """Another city system, and its key."""
    await add_keeper(world)
    made = await client("viewer").post("/me/api-keys", json={"name": "12345平台"})
    assert made.is_success, made.text
    return browser(None), made.json()["key"]


async def post(city: tuple[httpx.AsyncClient, str], fmt: str = "json", **said: Any) -> httpx.Response:
    client, key = city
    return await client.post(f"/open311/v2/requests.{fmt}", data={"api_key": key} | SENT | said)


def xml(answer: httpx.Response) -> Element:
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    return fromstring(answer.content)  # noqa: S314 (our own answer)


async def test_services_and_their_definitions(city: tuple[httpx.AsyncClient, str]) -> None:
    client, _ = city
    answer = await client.get("/open311/v2/services.json")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    listed = answer.json()
    assert {one["service_code"] for one in listed} == set(ProblemCategory)
    for one in listed:
        assert list(one) == SERVICE
        assert (one["metadata"], one["type"]) == (False, "realtime")
    root = xml(await client.get("/open311/v2/services.xml?jurisdiction_id="))
    assert root.tag == "services"
    assert {one.tag for one in root} == {"service"}
    assert [field.tag for field in root[0]] == SERVICE
    assert root[0].findtext("metadata") == "false"
    assert xml(await client.get("/open311/v2/services")).tag == "services"  # XML is what every server has
    as_json = await client.get("/open311/v2/services", headers={"Accept": "application/json"})
    assert as_json.json() == listed
    english = (await client.get("/open311/v2/services.json?lang=en")).json()
    assert "Dust from sites or roads" in {one["service_name"] for one in english}
    definition = (await client.get("/open311/v2/services/dust.json")).json()
    assert definition == {"service_code": "dust", "attributes": []}
    assert xml(await client.get("/open311/v2/services/dust.xml")).findtext("service_code") == "dust"
    missing = await client.get("/open311/v2/services/potholes.xml")
    assert missing.status_code == 404
    root = xml(missing)
    assert (root.tag, root.findtext("error/code"), root.findtext("error/description")) == (
        "errors", "404", "service_code was not found",
    )  # fmt: skip


async def test_discovery_names_the_end_point(city: tuple[httpx.AsyncClient, str]) -> None:
    client, _ = city
    found = (await client.get("/open311/discovery.json")).json()
    assert set(found) == {"changeset", "contact", "key_service", "endpoints"}
    (end,) = found["endpoints"]
    assert end["url"] == "http://geshao.test/open311/v2"
    assert end["specification"] == "http://wiki.open311.org/GeoReport_v2"
    root = xml(await client.get("/open311/v2/discovery.xml"))
    assert root.findtext("endpoints/endpoint/type") == "production"
    assert [one.text for one in root.iter("format")] == ["text/xml", "application/json"]


async def test_a_report_is_sent_followed_and_answered(
    city: tuple[httpx.AsyncClient, str], client: Client, world: World
) -> None:
    stranger, key = city
    made = await post(city)
    assert made.status_code == 201, made.text
    (said,) = made.json()
    assert list(said) == ["service_request_id", "service_notice", "account_id"]
    number = said["service_request_id"]
    tracking = said["service_notice"].partition("：")[2]
    token = (await stranger.get(f"/open311/v2/tokens/{tracking}.json")).json()
    assert token == [{"service_request_id": number, "token": tracking}]
    assert (await stranger.get("/open311/v2/tokens/nonsense.json")).status_code == 404
    mine = {"X-API-Key": key}
    (own,) = (await stranger.get(f"/open311/v2/requests/{number}.json", headers=mine)).json()
    assert list(own) == REQUEST
    assert (own["status"], own["service_code"], own["agency_responsible"]) == ("open", "burning", "昌吉市")
    assert (own["lat"], own["long"], own["address"]) == (44.001234, 87.301234, "三队东侧")
    assert own["media_url"] == "https://city.example/1.jpg"
    # Anybody may follow it, and reads nothing that somebody wrote.
    (seen,) = (await stranger.get(f"/open311/v2/requests/{number}.json")).json()
    assert (seen["lat"], seen["long"]) == (44.001, 87.301)
    assert [seen[name] for name in ("description", "address", "media_url")] == [None] * 3
    root = xml(await stranger.get(f"/open311/v2/requests/{number}.xml", headers=mine))
    assert [field.tag for field in root[0]] == REQUEST
    assert root.findtext("request/description") == "焚烧 <秸秆>"  # what XML cannot say is left out
    county = client("supervisor")
    await county.post("/public-reports/1/accept", json={})
    await county.post("/public-reports/1/answer", json={"text": "已扑灭", "solved": True})
    (own,) = (await stranger.get(f"/open311/v2/requests/{number}.json", headers=mine)).json()
    assert (own["status"], own["status_notes"]) == ("closed", "已扑灭")
    (seen,) = (await stranger.get(f"/open311/v2/requests/{number}.json")).json()
    assert "已扑灭" not in str(seen)
    opened = (await client("keeper").post("/public-reports/1/identity", json={"reason": "核实"})).json()
    assert opened == {"name": "张 三", "phone": PHONE, "email": "zhang@example.org", "address": None}


async def test_requests_are_found_by_their_filters(
    city: tuple[httpx.AsyncClient, str], client: Client, world: World
) -> None:
    stranger, _ = city
    start = world.clock.now()
    await post(city)
    await post(city, service_code="dust")
    world.clock.advance(days=100)
    await post(city)
    await client("duty").post("/public-reports/3/reject", json={"reason": "无"})

    async def found(**query: str) -> list[str]:
        answer = await stranger.get("/open311/v2/requests.json", params=query)
        assert answer.status_code == 200, answer.text
        return [one["service_request_id"][5:7] + one["service_request_id"][-1] for one in answer.json()]

    def w3(**parts: float) -> str:
        return (start + timedelta(**parts)).isoformat()

    assert await found() == ["271"]  # of the last 90 days
    assert await found(start_date=w3(days=-1)) == ["262", "261"]
    assert await found(end_date=w3(days=1)) == ["262", "261"]
    assert await found(start_date=w3(days=-1), end_date=w3(days=1), service_code="dust,noise") == ["262"]
    assert await found(status="open") == []
    assert await found(status="open,closed") == ["271"]
    assert await found(service_request_id="PR-2026-000001, PR-2027-000001, PR-9", status="open") == [
        "271",
        "261",
    ]
    for query in (
        {"status": "lost"}, {"start_date": "2026-01-01"}, {"start_date": w3(), "end_date": w3(days=91)},
        {"service_request_id": "x," * 101},
    ):  # fmt: skip
        answer = await stranger.get("/open311/v2/requests.json", params=query)
        assert answer.status_code == 400, query
        assert list(answer.json()[0]) == ["code", "description"]
    assert (await stranger.get("/open311/v2/requests/PR-2026-000099.json")).status_code == 404


FAULTS: list[tuple[dict[str, str], int, str]] = [
    ({"service_code": ""}, 400, "service_code was not provided"),
    ({"service_code": "potholes"}, 404, "service_code was not found"),
    ({"lat": "", "long": "", "address_string": ""}, 400, "was not provided"),
    ({"lat": "", "long": "", "address_string": "", "address_id": "7"}, 400, "address_id"),
    ({"long": ""}, 400, "lat and long"),
    ({"lat": "nan"}, 400, "lat"),
    ({"lat": "91"}, 400, "lat"),
    ({"description": "x" * 4001}, 400, "description"),
    ({"media_url": "javascript:alert(1)"}, 400, "media_url"),
    ({"api_key": ""}, 403, "api_key"),
    ({"api_key": "gsk_wrong"}, 403, "api_key"),
]


async def test_a_faulty_request_is_refused_by_the_field_it_is_about(
    city: tuple[httpx.AsyncClient, str], world: World
) -> None:
    for change, status, word in FAULTS:
        for fmt in ("json", "xml"):
            answer = await post(city, fmt, **change)
            assert answer.status_code == status, (change, answer.text)
            assert word in answer.text, change
    assert answer.headers["Content-Type"].startswith("text/xml")
    stranger, key = city
    attached = await stranger.post(
        "/open311/v2/requests.json",
        data={"api_key": key} | SENT,
        files={"media": ("a.png", b"x", "image/png")},
    )
    assert (attached.status_code, list(attached.json()[0])) == (400, ["code", "description"])
    async with world.sessions() as session:
        assert await fetch(session, "SELECT 1 FROM public_report") == []


async def test_reports_of_the_form_are_followed_without_a_word_of_them(
    city: tuple[httpx.AsyncClient, str], world: World
) -> None:
    stranger, key = city
    await reported(
        stranger, world, text="机密内容", where={"category": "dust", "place": "某家", "grid": COUNTY}
    )
    answer = await stranger.get("/open311/v2/requests.json", headers={"X-API-Key": key})
    assert len(answer.json()) == 1
    for private in ("机密内容", "某家", PHONE):
        assert private not in answer.text
