"""Which facts people hear of, and in which role; every other fact is for machines and the feed."""

from dataclasses import replace
from typing import Any

import pytest

from app.notices.texts import Item, said
from models.enums import EventKind, NoticeClass, Role, Severity, UnitPart, WatchdogCode
from models.facts import OrderDispatched, OrderTold, Recipient, Told
from models.ids import GridId, OrderId, PersonId
from notify.heard import TOLD, heard
from tests.fakes import START


def told(kind: EventKind, **detail: Any) -> Told:
    return Told(kind, GridId(3), "652301100", START, detail=detail)


@pytest.mark.parametrize(
    ("kind", "about", "first"),
    [
        (EventKind.ORDER_TRANSFERRED, NoticeClass.DISPATCHED, Role.SUPERVISOR),
        (EventKind.REQUEST_FILED, NoticeClass.REQUEST, Role.DUTY_OFFICER),
        (EventKind.REQUEST_APPROVED, NoticeClass.DECIDED, Role.SUPERVISOR),
        (EventKind.REQUEST_REJECTED, NoticeClass.DECIDED, Role.SUPERVISOR),
        (EventKind.REQUEST_EXPIRED, NoticeClass.DECIDED, Role.SUPERVISOR),
        (EventKind.WATCHDOG_FOUND, NoticeClass.WATCHDOG, Role.DUTY_OFFICER),
        (EventKind.WATCHDOG_CLEARED, NoticeClass.WATCHDOG, Role.DUTY_OFFICER),
        (EventKind.TASK_HANDED, NoticeClass.TASK, Role.PATROLLER),
        (EventKind.REPORT_FILED, NoticeClass.UPWARD, Role.SUPERVISOR),
        (EventKind.REPORT_FORWARDED, NoticeClass.UPWARD, Role.SUPERVISOR),
        (EventKind.REPORT_REFERRED, NoticeClass.UPWARD, Role.SUPERVISOR),
        (EventKind.YEARLY_DUE_SOON, NoticeClass.WARNING, Role.SUPERVISOR),
        (EventKind.YEARLY_OVERDUE, NoticeClass.WARNING, Role.SUPERVISOR),
        (EventKind.SWEEP_DUE_SOON, NoticeClass.WARNING, Role.SUPERVISOR),
        (EventKind.SWEEP_OVERDUE, NoticeClass.WARNING, Role.SUPERVISOR),
        (EventKind.PUBLIC_REPORT_RECEIVED, NoticeClass.UPWARD, Role.SUPERVISOR),
        (EventKind.LADDER_PROPOSED, NoticeClass.REQUEST, Role.CHIEF),
        (EventKind.ACT_PROPOSED, NoticeClass.REQUEST, Role.CHIEF),
        (EventKind.ACT_SIGNED, NoticeClass.TASK, Role.SUPERVISOR),
        (EventKind.ACT_OBJECTED, NoticeClass.REPORTED, Role.DUTY_OFFICER),
        (EventKind.DUTY_GAP, NoticeClass.GAP, Role.CHIEF),
        (EventKind.CHANNEL_DOWN, NoticeClass.CHANNEL, Role.DUTY_OFFICER),
    ],
)
def test_events_that_say_themselves_how_they_read(kind: EventKind, about: NoticeClass, first: Role) -> None:
    found = heard(told(kind, number="UP-1", way="sms", text="张三家门口", at="652301"))
    assert found is not None
    assert (found.about, found.roles[0], found.at) == (about, first, "652301")
    # No word that a person wrote goes out by SMS or robot.
    assert "张三" not in str(found.payload)
    for language in ("zh", "en"):
        assert said(language, Item(about, found.payload))


def test_a_report_is_heard_where_it_is_judged_and_a_fall_not_by_the_fallen() -> None:
    up, down = (
        heard(told(EventKind.REPORT_FILED, at="652301")),
        heard(told(EventKind.CHANNEL_DOWN, way="sms")),
    )
    assert up is not None
    assert down is not None
    assert (up.at, down.not_by) == ("652301", "sms")


def test_a_fact_can_name_its_own_people() -> None:
    fact = OrderTold(
        EventKind.TASK_HANDED, OrderId(7), "2026-1", GridId(3), "652301100", START,
        hears=((PersonId(5), "patroller"), (PersonId(6), "lead")),
    )  # fmt: skip
    found = heard(fact)
    assert found is not None
    assert found.people == ((5, Role.PATROLLER), (6, Role.CHIEF))
    assert (found.roles, found.order_id) == ((), 7)
    asked = heard(replace(fact, kind=EventKind.REQUEST_REJECTED, hears=((PersonId(5), "supervisor"),)))
    assert asked is not None
    assert (asked.people, asked.roles) == (((5, Role.SUPERVISOR),), (Role.SUPERVISOR, Role.CHIEF))


def test_the_watchdog_wakes_nobody_unless_deadlines_or_readings_are_not_judged() -> None:
    for code in WatchdogCode:
        found, over = (
            heard(told(EventKind.WATCHDOG_FOUND, code=code.value)),
            heard(told(EventKind.WATCHDOG_CLEARED, code=code.value)),
        )
        assert found is not None
        assert over is not None
        assert found.urgent is (code.value in ("engine_stopped", "clock_unjudged", "detection_behind"))
        assert not over.urgent
        assert found.all_roles
        assert "自查发现" in said("zh", Item(found.about, found.payload))
        assert "恢复" in said("zh", Item(over.about, over.payload))


@pytest.mark.parametrize("kind", sorted(set(EventKind) - {EventKind(name) for name in TOLD}))
def test_what_is_not_in_the_table_is_not_heard(kind: EventKind) -> None:
    assert heard(told(kind, way="x")) is None


def test_the_members_of_a_unit_hear_of_an_order_like_a_chief() -> None:
    people = [(1, Role.SUPERVISOR.value), (2, UnitPart.LEAD.value), (3, UnitPart.CO_HANDLER.value)]
    order = OrderDispatched(
        OrderId(7), "2026-1", GridId(3), "652301", None, None, Severity.NOTICE, "扬尘", START,
        tuple(Recipient(PersonId(id_), f"p{id_}", f"某{id_}", role) for id_, role in people),
    )  # fmt: skip
    found = heard(order)
    assert found is not None
    assert found.people == ((1, Role.SUPERVISOR), (2, Role.CHIEF), (3, Role.CHIEF))


def test_a_drill_says_that_it_is_one() -> None:
    order = OrderTold(
        EventKind.ORDER_TRANSFERRED, OrderId(7), "2026-1", GridId(3), "652301100", START, drill=True
    )
    found = heard(order)
    assert found is not None
    assert said("zh", Item(found.about, found.payload)).startswith("（演练）")
    real = heard(replace(order, drill=False))
    assert real is not None
    assert "演练" not in said("zh", Item(real.about, real.payload))
