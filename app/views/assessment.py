"""The assessment as it is shown: scores as they stand, what was signed of them, every point with its record."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.scope import Scope
from app.registry.directory import Directory, GridInfo
from app.views.paging import instant
from models.assessment import AssessmentMonth, AssessmentPoint
from models.enums import PointItem, PointRecord, PointState
from models.errors import NotFound
from models.order import WorkOrder
from models.problem import Problem
from models.registry import Grid, Person
from models.up_report import UpReport
from supervision.assessment import months
from supervision.assessment.claims import waits
from supervision.assessment.gathering import begun
from supervision.assessment.points import life_of
from supervision.assessment.sheet import counted_in, plain, sheet, takes_of

_By = {name: aliased(Person) for name in ("proposed", "objected", "upheld", "withdrawn")}

_TABLES: Mapping[str, type[WorkOrder] | type[UpReport] | type[Problem]] = {
    PointRecord.ORDER.value: WorkOrder,
    PointRecord.UP_REPORT.value: UpReport,
    PointRecord.PROBLEM.value: Problem,
}


def units_in(scope: Scope, directory: Directory) -> list[GridInfo]:
    """The counties and parks of the scope."""
    return [grid for grid in directory.grids if grid.level == 2 and scope.sees(grid.id)]


async def month_document(
    session: AsyncSession, month: date, *, scope: Scope, directory: Directory, now: datetime
) -> dict[str, Any]:
    """The scores of the units in the scope as they stand, and as they were signed.

    What waits for a signature is shown to those who see the whole prefecture. Raises Invalid for a month to come.
    """
    begun(month, now)
    units = units_in(scope, directory)
    codes = {grid.code for grid in units}
    inputs = await months.inputs_of(session, month, units=[(grid.code, int(grid.id)) for grid in units])
    scores = {unit["code"]: unit for unit in sheet(inputs)["units"]}
    rows = await _rows(session, month, [int(grid.id) for grid in units])
    waiting: dict[int, int] = {}
    objected: dict[int, int] = {}
    for row in rows:
        waiting[row.grid_id] = waiting.get(row.grid_id, 0) + waits(life_of(row), now=now)
        objected[row.grid_id] = objected.get(row.grid_id, 0) + (row.state == "objected")
    signed = await months.in_force(session, month)
    frozen = await months.waiting(session, month) if scope.grid_ids is None else None
    return {
        "month": f"{month:%Y-%m}",
        "over": months.over(month, now),
        "readings": inputs["readings"]["version"],
        "units": [
            scores[grid.code]
            | {
                "name": grid.name,
                "claimed": sum(
                    row.grid_id == grid.id and row.state != PointState.WITHDRAWN.value for row in rows
                ),
                "objected": objected.get(int(grid.id), 0),
                "waiting": waiting.get(int(grid.id), 0),
            }
            for grid in units
        ],
        "signed": None if signed is None else await _version(session, signed, codes),
        "frozen": None if frozen is None else await _version(session, frozen, codes),
    }


async def version_document(
    session: AsyncSession, month: date, number: int, *, scope: Scope, directory: Directory
) -> dict[str, Any]:
    """One version with its frozen inputs, from which anybody can compute the result again; raises NotFound."""
    row = await months.version(session, month, number)
    if scope.grid_ids is not None:
        raise NotFound(f"the month has no version {number}")
    codes = {grid.code for grid in units_in(scope, directory)}
    return await _version(session, row, codes) | {"inputs": months.inputs_in(row), "result": row.result}


async def unit_document(
    session: AsyncSession, month: date, grid: GridInfo, *, now: datetime
) -> dict[str, Any]:
    """A unit's month down to every point, its score as it stands and as it was signed; Invalid for one to come."""
    begun(month, now)
    inputs = await months.inputs_of(session, month, units=[(grid.code, int(grid.id))])
    (score,) = sheet(inputs)["units"]
    signed = await months.in_force(session, month)
    told = None
    if signed is not None:
        told = next((unit for unit in signed.result["units"] if unit["code"] == grid.code), None)
    return {
        "month": f"{month:%Y-%m}",
        "grid": grid.code,
        "name": grid.name,
        "over": months.over(month, now),
        "score": score,
        "signed": told,
        "signed_version": None if signed is None else signed.version,
        "points": await _points(
            session, AssessmentPoint.month == month, AssessmentPoint.grid_id == grid.id,
            counted=counted_in(score), now=now,
        ),
    }  # fmt: skip


async def point_document(
    session: AsyncSession, point_id: int, *, scope: Scope, now: datetime
) -> dict[str, Any]:
    """One point; raises NotFound outside the scope."""
    row = await session.get(AssessmentPoint, point_id)
    if row is None or not scope.sees(row.grid_id):
        raise NotFound(f"no point {point_id}")
    code = await session.scalar(select(Grid.code).where(Grid.id == row.grid_id))
    inputs = await months.inputs_of(session, row.month, units=[(str(code), row.grid_id)])
    (score,) = sheet(inputs)["units"]
    (found,) = await _points(session, AssessmentPoint.id == point_id, counted=counted_in(score), now=now)
    return found


