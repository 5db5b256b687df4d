"""What a county lacks of those who have to answer for it, each with the article that asks for it.

Facts and nothing else: whether a point is taken for one is proposed and signed elsewhere. Where the registry does not
say (a chief without a post, a supervisor without full or part time), that is a gap of the record and marked `unclear`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from models.enums import ChiefPost, Role
from supervision.duties.facts import County, GridFact, Service, names

MOST_TOWNS = 2
"""body §2(二): 分别负责1-2个乡镇（街道）."""
TOWN_STAFF, TOWN_FULL_TIME, TOWN_MOST = 3, 3, 5
VILLAGE_STAFF, VILLAGE_FULL_TIME = 3, 1
"""annex 1 art. 13."""
SHOWN = 8
"""Names in one gap; `count` says how many there are."""


class GapCode(StrEnum):
    NO_PARTY_HEAD = "no_party_head"
    NO_GOVERNMENT_HEAD = "no_government_head"
    NO_OFFICE = "no_office"
    TOWN_UNCOVERED = "town_uncovered"
    VILLAGES_UNCOVERED = "villages_uncovered"
    NO_TOWNS = "no_towns"
    TOO_MANY_TOWNS = "too_many_towns"
    COVERS_NOTHING = "covers_nothing"
    NOT_PUBLISHED = "not_published"
    NO_CONTACT = "no_contact"
    LIST_OUTDATED = "list_outdated"
    SUPERVISORS_OUTDATED = "supervisors_outdated"
    NOT_FILED = "not_filed"
    FILING_OUTDATED = "filing_outdated"
    FEW_SUPERVISORS = "few_supervisors"
    MANY_SUPERVISORS = "many_supervisors"
    FEW_FULL_TIME = "few_full_time"
    NO_KEY_GRID = "no_key_grid"
    KEY_GRID_WITHOUT_HEADS = "key_grid_without_heads"
    NOBODY_IMPARTIAL = "nobody_impartial"
    ENDING = "ending"


ARTICLE = {
    GapCode.NO_PARTY_HEAD: "annex 2 art. 5(一)1",
    GapCode.NO_GOVERNMENT_HEAD: "annex 2 art. 5(一)1",
    GapCode.NO_OFFICE: "annex 2 art. 5(一)1",
    GapCode.TOWN_UNCOVERED: "annex 2 art. 5(一)2",
    GapCode.VILLAGES_UNCOVERED: "annex 2 art. 5(一)2",
    GapCode.NO_TOWNS: "annex 2 art. 5(一)2",
    GapCode.TOO_MANY_TOWNS: "body §2(二)",
    GapCode.COVERS_NOTHING: "body §2(二)",
    GapCode.NOT_PUBLISHED: "annex 2 art. 5(一)3",
    GapCode.NO_CONTACT: "annex 2 art. 5(一)3",
    GapCode.LIST_OUTDATED: "annex 2 art. 5(一)3",
    GapCode.SUPERVISORS_OUTDATED: "annex 1 art. 19",
    GapCode.NOT_FILED: "annex 1 art. 5",
    GapCode.FILING_OUTDATED: "annex 1 art. 5",
    GapCode.FEW_SUPERVISORS: "annex 1 art. 13",
    GapCode.MANY_SUPERVISORS: "annex 1 art. 13",
    GapCode.FEW_FULL_TIME: "annex 1 art. 13",
    GapCode.NO_KEY_GRID: "body §2(五)",
    GapCode.KEY_GRID_WITHOUT_HEADS: "body §2(五)",
    GapCode.NOBODY_IMPARTIAL: "annex 1 art. 11",
    GapCode.ENDING: "annex 1 art. 14",
}
_BELOW = {3: "body §2(三)", 4: "body §2(四)"}
"""Heads and offices of towns and villages are no part of item 1."""
_ITEM = {
    GapCode.NO_PARTY_HEAD: 1,
    GapCode.NO_GOVERNMENT_HEAD: 1,
    GapCode.NO_OFFICE: 1,
    GapCode.TOWN_UNCOVERED: 2,
    GapCode.VILLAGES_UNCOVERED: 2,
    GapCode.NO_TOWNS: 2,
    GapCode.NOT_PUBLISHED: 3,
    GapCode.NO_CONTACT: 3,
    GapCode.LIST_OUTDATED: 3,
}
ITEMS = (1, 2, 3)
_HEADS = {
    ChiefPost.PARTY.value: GapCode.NO_PARTY_HEAD,
    ChiefPost.GOVERNMENT.value: GapCode.NO_GOVERNMENT_HEAD,
}


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing, at the grid it is missing in."""

    code: GapCode
    grid: str
    article: str
    item: int | None = None
    """Of annex 2 art. 5(一), where it belongs to one."""
    unclear: bool = False
    """The registry does not say whether it is missing."""
    values: Mapping[str, object] = field(default_factory=dict)


