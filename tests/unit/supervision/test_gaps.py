"""What a county lacks, each with its article; and what that says of items 1 to 3 of the assessment."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervision.duties.facts import County, GridFact, ListFact, Service
from supervision.duties.gaps import ARTICLE, Gap, GapCode, Standing, gaps, standing
from supervision.duties.lists import differing, digest, lines

TODAY = date(2026, 11, 28)
GRIDS = (
    GridFact("C", "县", 2, "administrative", "P"),
    GridFact("T1", "甲镇", 3, "administrative", "C"),
    GridFact("T2", "乙镇", 3, "administrative", "C"),
    GridFact("K", "重点网格", 3, "key", "C"),
    GridFact("V1", "一村", 4, "administrative", "T1"),
)
CURRENT = ListFact(TODAY, contact="12369")


def staff(grid: str, count: int, *, full: int) -> list[Service]:
    return [
        Service(grid, "supervisor", f"{grid}s{n}", f"监督员{n}", full_time=n < full) for n in range(count)
    ]


def heads(grid: str, of: str = "") -> list[Service]:
    return [
        Service(grid, "chief", f"{of or grid}p", "书记", "party"),
        Service(grid, "chief", f"{of or grid}g", "县长", "government"),
    ]


def whole() -> County:
    """A county that lacks nothing."""
    services = [
        *heads("C"), *heads("T1"), *heads("T2"), *heads("V1"), *heads("K", of="C"),
        Service("C", "sub_chief", "f", "分网格长", covers=frozenset({"T1", "T2"})),
        Service("T1", "sub_chief", "t", "镇分网格长", covers=frozenset({"V1"})),
        *staff("C", 2, full=2), *staff("T1", 3, full=3), *staff("T2", 5, full=3), *staff("V1", 3, full=1),
    ]  # fmt: skip
    return County(
        "C", GRIDS, tuple(services), offices=frozenset({"C", "T1", "T2"}), stations={"GK-1": "K"}, filed=CURRENT,
        published=CURRENT,
    )  # fmt: skip


def without(county: County, person: str) -> County:
    return replace(county, services=tuple(one for one in county.services if one.person != person))


def changed(county: County, person: str, **over: Any) -> County:
    return replace(
        county,
        services=tuple(replace(one, **over) if one.person == person else one for one in county.services),
    )


def found(county: County) -> list[tuple[GapCode, str, bool]]:
    return [(gap.code, gap.grid, gap.unclear) for gap in gaps(county, today=TODAY)]


def test_a_county_that_has_everybody_lacks_nothing() -> None:
    assert gaps(whole(), today=TODAY) == []
    assert set(standing([]).values()) == {Standing.MET}


LATE, JUST = TODAY - timedelta(days=11), TODAY - timedelta(days=10)


@pytest.mark.parametrize(
    ("county", "expected"),
    [
        (replace(whole(), offices=frozenset({"T1", "T2"})), [("no_office", "C", False)]),
        (replace(whole(), offices=frozenset({"C", "T2"})), [("no_office", "T1", False)]),
        (without(whole(), "T1p"), [("no_party_head", "T1", False)]),
        (changed(whole(), "T1p", post=None), [("no_party_head", "T1", True)]),
        (changed(whole(), "f", covers=frozenset({"T1"})), [("town_uncovered", "T2", False)]),
        (without(whole(), "t"), [("villages_uncovered", "T1", False)]),
        (changed(whole(), "f", covers=frozenset({"T1", "T2", "T3"})), [("too_many_towns", "C", False)]),
        (without(whole(), "T1s0"), [("few_supervisors", "T1", False), ("few_full_time", "T1", False)]),
        (changed(whole(), "T1s0", full_time=False), [("few_full_time", "T1", False)]),
        (changed(whole(), "T1s0", full_time=None), [("few_full_time", "T1", True)]),
        (changed(whole(), "V1s0", full_time=False), [("few_full_time", "V1", False)]),
        (
            replace(whole(), services=(*whole().services, *staff("T2", 6, full=0)[5:])),
            [("many_supervisors", "T2", False)],
        ),
        (replace(whole(), stations={"GK-1": "K", "GK-2": "C"}), [("no_key_grid", "C", False)]),
        (
            replace(whole(), services=tuple(one for one in whole().services if one.grid != "K")),
            [("key_grid_without_heads", "K", False)],
        ),
        (replace(whole(), published=None), [("not_published", "C", False)]),
        (replace(whole(), published=replace(CURRENT, contact=None)), [("no_contact", "C", False)]),
        (replace(whole(), published=replace(CURRENT, chiefs_changed_on=LATE)), [("list_outdated", "C", False)]),
        (replace(whole(), published=replace(CURRENT, chiefs_changed_on=JUST)), []),
        (
            replace(whole(), published=replace(CURRENT, others_changed_on=LATE)),
            [("supervisors_outdated", "C", False)],
        ),
        (replace(whole(), filed=None), [("not_filed", "C", False)]),
        (replace(whole(), filed=replace(CURRENT, others_changed_on=LATE)), [("filing_outdated", "C", False)]),
        (replace(whole(), interests=frozenset({("Cs0", "source:A"), ("Cs1", "source:B")})), []),
        (
            replace(whole(), interests=frozenset({("Cs0", "source:A"), ("Cs1", "source:A")})),
            [("nobody_impartial", "C", False)],
        ),
        (changed(whole(), "f", until=TODAY + timedelta(days=30)), [("ending", "C", False)]),
        (changed(whole(), "f", until=TODAY + timedelta(days=31)), []),
        (changed(whole(), "Cs0", until=TODAY), []),
    ],
)  # fmt: skip
def test_each_thing_that_is_missing_is_named(county: County, expected: list[Any]) -> None:
    assert found(county) == expected


def test_the_items_of_the_assessment_follow_from_the_gaps() -> None:
    nothing = County("C", GRIDS[:1], ())
    lacking = gaps(nothing, today=TODAY)
    assert standing(lacking) == {1: Standing.LACKING, 2: Standing.UNCLEAR, 3: Standing.LACKING}
    park = County("C", (replace(GRIDS[0], kind="park"),), ())
    assert standing(gaps(park, today=TODAY))[2] is Standing.MET
    assert [gap.item for gap in lacking] == sorted((gap.item for gap in lacking), key=lambda item: item or 9)
    unknown = changed(changed(whole(), "Cp", post=None), "Cg", post=None)
    assert standing(gaps(unknown, today=TODAY))[1] is Standing.UNCLEAR
    assert standing(gaps(without(unknown, "Cg"), today=TODAY))[1] is Standing.LACKING
    assert standing(gaps(without(whole(), "T1p"), today=TODAY))[1] is Standing.MET


def test_a_town_is_no_item_and_says_the_body() -> None:
    (gap,) = gaps(without(whole(), "V1g"), today=TODAY)
    assert (gap.item, gap.article) == (None, "body §2(四)")


@given(st.sets(st.sampled_from([one.person for one in whole().services])))
def test_whoever_is_missing_never_makes_it_better(gone: set[str]) -> None:
    less = replace(whole(), services=tuple(one for one in whole().services if one.person not in gone))
    order = [Standing.MET, Standing.UNCLEAR, Standing.LACKING]
    before, after = standing(gaps(whole(), today=TODAY)), standing(gaps(less, today=TODAY))
    assert all(order.index(after[item]) >= order.index(before[item]) for item in before)


def test_every_gap_has_an_article() -> None:
    assert set(ARTICLE) == set(GapCode)
    assert Gap(GapCode.NOT_FILED, "C", ARTICLE[GapCode.NOT_FILED]).item is None


def test_the_same_people_give_the_same_list() -> None:
    county = whole()
    again = replace(county, services=tuple(reversed(county.services)))
    assert digest(lines(county)) == digest(lines(again))
    assert lines(county)[0] == {
        "grid": "C", "grid_name": "县", "role": "chief", "name": "县长", "post": "government", "full_time": None,
        "covers": [],
    }  # fmt: skip


def test_lists_differ_by_what_changed_and_not_by_what_was_filled_in() -> None:
    before = lines(changed(changed(whole(), "Cp", post=None), "T1s0", full_time=None))
    assert differing(before, lines(whole())) == ([], [])
    gone, new = differing(
        lines(whole()), lines(changed(without(whole(), "Cp"), "f", covers=frozenset({"T1"})))
    )
    assert [(line["grid"], line["role"], line["covers"]) for line in gone] == [
        ("C", "chief", []), ("C", "sub_chief", ["T1", "T2"]), ("K", "chief", []),
    ]  # fmt: skip
    assert [(line["role"], line["covers"]) for line in new] == [("sub_chief", ["T1"])]
