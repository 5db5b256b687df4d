"""Lists of supervision as workbooks: what stands on the page stands in the file, in the reader's words, and no more."""

import io
from typing import Any

import pytest
from openpyxl import load_workbook

from models.bulk import fetch
from tests.api.browsing import Browser
from tests.api.furnished import filled, furnished
from tests.api.test_leaks import MARK
from tests.factories import COUNTY, World
from tests.public_reports import NAME, PHONE

__all__ = ["filled", "furnished"]

HOME = "/supervision"
LISTS = {
    "problems.xlsx?state=all": ("问题清单", "昌吉市"),
    "public-reports.xlsx?tab=all": ("群众举报", "昌吉市"),
    "rewards.xlsx": ("举报奖励台账", "昌吉市"),
    "ladders.xlsx": ("阶梯措施建议", "昌吉市"),
    "yearly.xlsx": ("年度工作", "昌吉市"),
    "sweeps.xlsx": ("每季度排查", "昌吉市"),
    "duties.xlsx": ("网格缺口清单", "昌吉市"),
    "targets.xlsx?month=2026-11": ("空气质量目标", "昌吉市"),
    "key-lists/1/list.xlsx": ("重点污染源", "WRY-1"),
    "papers.xlsx": ("公文", "昌吉市"),
}


def cells(content: bytes) -> list[list[Any]]:
    """What stands in a workbook, without its head."""
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.mark.parametrize("path", LISTS)
async def test_a_list_is_handed_out_as_it_stands(
    browser: Browser, world: World, furnished: dict[str, Any], path: str
) -> None:
    title, unit = LISTS[path]
    answer = await browser("duty").get(f"{HOME}/{path}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = cells(answer.content)
    assert rows[0][0] == title
    assert any(unit in [str(cell) for cell in row] for row in rows[3:]), rows
    english = cells((await browser("duty").get(f"{HOME}/{path}{'&' if '?' in path else '?'}lang=en")).content)
    assert len(english) == len(rows)
    assert english[0][0] != title
    # Who took it stands in the journal.
    async with world.sessions() as session:
        taken = await fetch(session, "SELECT data->>'about' FROM journal WHERE kind = 'paper.taken'")
    assert len(taken) >= 2
    neighbour = await browser("neighbour").get(f"{HOME}/{path}")
    assert neighbour.status_code in (200, 403, 404)
    if neighbour.status_code == 200:
        found = [str(cell) for row in cells(neighbour.content) for cell in row]
        assert unit not in found
        assert not any(MARK in one for one in found)


async def test_nobody_who_reported_stands_in_a_file(browser: Browser, furnished: dict[str, Any]) -> None:
    for path in ("public-reports.xlsx?tab=all", "rewards.xlsx"):
        found = [
            str(cell) for row in cells((await browser("duty").get(f"{HOME}/{path}")).content) for cell in row
        ]
        assert not any(NAME in one or PHONE in one for one in found), path


async def test_the_filters_of_the_page_are_those_of_the_file(
    browser: Browser, furnished: dict[str, Any]
) -> None:
    duty = browser("duty")

    async def numbers(query: str) -> set[Any]:
        return {
            row[0] for row in cells((await duty.get(f"{HOME}/problems.xlsx{query}")).content)[4:] if row[0]
        }

    everything, cleared = await numbers("?state=all"), await numbers("?state=cleared")
    assert cleared < everything
    assert furnished["number"] in cleared
    assert await numbers(f"?state=all&grid={COUNTY}") == everything
    assert await numbers("?state=all&category=burning") < everything
    for wrong in ("?state=x", "?grid=999999", "?category=x"):
        assert (await duty.get(f"{HOME}/problems.xlsx{wrong}")).status_code in (404, 422), wrong


async def test_what_a_spreadsheet_would_take_for_a_formula_is_text(
    browser: Browser, furnished: dict[str, Any]
) -> None:
    answer = await browser("duty").get(f"{HOME}/problems.xlsx?state=all")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
