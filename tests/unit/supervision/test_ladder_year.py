"""A year on every ladder, worked by hand: ten units, ties, a missing month, an even share, and the same bytes twice."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.enums import LadderKind
from supervision.acts.wording import facts_of
from supervision.ladders.articles import ARTICLES, quoted
from supervision.ladders.evaluation import Finding, judge, months_to
from supervision.ladders.known import Beside, Falsified, Known, Missed, Place, Ranked, Uncorrected
from supervision.readings import Readings

UNITS = tuple("ABCDEFGHIJ")
READ = Readings()
YEAR = [date(2026, n, 1) for n in range(1, 13)]


def missed(**counts: int) -> Missed:
    return Missed({unit: [f"P-{unit}-{n}" for n in range(count)] for unit, count in counts.items()})


def ranked(last: str, version: int = 1) -> Ranked:
    """A signed month in which these units share the last place."""
    places = {
        unit: Place("-2.0", 11 - len(last), True) if unit in last else Place("3.0", 1, False)
        for unit in UNITS
    }
    return Ranked(version, f"{version:02x}" * 32, places)


# Who was last, month by month; the eighth was never signed.
LAST = ["A", "A", "A", "A", "AB", "C", "C", None, "C", "D", "E", "A"]
# How many problems each had; J has whatever is left of a hundred.
PROBLEMS = [
    {"A": 9, "B": 10}, {"A": 10, "B": 10}, {"A": 20, "B": 10}, {"A": 20}, {"A": 10, "B": 9}, {"B": 10},
    {}, {"A": 20}, {"A": 19}, {"A": 20}, dict.fromkeys(UNITS, 10), {},
]  # fmt: skip
# By hand, without J, which has the rest and is on the highest rung all the time.
SHARES = {
    1: {"B": "notice"},
    2: {"A": "notice", "B": "interview"},
    3: {"A": "interview", "B": "accountability"},
    4: {"A": "accountability"},  # thrice 10 %, and twice 20 %
    5: {"A": "accountability"},  # the fourth month above 10 %
    6: {"B": "notice"},  # its run was ended by the 9 % of May
    8: {"A": "interview"},  # once 20 %
    9: {"A": "interview"},  # twice 10 %
    10: {"A": "accountability"},  # thrice 10 %
    11: {"A": "accountability"} | dict.fromkeys("BCDEFGHI", "notice"),  # an even share is exactly 10 %
}
PLACES = {
    1: {"A": "notice office"},
    2: {"A": "interview deputy_leader"},
    3: {"A": "interview main_leader"},
    4: {"A": "accountability office"},
    5: {"A": "accountability office", "B": "notice office"},  # equal rates: both are last
    6: {"C": "notice office"},
    7: {"C": "interview deputy_leader"},
    9: {"C": "notice office"},  # nobody knows who was last in August
    10: {"D": "notice office"},
    11: {"E": "notice office"},
    12: {"A": "notice office"},
}


def year(**beside: Any) -> Known:
    table = {}
    for month, counts in zip(YEAR, PROBLEMS, strict=True):
        rest = 100 - sum(counts.values())
        table[month] = missed(**counts, **({"J": rest} if rest and counts else {}))
    standings = {month: ranked(last) for month, last in zip(YEAR, LAST, strict=True) if last}
    return Known(UNITS, table, standings, beside=Beside(**beside))


def found(known: Known, month: date, ladder: LadderKind) -> dict[str, Finding]:
    findings = judge(month, known, READ, version=1).findings
    return {one.proposal.unit + one.subject: one for one in findings if one.ladder is ladder}


def told(one: Finding) -> Mapping[str, Any]:
    return dict(json.loads(one.basis))


@pytest.mark.parametrize("month", YEAR)
def test_the_shares_of_a_year(month: date) -> None:
    rungs = {
        unit: one.proposal.rung.measure.value
        for unit, one in found(year(), month, LadderKind.SHARE).items()
        if unit != "J"
    }
    assert rungs == SHARES.get(month.month, {})


@pytest.mark.parametrize("month", YEAR)
def test_the_last_places_of_a_year(month: date) -> None:
    rungs = {
        unit: f"{one.proposal.rung.measure} {one.proposal.rung.signer}"
        for unit, one in found(year(), month, LadderKind.LAST_PLACE).items()
    }
    assert rungs == PLACES.get(month.month, {})


def test_a_proposal_says_what_it_rests_on() -> None:
    march = told(found(year(), date(2026, 3, 1), LadderKind.SHARE)["A"])
    assert [(one["month"], one["problems"], one["of"], one["share"]) for one in march["months"]] == [
        ("2026-02", 10, 100, "10.00"), ("2026-03", 20, 100, "20.00"),
    ]  # fmt: skip
    assert march["months"][1]["numbers"][:2] == ["P-A-0", "P-A-1"]
    assert (march["since"], march["article"], march["cautions"]) == (
        "2026-02-01", "annex 2 art. 7(三)", ["even_share_reaches"],
    )  # fmt: skip
    may = told(found(year(), date(2026, 5, 1), LadderKind.LAST_PLACE)["B"])
    assert (may["cautions"], may["months"][0]["last"], may["months"][0]["of"]) == (
        ["tied_last"],
        ["A", "B"],
        10,
    )
    assert [one.place for one in quoted(may["article"])] == ["正文第四部分（二）", "附件3第四条"]
    assert "连续2个月位列全州最后1名" in facts_of(
        told(found(year(), date(2026, 7, 1), LadderKind.LAST_PLACE)["C"]), "丙县"
    )


def test_what_nobody_has_said_is_not_judged() -> None:
    known = year()
    assert LadderKind.LAST_PLACE not in judge(date(2026, 8, 1), known, READ, version=1).ladders
    december = judge(date(2026, 12, 1), known, READ, version=1).ladders
    assert december == {LadderKind.FALSIFIED, LadderKind.SHARE, LadderKind.LAST_PLACE}


def test_what_other_duties_say() -> None:
    failures = dict.fromkeys(YEAR[1:4], True) | {YEAR[0]: False}
    known = year(
        failed={"A": failures, "B": dict.fromkeys(YEAR[:2], True)},
        failed_years={"B": {2026: True}, "A": {2026: False}},
        targets_met={"A": {2026: False}, "C": {2026: True}},
        uncorrected=[Uncorrected("D", YEAR[3], "P-1", 1), Uncorrected("D", YEAR[3], "P-1", 2)],
    )
    known = replace(
        known, falsified=[Falsified("E", YEAR[3], 7, "GK-5", ("2026-03-30", "2026-03-31"), "2026-04-02")]
    )
    april = judge(YEAR[3], known, READ, version=1)
    rungs = {
        (one.ladder.value, one.proposal.unit, one.subject): (
            one.proposal.rung.measure.value,
            one.proposal.rung.article,
        )
        for one in april.findings
        if one.ladder not in (LadderKind.SHARE, LadderKind.LAST_PLACE)
    }
    assert rungs == {
        ("failed", "A", "inspection"): ("inspection", "annex 2 art. 7(一)"),
        ("failed", "A", "accountability"): ("accountability", "annex 2 art. 7(一)"),
        ("uncorrected", "D", "P-1 1"): ("notice", "body §4(三)"),
        ("uncorrected", "D", "P-1 2"): ("interview", "body §4(三)"),
        ("falsified", "E", "case 7"): ("notice", "annex 3 art. 6"),
    }
    december = {one.ladder: one for one in judge(YEAR[11], known, READ, version=1).findings}
    # A was last in six months of the year and missed its target: the other text, beside that of months in a row.
    assert december[LadderKind.LAST_IN_YEAR].proposal.rung.article == "annex 3 art. 4"
    assert dict(december[LadderKind.LAST_IN_YEAR].proposal.counts)["times_last"] == "6"
    assert december[LadderKind.FAILED_YEAR].proposal.unit == "B"
    for one in [*april.findings, *december.values()]:
        assert facts_of(told(one), "某县").endswith("。")
        assert quoted(one.proposal.rung.article)


@given(st.lists(st.sampled_from([*UNITS, "AB", ""]), min_size=12, max_size=12), st.permutations(UNITS))
def test_the_same_months_give_the_same_bytes_and_only_the_last_are_named(
    last: list[str], order: list[str]
) -> None:
    standings = {month: ranked(names) for month, names in zip(YEAR, last, strict=True) if names}
    known = Known(UNITS, {}, standings)
    first = judge(YEAR[11], known, READ, version=1).findings
    again = judge(
        YEAR[11], replace(known, ranked=dict(reversed(standings.items())), units=order), READ, version=1
    )
    assert {one.basis for one in first} == {one.basis for one in again.findings}
    assert {one.proposal.unit for one in first} == set(last[11])


def test_months_go_back_over_the_year() -> None:
    assert months_to(date(2026, 2, 1), 3) == [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]


def test_articles_are_quoted_word_for_word(shared: Path) -> None:
    def bare(text: str) -> str:
        return re.sub(r"[\W_]", "", text)

    policy = bare((shared / "policy" / "changji-2023-6.txt").read_text())
    for article in ARTICLES.values():
        assert bare(article.text) in policy, article.place
