"""A month's score sheets from its frozen inputs: the same bytes from the same inputs, years later too. Pure.

Inputs and result are plain JSON; `supervision.air.close.canonical` writes them.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from models.enums import DirectFail, PointItem, PointState
from supervision.assessment.claims import EXPOSURES
from supervision.assessment.items import EXPOSURE_TAKES, WORTH, Grade, Item
from supervision.assessment.score import Bonus, Charge, Failing, Line, Publicity, Records, Score, score
from supervision.readings import Readings

_WIDTH = 12
"""Of a point's id in the name of its record, so that texts sort as numbers do."""


def sheet(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a month; raises Invalid for readings that are none, ValueError for items that are none."""
    readings = Readings.parse(inputs["readings"]["body"])
    units = sorted(inputs["units"], key=lambda unit: str(unit["code"]))
    return {
        "month": inputs["month"],
        "readings": inputs["readings"]["version"],
        "units": [
            {"code": unit["code"]} | told(score(records_of(unit["points"]), readings)) for unit in units
        ],
    }


def records_of(points: Iterable[Mapping[str, Any]]) -> Records:
    """What a unit's points are to the rules: each with the identity under which it counts once."""
    charges: list[Charge] = []
    exposures: list[Publicity] = []
    bonuses: list[Bonus] = []
    failings: list[Failing] = []
    for point in points:
        item, state = PointItem(point["item"]), PointState(point["state"])
        name, identity = f"{point['id']:0{_WIDTH}}", identity_of(point)
        if item in EXPOSURES:
            exposures.append(Publicity(name, EXPOSURES[item], identity, state))
        elif item is PointItem.BONUS:
            bonuses.append(Bonus(name, identity, approved=state is PointState.UPHELD))
        elif item is PointItem.FAIL:
            failings.append(Failing(name, DirectFail(point["ground"]), state))
        else:
            charges += [
                Charge(f"{name}.{n:03}", Item(item.value), identity if n == 0 else f"{identity}#{n}", state)
                for n in range(point["count"])
            ]
    return Records(charges, exposures, bonuses, failings)


def identity_of(point: Mapping[str, Any]) -> str:
    """What a point is about: its problem, else the record itself."""
    if point["problem"] is not None:
        return f"problem:{point['problem']}"
    return f"{point['record']['kind']}:{point['record']['ref']}"


def told(found: Score) -> dict[str, Any]:
    """A score as plain values; points by id."""
    return {
        "total": plain(found.total),
        "grade": found.grade.value,
        "failed": found.grade is Grade.UNQUALIFIED,
        "building": plain(found.building),
        "operation": plain(found.operation),
        "overflow": plain(found.overflow),
        "exposed": plain(found.exposed),
        "bonus": plain(found.bonus),
        "fails": [kind.value for kind in found.fails],
        "items": [_item(line) for line in found.lines],
        "exposures": _ids(found.exposures),
        "bonuses": _ids(found.bonuses),
        "failings": _ids(found.failings),
    }


def counted_in(unit: Mapping[str, Any]) -> frozenset[int]:
    """The points that made a difference to a unit's sheet."""
    lists = [unit["exposures"], unit["bonuses"], unit["failings"], *(one["points"] for one in unit["items"])]
    return frozenset(id_ for ids in lists for id_ in ids)


def takes_of(item: PointItem, count: int) -> Decimal | None:
    """What a point takes by itself, before floors and doubles; None for what fails or adds."""
    if item in EXPOSURES:
        return EXPOSURE_TAKES.get(EXPOSURES[item])
    if item in (PointItem.BONUS, PointItem.FAIL):
        return None
    return WORTH[Item(item.value)].each * count


def plain(value: Decimal) -> str:
    """A figure without trailing zeros and without an exponent."""
    return format(value.normalize() if value else Decimal(0), "f")


def _item(line: Line) -> dict[str, Any]:
    return {
        "item": line.item.value,
        "worth": plain(WORTH[line.item].points),
        "kept": plain(line.points),
        "overflow": plain(line.overflow),
        "vetoed": line.vetoed,
        "counted": len(line.records),
        "points": _ids(line.records),
    }


def _ids(records: Sequence[str]) -> list[int]:
    return sorted({int(record.partition(".")[0]) for record in records})