class Standing(StrEnum):
    """What the facts say of an item of annex 2 art. 5(一)."""

    MET = "met"
    UNCLEAR = "unclear"
    LACKING = "lacking"


def gaps(
    county: County, *, today: date, list_days: int = 10, filing_days: int = 10, ending_days: int = 30
) -> list[Gap]:
    """Everything that is missing on this day, the items of the assessment first, then from the top down.

    A list may lag behind a change by `list_days` (published) and `filing_days` (filed); a chief or sub-chief whose
    time is up within `ending_days` with nobody to follow is told of before.
    """
    found = [
        *_heads(county),
        *_offices(county),
        *_sub_chiefs(county),
        *_published(county, today - timedelta(days=list_days)),
        *_filed(county, today - timedelta(days=filing_days)),
        *_staff(county),
        *_key_grids(county),
        *_impartial(county),
        *_ending(county, today + timedelta(days=ending_days)),
    ]
    levels = {grid.code: grid.level for grid in county.grids}
    return sorted(found, key=lambda gap: (gap.item or 9, levels.get(gap.grid, 9), gap.grid))


def standing(found: Iterable[Gap]) -> dict[int, Standing]:
    """What the gaps say of items 1 to 3: lacking where one certainly is, unclear where one may be."""
    result = dict.fromkeys(ITEMS, Standing.MET)
    for gap in found:
        if gap.item is not None and result[gap.item] is not Standing.LACKING:
            result[gap.item] = Standing.UNCLEAR if gap.unclear else Standing.LACKING
    return result


def _gap(code: GapCode, grid: GridFact, *, unclear: bool = False, **values: object) -> Gap:
    """At its article; heads, office and coverage of the county itself are items, those further down are not."""
    article, item = ARTICLE[code], _ITEM.get(code)
    if item == 1 and grid.level > 2:
        article, item = _BELOW[grid.level], None
    return Gap(code, grid.code, article, item, unclear, {"name": grid.name, **values})


def _heads(county: County) -> Iterator[Gap]:
    """Two chiefs at levels 2 to 4: the heads of the Party and of the government side."""
    for grid in county.grids:
        if grid.kind == "key" or not 2 <= grid.level <= 4:
            continue
        chiefs = county.serving(grid.code, Role.CHIEF)
        held = {chief.post for chief in chiefs}
        without_post = sum(chief.post is None for chief in chiefs)
        missing = [code for post, code in _HEADS.items() if post not in held]
        for number, code in enumerate(missing):
            yield _gap(code, grid, unclear=number < without_post)


def _offices(county: County) -> Iterator[Gap]:
    for grid in county.grids:
        if grid.level in (2, 3) and grid.kind != "key" and grid.code not in county.offices:
            yield _gap(GapCode.NO_OFFICE, grid)


def _sub_chiefs(county: County) -> Iterator[Gap]:
    """Every town has a sub-chief of the county, every village one of its town; the county's have one or two towns."""
    if county.grids[0].kind == "administrative" and not any(county.at(3)):
        yield _gap(GapCode.NO_TOWNS, county.grids[0], unclear=True)
    for grid in county.grids:
        if grid.level not in (2, 3) or grid.kind == "key":
            continue
        sub_chiefs = county.serving(grid.code, Role.SUB_CHIEF)
        covered = frozenset[str]().union(*(one.covers for one in sub_chiefs))
        open_ = [below for below in county.below(grid.code) if below.code not in covered]
        if grid.level == 2:
            yield from (_gap(GapCode.TOWN_UNCOVERED, town) for town in open_)
            yield from _towns_each(grid, sub_chiefs)
        elif open_:
            yield _gap(GapCode.VILLAGES_UNCOVERED, grid, count=len(open_), names=names(open_[:SHOWN]))


