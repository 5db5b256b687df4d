"""What is drawn up of patrols: a town's day collected, a county's week dispatched (annex 1 art. 7, 17).

The figures are frozen with it; a later version stands beside the ones before and counts.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.enums import SummaryKind
from models.errors import Invalid
from models.patrol import PatrolSummary
from supervision.air.close import canonical, digest_of
from supervision.patrols import patrol_repository as repository
from supervision.patrols import patrols
from supervision.patrols.cover import Tally

LEVEL = {SummaryKind.TOWN_DAY: 3, SummaryKind.COUNTY_WEEK: 2}
DAYS = {SummaryKind.TOWN_DAY: 1, SummaryKind.COUNTY_WEEK: 7}
OLDEST = timedelta(days=62)
LONGEST_NOTE = 4000
MOST_LISTED = 500
"""Gaps and problems that a summary keeps by name; their numbers are whole."""


@dataclass(frozen=True, slots=True)
class SummedUp:
    summary_id: int
    grid_id: int
    kind: SummaryKind
    first_on: date
    version: int
    due: int
    covered: int


async def sum_up(
    session: AsyncSession, grid_id: int, kind: SummaryKind, first_on: date, *, note: str, by: int, now: datetime
) -> SummedUp:  # fmt: skip
    """Draws up a town's day or a county's week from what is known now, with what the person says about it.

    Raises Invalid for a grid of another level, a week that begins on no Monday, and what has not begun.
    """
    today = now.astimezone(BEIJING).date()
    if kind is SummaryKind.COUNTY_WEEK and first_on.weekday():
        raise Invalid("a week begins on a Monday", field="first_on")
    if not today - OLDEST <= first_on <= today:
        raise Invalid("it begins by today, and at most 62 days ago", field="first_on")
    said = note.strip()
    if not 0 < len(said) <= LONGEST_NOTE:
        raise Invalid(f"say something about it, in at most {LONGEST_NOTE} characters", field="note")
    await repository.lock_summaries(session, grid_id)
    body = await figures(session, grid_id, kind, first_on, today=today)
    row = PatrolSummary(
        grid_id=grid_id, kind=kind.value, first_on=first_on,
        version=await repository.next_version(session, grid_id, kind, first_on), body=canonical(body),
        digest=digest_of(body), note=said, made_by=by, made_at=now,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    whole = body["whole"]
    return SummedUp(row.id, grid_id, kind, first_on, row.version, whole["due"], whole["covered"])


async def figures(
    session: AsyncSession, grid_id: int, kind: SummaryKind, first_on: date, *, today: date
) -> dict[str, Any]:
    """The figures of a town's day or a county's week up to `today`, as plain JSON; raises Invalid for another level."""
    tree = await repository.below(session, grid_id)
    if grid_id not in tree or tree[grid_id][1] != LEVEL[kind]:
        raise Invalid(f"{kind.value} is of a grid of level {LEVEL[kind]}", field="grid")
    last = min(first_on + timedelta(days=DAYS[kind] - 1), today)
    field = [id_ for id_, (_, level, _) in tree.items() if level >= 3]
    by_day = await patrols.tallies(session, field, first_on, last)
    groups: dict[str, Tally] = {}
    days: dict[str, Tally] = {}
    for (day, grid), one in by_day.items():
        days[day.isoformat()] = days.get(day.isoformat(), Tally()) + one
        of = tree[grid][0] if kind is SummaryKind.TOWN_DAY else _town(tree, grid)
        groups[of] = groups.get(of, Tally()) + one
    found = await repository.problems(session, field, first_on, last, limit=MOST_LISTED)
    body: dict[str, Any] = {
        "kind": kind.value,
        "grid": tree[grid_id][0],
        "first": first_on.isoformat(),
        "last": last.isoformat(),
        "whole": _plain(sum(by_day.values(), Tally())),
        "days": {day: _plain(one) for day, one in days.items()},
        "grids": {code: _plain(one) for code, one in groups.items()},
        "problems": [
            {
                "day": day.isoformat(), "place": place, "grid": tree[grid][0], "found": what, "note": note,
                "by": person,
            }
            for day, _, place, grid, what, note, person in found
        ],
    }  # fmt: skip
    if kind is SummaryKind.TOWN_DAY:
        gaps = [
            {"place": one.place.name, "grid": tree[one.place.grid][0], "flaws": [flaw.value for flaw in one.flaws]}
            for _, one in await patrols.day_of(session, field, first_on)
            if not one.covered
        ]  # fmt: skip
        return body | {"gaps": gaps[:MOST_LISTED]}
    towns = {id_: code for id_, (code, level, _) in tree.items() if level == 3}
    done = await repository.collected(session, list(towns), SummaryKind.TOWN_DAY, first_on, last)
    return body | {
        "not_collected": [
            {"grid": code, "day": day.isoformat()}
            for id_, code in towns.items()
            for day in (first_on + timedelta(days=n) for n in range((last - first_on).days + 1))
            if (id_, day) not in done
        ]
    }


def body_of(row: PatrolSummary) -> dict[str, Any]:
    """The frozen figures."""
    found: dict[str, Any] = json.loads(row.body)
    return found


def _town(tree: dict[int, tuple[str, int, int | None]], grid: int) -> str:
    code, level, parent = tree[grid]
    return code if level == 3 or parent is None else tree[parent][0]


def _plain(one: Tally) -> dict[str, int]:
    return {"due": one.due, "covered": one.covered, "doubtful": one.doubtful}
