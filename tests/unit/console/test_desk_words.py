"""What is open reads as a sentence in both languages, and what is unknown is named by its code."""

from typing import Any

from app.console.desk_words import RISK, risks_in_words
from app.console.texts import texts
from app.views.desk_risks import FIELDS
from models.enums import RiskKind

ENGLISH, CHINESE = texts("en"), texts("zh")
AT = "2026-11-23T00:15:00+00:00"


def item(**over: Any) -> dict[str, Any]:
    return dict.fromkeys(FIELDS) | over


def risks(*kinds: tuple[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {"at": AT, "kinds": [{"kind": k, "count": len(items), "items": items} for k, items in kinds]}


def test_every_kind_has_a_name() -> None:
    assert set(RISK) == set(RiskKind)


def test_a_breach_says_which_deadline_passed_when() -> None:
    found = item(order_id=7, number="2026-1", what="acknowledge", grid_name="昌吉市", until=AT)
    told = risks_in_words(CHINESE, risks(("breached", [found]), ("ways", [])))
    ((part,), none) = told.parts, told.none
    (line,) = part.lines
    assert (part.name, part.count, none) == ("已逾期未答复", 1, ("故障的通知通道",))
    assert (line.what, line.when, line.due_at) == ("签收", ("应于 11-23 08:15:00 前答复",), AT)


def test_what_it_is_reads_by_its_kind() -> None:
    told = risks_in_words(
        ENGLISH,
        risks(
            ("requests", [item(what="extension", since=AT, until=AT)]),
            ("ways", [item(what="wecom:3", since=AT, said="timeout")]),
            ("findings", [item(what="outbox_old", since=AT, quantity=4)]),
            ("outages", [item(what="broker", since=AT, until=AT)]),
            ("silences", [item(what="maintenance", until=AT, said="校准", who="王")]),
            ("mutes", [item(what="breached", until=AT)]),
            ("unrouted", [item(what="sudden_rise", since=AT, said="no_grid")]),
            ("later", [item(what="new")]),
        ),
    )
    lines = {part.kind: part.lines[0] for part in told.parts}
    assert [lines[k].what for k in lines] == [
        "Extension", "WeCom robot 3", "What is to go out waits too long", "Message broker", "Maintenance",
        "Breaches", "Sudden rise", "new",
    ]  # fmt: skip
    assert lines["requests"].when == ("asked 11-23 08:15:00", "decision due 11-23 08:15:00")
    assert lines["findings"].when == ("since 11-23 08:15:00", "4 at least")
    assert (lines["silences"].said, lines["silences"].who, lines["unrouted"].said) == ("校准", "王", None)
    assert {kind for kind, line in lines.items() if line.due_at} == set()
    assert told.parts[-1].name == "later"


def test_what_is_told_under_a_worse_heading_is_counted_and_is_not_none() -> None:
    found = risks(
        ("breached", [item(order_id=7, number="1", what="review")]), ("to_review", []), ("ways", [])
    )
    review = found["kinds"][1]
    told = risks_in_words(
        ENGLISH, found | {"kinds": [found["kinds"][0], review | {"also": 1}, found["kinds"][2]]}
    )
    part = told.parts[1]
    assert (part.kind, part.count, part.elsewhere, part.more, part.lines) == ("to_review", 1, 1, 0, ())
    assert (told.count, told.none) == (1, ("Ways out that fail",))


def test_an_older_note_claims_no_none_that_it_cannot_know() -> None:
    told = risks_in_words(
        ENGLISH, risks(("breached", []), ("to_review", []), ("suspended", []), ("mutes", []))
    )
    assert told.none == ("Overdue and not answered", "Muted alarms")
