"""What is perhaps the same problem is named beside a public report, and its merge form holds the number."""

from tests.api.browsing import Browser, visible
from tests.factories import World
from tests.public_reports import add_keeper, reported


async def test_the_only_one_alike_stands_in_the_form(browser: Browser, world: World) -> None:
    await add_keeper(world)
    stranger = browser(None)
    await reported(stranger, world)
    await reported(stranger, world)
    supervisor = browser("supervisor")
    page = (await supervisor.get("/supervision/public-reports/2")).text
    number = (await supervisor.get("/supervision/public-reports/1")).text.split("<h1>")[1][:60]
    assert "疑似同一问题" in visible(page)
    assert 'href="/supervision/public-reports/1"' in page
    field = page.split('id="merge-report"')[1].split(">")[0]
    assert 'value="PR-' in field
    assert field.split('value="')[1].split('"')[0] in number
