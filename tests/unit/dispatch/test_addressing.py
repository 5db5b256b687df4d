"""To whom an order goes: whoever has an interest keeps out, the alternate steps in, the units come after."""

from dispatch.addressing import UnitRef, address
from dispatch.beside import beside
from dispatch.conflicts import Concern, Interest, in_conflict, touches
from dispatch.evidence import LIKELY, category_of, likely
from dispatch.registry import OnTurn, answering, with_role
from models.enums import DutyGap, EventKind, Role, Severity, TurnWhy, UnitPart
from models.facts import OrderDispatched, Recipient
from models.ids import GridId, OrderId, PersonId, StationId
from tests.unit.dispatch.test_routing import COUNTY, HOUR, NOW, duty


def person(number: int, role: str = "supervisor") -> Recipient:
    return Recipient(PersonId(number), f"p{number}", f"某{number}", role)


ONE, TWO, CHIEF, DESK = person(1), person(2), person(3, "chief"), person(4, "duty_officer")
LEAD = UnitRef(1, "住建局", UnitPart.LEAD, (person(5, "lead"), ONE))


def sent(answering: list[Recipient], unit: list[Recipient], conflicted: set[int]) -> list[int]:
    found = address(
        answering, unit, {PersonId(c) for c in conflicted}, desk=[DESK], category=None, units=(), gap=None
    )
    return [r.id for r in found.recipients]


def test_the_alternate_of_the_unit_steps_in() -> None:
    assert sent([ONE], [ONE, TWO], set()) == [1]
    assert sent([ONE], [ONE, TWO], {1}) == [2]
    assert sent([ONE, TWO], [ONE, TWO], {1}) == [2]


def test_a_whole_unit_in_conflict_is_the_prefectures_matter() -> None:
    found = address([ONE], [ONE, TWO], {ONE.id, TWO.id}, desk=[DESK], category=None, units=(), gap=None)
    assert (found.conflicted, [r.id for r in found.recipients]) == (True, [4])
    assert sent([CHIEF], [ONE, TWO], {1, 2}) == [3, 4]
    assert sent([ONE], [ONE], {1, 4}) == []


def test_members_of_units_come_after_and_nobody_twice() -> None:
    found = address([ONE], [ONE], set(), desk=[], category="建筑工地", units=[LEAD], gap=None)
    assert [(r.id, r.role) for r in found.recipients] == [(1, "supervisor"), (5, "lead")]
    found = address([TWO], [TWO], {PersonId(5)}, desk=[], category="建筑工地", units=[LEAD], gap=None)
    assert [r.id for r in found.recipients] == [2, 1]


def test_an_interest_touches_what_the_order_is_about() -> None:
    about = Concern(StationId(7), frozenset({"WRY-1"}), frozenset({GridId(2), GridId(21)}))
    for interest, expected in (
        (Interest(PersonId(1), source="WRY-1"), True),
        (Interest(PersonId(1), source="WRY-2"), False),
        (Interest(PersonId(1), station=StationId(7)), True),
        (Interest(PersonId(1), station=StationId(8)), False),
        (Interest(PersonId(1), grid=GridId(21)), True),
        (Interest(PersonId(1), grid=GridId(1)), False),
    ):
        assert touches(interest, about) is expected
    nowhere = Concern(None, frozenset(), frozenset({GridId(2)}))
    both = [Interest(PersonId(1), station=StationId(7)), Interest(PersonId(2), grid=GridId(2))]
    assert in_conflict(both, nowhere) == {PersonId(2)}


def test_the_score_has_to_speak_for_a_source() -> None:
    sources = [
        {"code": "A", "category": "建筑工地", "score": LIKELY},
        {"code": "B", "category": "工业企业", "score": LIKELY - 0.001},
    ]
    assert likely(sources) == [("A", "建筑工地")]
    assert category_of(sources) == "建筑工地"
    assert category_of(sources[1:]) is None
    for nothing in (None, [], "text", [None], [{"score": 1}], [{"code": "A", "score": "high"}]):
        assert category_of(nothing) is None


ROWS = [
    duty(1, Role.SUPERVISOR, since=NOW - HOUR),
    duty(2, Role.SUPERVISOR, since=NOW - 2 * HOUR),
    duty(3, Role.CHIEF),
]
POST = (COUNTY, Role.SUPERVISOR)


def ids(*, turn: OnTurn | None) -> list[int]:
    return [r.id for r in answering(ROWS, COUNTY, NOW, {} if turn is None else {POST: turn})]


def test_the_responsible_one_is_first() -> None:
    assert ids(turn=None) == [2, 1]
    assert ids(turn=OnTurn(ONE, None, TurnWhy.STANDING)) == [1, 2]
    assert ids(turn=OnTurn(ONE, None, TurnWhy.STANDING, frozenset({TWO.id}))) == [1]
    for why in (TurnWhy.SHIFT, TurnWhy.OVERRIDE, TurnWhy.STAND_IN):
        assert ids(turn=OnTurn(ONE, None, why)) == [1]


def test_in_a_gap_the_chief_answers_then_whoever_is_there() -> None:
    gap = OnTurn(None, DutyGap.ABSENT_WITHOUT_STAND_IN, TurnWhy.GAP, frozenset({TWO.id}))
    assert ids(turn=gap) == [3]
    assert [r.id for r in answering(ROWS[:2], COUNTY, NOW, {POST: gap})] == [1]
    desk = [duty(4, Role.DUTY_OFFICER), duty(3, Role.CHIEF)]
    roster = {(COUNTY, Role.DUTY_OFFICER): gap}
    assert [r.id for r in with_role(desk, COUNTY, Role.DUTY_OFFICER, NOW, roster)] == [4]


def test_a_dispatch_tells_of_gap_and_conflict_beside_itself() -> None:
    order = OrderDispatched(
        OrderId(1), "2026-652301-000001", COUNTY, "652301", None, None, Severity.NOTICE, "巡查", NOW, (CHIEF,),
        roster_gap="duty_ended", conflicted=True,
    )  # fmt: skip
    assert [told.kind for told in beside([order])] == [EventKind.DUTY_GAP, EventKind.ORDER_CONFLICTED]