async def year_document(
    session: AsyncSession, number: int, *, scope: Scope, directory: Directory
) -> dict[str, Any]:
    """The standing of the units in the scope after the signed months of a year."""
    units = units_in(scope, directory)
    names = {grid.code: grid.name for grid in units}
    found = await months.year(session, number, units=[(grid.code, int(grid.id)) for grid in units])
    return {
        "year": number,
        "units": [
            {
                "code": one.unit,
                "name": names[one.unit],
                "mean": None if one.mean is None else str(one.mean),
                "grade": None if one.grade is None else one.grade.value,
                "months": [
                    None if month is None else {"total": plain(month.total), "grade": month.grade.value}
                    for month in one.months
                ],
                "failed_months": list(one.failed_months),
                "failed": one.failed,
            }
            for one in found
        ],
    }


async def _rows(session: AsyncSession, month: date, grid_ids: Sequence[int]) -> Sequence[AssessmentPoint]:
    statement = select(AssessmentPoint).where(
        AssessmentPoint.month == month, AssessmentPoint.grid_id.in_(grid_ids)
    )
    return (await session.scalars(statement)).all()


async def _points(
    session: AsyncSession, *conditions: Any, counted: frozenset[int], now: datetime
) -> list[dict[str, Any]]:
    row = AssessmentPoint
    statement = (
        select(row, Grid.code, Problem.number)
        .add_columns(*(person.name.label(f"{name}_name") for name, person in _By.items()))
        .join(Grid, Grid.id == row.grid_id)
        .outerjoin(Problem, Problem.id == row.problem_id)
        .outerjoin(_By["proposed"], _By["proposed"].id == row.proposed_by)
        .outerjoin(_By["objected"], _By["objected"].id == row.objected_by)
        .outerjoin(_By["upheld"], _By["upheld"].id == row.upheld_by)
        .outerjoin(_By["withdrawn"], _By["withdrawn"].id == row.withdrawn_by)
        .where(*conditions)
        .order_by(row.id)
    )
    found = (await session.execute(statement)).all()
    ids = await _records(session, [one[0] for one in found])
    return [
        _point(
            one[0], one.code, one.number, one, ids.get((one[0].record_kind, one[0].record_ref)),
            counted=one[0].id in counted, now=now,
        )
        for one in found
    ]  # fmt: skip


async def _records(session: AsyncSession, rows: Sequence[AssessmentPoint]) -> dict[tuple[str, str], int]:
    """The ids of the records that have a page, by kind and number."""
    found: dict[tuple[str, str], int] = {}
    for kind, table in _TABLES.items():
        numbers = [row.record_ref for row in rows if row.record_kind == kind]
        if numbers:
            query = select(table.number, table.id).where(table.number.in_(numbers))
            found |= {(kind, number): id_ for number, id_ in (await session.execute(query)).tuples()}
    return found


def _point(
    row: AssessmentPoint,
    grid: str,
    problem: str | None,
    named: Any,
    record: int | None,
    *,
    counted: bool,
    now: datetime,
) -> dict[str, Any]:
    takes = takes_of(PointItem(row.item), row.count)

    def said(name: str) -> dict[str, Any] | None:
        at = getattr(row, f"{name}_at")
        if at is None:
            return None
        return {"by": getattr(named, f"{name}_name"), "at": instant(at), "why": getattr(row, f"{name}_why")}

    return {
        "id": row.id,
        "grid": grid,
        "month": f"{row.month:%Y-%m}",
        "item": row.item,
        "ground": row.ground,
        "article": row.article,
        "count": row.count,
        "takes": None if takes is None else plain(takes),
        "text": row.text,
        "record": {"kind": row.record_kind, "ref": row.record_ref, "id": record},
        "problem": problem,
        "evidence": row.evidence,
        "state": row.state,
        "counted": counted,
        "proposed_by": named.proposed_name,
        "proposed_at": instant(row.proposed_at),
        "object_until": instant(row.object_until),
        "open_to_objection": row.state == "proposed" and row.item != "bonus" and now < row.object_until,
        "objected": said("objected"),
        "upheld": said("upheld"),
        "withdrawn": said("withdrawn"),
    }


async def _version(session: AsyncSession, row: AssessmentMonth, codes: set[str]) -> dict[str, Any]:
    ids = [id_ for id_ in (row.frozen_by, row.signed_by) if id_ is not None]
    names = {
        one.id: one.name
        for one in await session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    }
    return {
        "version": row.version,
        "state": row.state,
        "sha256": row.inputs_digest.hex(),
        "why": row.why,
        "frozen_by": names[row.frozen_by],
        "frozen_at": instant(row.frozen_at),
        "signed_by": None if row.signed_by is None else names[row.signed_by],
        "signed_at": instant(row.signed_at),
        "units": [unit for unit in row.result["units"] if unit["code"] in codes],
    }
