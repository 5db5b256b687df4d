"""The score of one unit in one month, from its records alone (annex 2 art. 5 and 6).

The order is fixed: items 1 to 3 with their veto, items 4 to 7, what overflows from 7, exposures, then the bonus. Within
a step the order of the records says nothing: what they take is added before it is taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.enums import DirectFail, PointState
from supervision.assessment.items import (
    BONUS_EACH,
    BONUS_MOST,
    BUILDING,
    EXPOSURE_TAKES,
    OPERATION,
    WORTH,
    Exposure,
    Grade,
    Item,
)
from supervision.readings import Readings

_NONE = Decimal(0)


@dataclass(frozen=True, slots=True)
class Charge:
    """A record that takes from an item; `problem` is the identity under which it counts once in that item."""

    record: str
    item: Item
    problem: str
    state: PointState = PointState.PROPOSED


@dataclass(frozen=True, slots=True)
class Publicity:
    """A verified exposure of a problem."""

    record: str
    by: Exposure
    problem: str
    state: PointState = PointState.PROPOSED


@dataclass(frozen=True, slots=True)
class Bonus:
    """A grave problem found and dealt with by the unit itself; counts once the prefecture approved it."""

    record: str
    problem: str
    approved: bool


@dataclass(frozen=True, slots=True)
class Failing:
    """A verified circumstance that fails the month."""

    record: str
    kind: DirectFail
    state: PointState = PointState.PROPOSED


@dataclass(frozen=True, slots=True)
class Records:
    """Everything one unit's month is scored from."""

    charges: Sequence[Charge] = ()
    exposures: Sequence[Publicity] = ()
    bonuses: Sequence[Bonus] = ()
    failings: Sequence[Failing] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """What one item keeps, and the records that took the rest; records that count nothing are not in it."""

    item: Item
    points: Decimal
    records: tuple[str, ...]
    overflow: Decimal = _NONE
    vetoed: bool = False
    """Zero by the veto of another item, or by its own."""


@dataclass(frozen=True, slots=True)
class Score:
    lines: tuple[Line, ...]
    building: Decimal
    operation: Decimal
    overflow: Decimal
    """Of item 7, taken from the total."""
    exposed: Decimal
    """What exposures took, after floors."""
    exposures: tuple[str, ...]
    """The records that took it: of one problem the gravest alone."""
    bonus: Decimal
    bonuses: tuple[str, ...]
    total: Decimal
    """0 to 110."""
    fails: tuple[DirectFail, ...]
    failings: tuple[str, ...]
    grade: Grade


def score(records: Records, readings: Readings) -> Score:
    """The score sheet; the same records give the same sheet in whatever order they come."""
    lines = {item: _line(item, records.charges) for item in Item}
    if any(lines[item].records for item in BUILDING) and readings.veto_zeroes == "block":
        lines |= {item: Line(item, _NONE, lines[item].records, vetoed=True) for item in BUILDING}
    building = sum((lines[item].points for item in BUILDING), _NONE)
    operation = sum((lines[item].points for item in OPERATION), _NONE)
    overflow = sum((line.overflow for line in lines.values()), _NONE)
    taken, exposures = _exposed(records.exposures)
    if readings.exposure_taken_from == "operation":
        exposed = min(taken, operation)
        operation -= exposed
        total = max(building + operation - overflow, _NONE)
    else:
        before = max(building + operation - overflow, _NONE)
        exposed = min(taken, before)
        total = before - exposed
    bonuses = {
        bonus.problem: bonus.record
        for bonus in sorted(records.bonuses, key=_record, reverse=True)
        if bonus.approved
    }
    bonus = min(BONUS_EACH * len(bonuses), BONUS_MOST)
    total += bonus
    fails, failings = _fails(records)
    return Score(
        lines=tuple(lines[item] for item in Item),
        building=building,
        operation=operation,
        overflow=overflow,
        exposed=exposed,
        exposures=exposures,
        bonus=bonus,
        bonuses=tuple(sorted(bonuses.values())),
        total=total,
        fails=fails,
        failings=failings,
        grade=Grade.UNQUALIFIED if fails else grade_of(total, readings),
    )


def grade_of(total: Decimal, readings: Readings) -> Grade:
    """The grade of a total: half-open bands."""
    if total >= readings.excellent_from:
        return Grade.EXCELLENT
    if total >= readings.good_from:
        return Grade.GOOD
    return Grade.QUALIFIED if total >= readings.pass_from else Grade.UNQUALIFIED


def _line(item: Item, charges: Sequence[Charge]) -> Line:
    worth = WORTH[item]
    first: dict[str, str] = {}
    for charge in sorted(charges, key=_record):
        if charge.item is item and charge.state is not PointState.WITHDRAWN:
            first.setdefault(charge.problem, charge.record)
    records = tuple(sorted(first.values()))
    taken = worth.points if worth.vetoes and records else worth.each * len(records)
    over = max(taken - worth.points, _NONE)
    return Line(
        item,
        max(worth.points - taken, _NONE),
        records,
        overflow=over if worth.overflows else _NONE,
        vetoed=worth.vetoes and bool(records),
    )


def _exposed(exposures: Sequence[Publicity]) -> tuple[Decimal, tuple[str, ...]]:
    """What exposures take before floors: of each problem the largest. A national one fails, and takes nothing."""
    gravest: dict[str, Publicity] = {}
    for exposure in sorted(exposures, key=_record):
        if exposure.state is PointState.WITHDRAWN:
            continue
        known = gravest.get(exposure.problem)
        if known is None or _gravity(exposure) > _gravity(known):
            gravest[exposure.problem] = exposure
    counted = [one for one in gravest.values() if one.by in EXPOSURE_TAKES]
    taken = sum((EXPOSURE_TAKES[one.by] for one in counted), _NONE)
    return taken, tuple(sorted(one.record for one in counted))


def _gravity(exposure: Publicity) -> Decimal:
    return EXPOSURE_TAKES.get(exposure.by, Decimal(1000))


def _fails(records: Records) -> tuple[tuple[DirectFail, ...], tuple[str, ...]]:
    found = {
        (failing.kind, failing.record)
        for failing in records.failings
        if failing.state is not PointState.WITHDRAWN
    }
    found |= {
        (DirectFail.NATIONAL_EXPOSURE, exposure.record)
        for exposure in records.exposures
        if exposure.by is Exposure.NATIONAL and exposure.state is not PointState.WITHDRAWN
    }
    kinds = tuple(kind for kind in DirectFail if any(kind is one for one, _ in found))
    return kinds, tuple(sorted(record for _, record in found))


def _record(one: Charge | Publicity | Bonus) -> str:
    return one.record
