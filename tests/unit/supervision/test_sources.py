"""Rules of sources: what a file may say, when a sweep is due and whom it met, who is a key source and why."""

import random
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.enums import SourceKind, SourceState, SweepFound
from models.errors import Invalid
from supervision.air.close import canonical, digest_of
from supervision.sources.file import (
    SourceFile,
    amounts_in_text,
    amounts_of,
    body_of,
    check,
    differing,
    is_credit_code,
)
from supervision.sources.key_list import Criteria, KnownSource, follow, propose
from supervision.sources.sweep import (
    SweepStanding,
    coverage,
    last_of_quarter,
    name_of_quarter,
    quarter_named,
    quarter_of,
    standing,
)

PLANT = SourceFile("QY-1", "示范热力站", "652301", 87.3, 44.0, "热力供应", kind=SourceKind.INDUSTRY)


def with_(**over: object) -> SourceFile:
    values = {name: getattr(PLANT, name) for name in PLANT.__slots__} | over
    return SourceFile(**values)  # type: ignore[arg-type]


def test_the_example_of_the_standard_is_a_credit_code_and_nothing_near_it() -> None:
    code = "91350100M000100Y43"  # GB 32100-2015, annex A
    assert is_credit_code(code)
    others = [code[:place] + char + code[place + 1 :] for place in range(18) for char in "0123456789ABCXY"]
    assert not any(is_credit_code(other) for other in others if other != code)
    assert not is_credit_code(code.lower())
    assert check(with_(credit_code=f" {code.lower()} ")).credit_code == code