def _towns_each(county: GridFact, sub_chiefs: Iterable[Service]) -> Iterator[Gap]:
    for one in sub_chiefs:
        if len(one.covers) > MOST_TOWNS:
            yield _gap(GapCode.TOO_MANY_TOWNS, county, person=one.name, count=len(one.covers))
        elif not one.covers:
            yield _gap(GapCode.COVERS_NOTHING, county, person=one.name)


def _published(county: County, changed_by: date) -> Iterator[Gap]:
    grid, found = county.grids[0], county.published
    if found is None:
        yield _gap(GapCode.NOT_PUBLISHED, grid)
        return
    if not found.contact:
        yield _gap(GapCode.NO_CONTACT, grid)
    for code, since in (
        (GapCode.LIST_OUTDATED, found.chiefs_changed_on),
        (GapCode.SUPERVISORS_OUTDATED, found.others_changed_on),
    ):
        if since is not None and since < changed_by:
            yield _gap(code, grid, since=since.isoformat(), as_of=found.as_of.isoformat())


def _filed(county: County, changed_by: date) -> Iterator[Gap]:
    grid, found = county.grids[0], county.filed
    if found is None:
        yield _gap(GapCode.NOT_FILED, grid)
        return
    since = min((day for day in (found.chiefs_changed_on, found.others_changed_on) if day), default=None)
    if since is not None and since < changed_by:
        yield _gap(GapCode.FILING_OUTDATED, grid, since=since.isoformat(), as_of=found.as_of.isoformat())


def _staff(county: County) -> Iterator[Gap]:
    """Supervisors of towns (three to five, three of them full-time) and villages (three, one full-time)."""
    for level, least, full in ((3, TOWN_STAFF, TOWN_FULL_TIME), (4, VILLAGE_STAFF, VILLAGE_FULL_TIME)):
        for grid in county.at(level):
            staff = county.serving(grid.code, Role.SUPERVISOR)
            if len(staff) < least:
                yield _gap(GapCode.FEW_SUPERVISORS, grid, found=len(staff), wanted=least)
            if level == 3 and len(staff) > TOWN_MOST:
                yield _gap(GapCode.MANY_SUPERVISORS, grid, found=len(staff), wanted=TOWN_MOST)
            certain = sum(one.full_time is True for one in staff)
            possible = certain + sum(one.full_time is None for one in staff)
            if certain < full:
                yield _gap(GapCode.FEW_FULL_TIME, grid, unclear=possible >= full, found=certain, wanted=full)


def _key_grids(county: County) -> Iterator[Gap]:
    """A key grid for every state- or region-controlled station, held by the heads of the county themselves."""
    by_code = {grid.code: grid for grid in county.grids}
    for station, at in sorted((county.stations or {}).items()):
        if at not in by_code or by_code[at].kind != "key":
            yield _gap(GapCode.NO_KEY_GRID, county.grids[0], station=station)
    heads = {one.person for one in county.serving(county.code, Role.CHIEF)}
    for grid in county.grids:
        if grid.kind == "key":
            held = {one.post for one in county.serving(grid.code, Role.CHIEF) if one.person in heads}
            if len(held - {None}) < len(_HEADS):
                yield _gap(GapCode.KEY_GRID_WITHOUT_HEADS, grid, unclear=None in held)


def _impartial(county: County) -> Iterator[Gap]:
    """What every supervisor of the county has an interest in: nobody there may work on it."""
    staff = {one.person for one in county.serving(county.code, Role.SUPERVISOR)}
    for what in sorted({what for _, what in county.interests}):
        if staff and all((person, what) in county.interests for person in staff):
            yield _gap(GapCode.NOBODY_IMPARTIAL, county.grids[0], what=what.partition(":")[2])


def _ending(county: County, before: date) -> Iterator[Gap]:
    by_code = {grid.code: grid for grid in county.grids}
    for one in county.services:
        if one.role in (Role.CHIEF, Role.SUB_CHIEF) and one.until is not None and one.until <= before:
            yield _gap(GapCode.ENDING, by_code[one.grid], person=one.name, until=one.until.isoformat())