@pytest.mark.parametrize(
    ("field", "over"),
    [
        ("code", {"code": "QY 1"}),
        ("code", {"code": ""}),
        ("name", {"name": "  "}),
        ("name", {"name": "厂" * 201}),
        ("category", {"category": "\x00热力"}),
        ("lon", {"lon": 180.5}),
        ("lat", {"lat": float("nan")}),
        ("pollutants", {"pollutants": ("pm25", "smoke")}),
        ("credit_code", {"credit_code": "91350100M000100Y44"}),
        ("phone", {"phone": "1" * 41}),
        ("permit_until", {"permit_until": date(1990, 1, 1)}),
        ("emissions", {"emissions": {"so2": Decimal(-1)}}),
        ("emissions", {"emissions": {"so2": Decimal("NaN")}}),
        ("emissions", {"emissions": {"dust": Decimal(1)}}),
        ("emissions", {"emissions": {"so2": Decimal("0.00001")}}),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(field: str, over: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        check(with_(**over))
    assert refused.value.extra["field"] == field


def test_amounts_read_as_they_are_written() -> None:
    amounts = {"so2": Decimal("12.5"), "nox": Decimal(3), "hazardous_waste": Decimal("0.02")}
    assert amounts_of(amounts_in_text(amounts)) == amounts
    assert amounts_in_text(amounts) == "SO₂=12.5; 氮氧化物=3; 危险废物=0.02"
    assert amounts_of("so2 = 12.5；氮氧化物=3，\n") == {"so2": Decimal("12.5"), "nox": Decimal(3)}
    for wrong in ("so2", "so2=viel", "so2=1;so2=2", "=3"):
        with pytest.raises(Invalid):
            amounts_of(wrong)


def test_a_version_says_everything_and_a_change_names_only_fields() -> None:
    before = body_of(check(with_(emissions={"so2": Decimal("1.50")})), SourceState.ACTIVE)
    after = body_of(check(with_(phone="13900000000")), SourceState.CLOSED)
    assert before["emissions"] == {"so2": "1.50"}
    assert differing(before, after) == ["emissions", "phone", "state"]


@given(st.dates(date(2013, 1, 1), date(2199, 12, 31)))
def test_every_day_lies_in_one_quarter_which_reads_as_it_is_written(day: date) -> None:
    first = quarter_of(day)
    assert first <= day <= last_of_quarter(first)
    assert quarter_named(name_of_quarter(first)) == first
    assert quarter_of(last_of_quarter(first)) == first


def test_no_quarter_is_none() -> None:
    assert quarter_named("2024-Q1") == date(2024, 1, 1)
    assert last_of_quarter(date(2024, 1, 1)) == date(2024, 3, 31)
    assert [quarter_named(text) for text in ("2024-Q5", "2024", "1999-Q1", "２０２４-Q1", "2024-Q", "")] == [
        None
    ] * 6


def test_a_sweep_tells_whom_it_met_and_whom_not() -> None:
    found = coverage(["A", "B", "C", "N"], {"A": SweepFound.SEEN, "N": SweepFound.NEW, "G": SweepFound.GONE})
    assert (found.seen, found.new, found.gone, found.missing) == (("A",), ("N",), ("G",), ("B", "C"))
    assert (found.met, found.due) == (2, 4)


def test_a_sweep_is_overdue_the_day_after() -> None:
    due = date(2026, 12, 31)
    how = [
        standing(due_on=due, begun=begun, finished_on=finished, today=today)
        for begun, finished, today in (
            (False, None, date(2026, 12, 31)),
            (True, None, date(2026, 12, 31)),
            (True, None, date(2027, 1, 1)),
            (False, None, date(2027, 1, 1)),
            (True, date(2026, 12, 31), date(2027, 2, 1)),
            (True, date(2027, 1, 1), date(2027, 2, 1)),
        )
    ]
    assert how == [
        SweepStanding.NOT_BEGUN, SweepStanding.UNDER_WAY, SweepStanding.OVERDUE, SweepStanding.OVERDUE,
        SweepStanding.DONE, SweepStanding.DONE_LATE,
    ]  # fmt: skip


def known(code: str, reports: int = 0, **emissions: str) -> KnownSource:
    return KnownSource(code, f"源{code}", "652301", {k: Decimal(v) for k, v in emissions.items()}, reports)


KNOWN = [
    known("A", so2="49.99", nox="0.01"),
    known("B", so2="49.99"),
    known("C", reports=3),
    known("D", reports=2, so2="1", nox="1", voc="1", pm10="1", co="0"),
    known("E", pm25="1", pm10="1", so2="1"),
]


def test_the_figure_itself_makes_a_key_source() -> None:
    document = propose(Criteria(kinds=4), KNOWN, include={}, exclude={})
    assert {one["code"]: [r["criterion"] for r in one["reasons"]] for one in document["entries"]} == {
        "A": ["tonnes"], "C": ["concern"], "D": ["kinds"],
    }  # fmt: skip
    assert document["entries"][0]["reasons"] == [{"criterion": "tonnes", "value": "50", "at_least": "50"}]


def test_by_hand_for_a_reason_and_on_the_record() -> None:
    document = propose(Criteria(), KNOWN, include={"B": "居民区上风向"}, exclude={"C": "已搬迁"})
    assert [one["code"] for one in document["entries"]] == ["A", "B", "D"]
    assert document["entries"][1]["reasons"] == [{"criterion": "by_hand", "why": "居民区上风向"}]
    assert [(one["code"], one["why"]) for one in document["left_out"]] == [("C", "已搬迁")]


@pytest.mark.parametrize(
    ("field", "include", "exclude"),
    [
        ("include", {"Z": "没有此源"}, {}),
        ("include", {"B": " "}, {}),
        ("exclude", {}, {"C": "长" * 501}),
        ("exclude", {}, {"B": "本就不在"}),
        ("exclude", {"C": "列入"}, {"C": "剔除"}),
    ],
)
def test_what_is_put_on_or_taken_off_has_to_make_sense(
    field: str, include: dict[str, str], exclude: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as refused:
        propose(Criteria(), KNOWN, include=include, exclude=exclude)
    assert refused.value.extra["field"] == field


@given(st.randoms(use_true_random=False))
def test_the_same_sources_give_the_same_bytes_in_any_order(order: random.Random) -> None:
    shuffled = order.sample(KNOWN, len(KNOWN))
    document = propose(Criteria(), shuffled, include={"B": "近"}, exclude={"C": "远"})
    assert digest_of(document) == digest_of(
        propose(Criteria(), KNOWN, include={"B": "近"}, exclude={"C": "远"})
    )
    assert canonical(follow(document)) == canonical({k: document[k] for k in ("entries", "left_out")})
