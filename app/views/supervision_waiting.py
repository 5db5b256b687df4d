"""What waits for a reader behind each entry of supervision, counted in one statement."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.paper_rights import WRITERS
from app.auth.permissions import ACT_PREPARERS, ACT_SIGNERS, CORRECTORS, OBJECTORS
from app.auth.scope import Caller
from app.registry.directory import Directory
from app.views.acts import UNANSWERED
from models.act import LadderProposal, SupervisoryAct
from models.assessment import AssessmentPoint
from models.enums import (
    ActReport,
    ActState,
    PaperState,
    PointItem,
    PointState,
    ProblemState,
    ProposalState,
    PublicReportState,
    Role,
)
from models.issued import IssuedPaper
from models.problem import Problem
from models.public_report import PublicReport

_CHECKERS = (Role.DUTY_OFFICER,)
_ANSWERERS = (Role.SUPERVISOR, Role.CHIEF, Role.DUTY_OFFICER)
_DECIDERS = (Role.DUTY_OFFICER, Role.CHIEF)
_OWED = [one.value for one in ActReport if one.owed]
_IN_FORCE = [ActState.SIGNED.value, ActState.HELD.value]
_OPEN = [state.value for state in PublicReportState if state.open]


async def waiting(
    session: AsyncSession, caller: Caller, directory: Directory, *, now: datetime
) -> Mapping[str, int]:
    """By path of the entry: how many things the caller, and whoever has the same duties, has to do; none is left out.

    A county has to correct, object and answer; the prefecture checks, decides, issues and signs. Nobody is told of what
    another person has to decide because they claimed or entered it themselves.
    """

    def at_prefecture(*roles: Role) -> bool:
        levels = (directory.grid(grid) for role, grid in caller.duties if role in roles)
        return any(grid is not None and grid.level == 1 for grid in levels)

    def mine(
        column: SQLColumnExpression[int] | SQLColumnExpression[int | None], *roles: Role
    ) -> ColumnElement[bool]:
        return column.in_(sorted({int(grid) for role, grid in caller.duties if role in roles}))

    point, report, act = AssessmentPoint, PublicReport, SupervisoryAct
    held = act.state == ActState.HELD.value
    bonus = point.item == PointItem.BONUS.value
    proposed = point.state == PointState.PROPOSED.value
    others = and_(
        point.proposed_by.is_distinct_from(caller.id), point.objected_by.is_distinct_from(caller.id)
    )
    asked: dict[str, Select[int]] = {
        "/supervision/problems": _count(
            Problem,
            and_(Problem.state == ProblemState.PUSHED.value, mine(Problem.grid_id, *OBJECTORS)),
            Problem.state == ProblemState.CORRECTED.value if at_prefecture(*_CHECKERS) else false(),
        ),
        "/supervision/public-reports": _count(
            report,
            and_(report.state.in_(_OPEN), mine(report.grid_id, *_ANSWERERS)),
            and_(report.state.in_(_OPEN), report.grid_id.is_(None))
            if at_prefecture(*_ANSWERERS)
            else false(),
        ),
        "/supervision/acts": _count(
            act,
            and_(act.state == ActState.PROPOSED.value, act.proposed_by.is_distinct_from(caller.id))
            if at_prefecture(*ACT_SIGNERS)
            else false(),
            and_(held, act.report.in_(_OWED), mine(act.grid_id, *CORRECTORS)),
            and_(held, act.report == ActReport.GIVEN.value) if at_prefecture(*ACT_PREPARERS) else false(),
            and_(act.state.in_(_IN_FORCE), UNANSWERED) if at_prefecture(*ACT_SIGNERS) else false(),
        ),
        "/supervision/assessment": _count(
            point,
            and_(proposed, ~bonus, point.object_until > now, mine(point.grid_id, *OBJECTORS)),
            and_(or_(point.state == PointState.OBJECTED.value, and_(bonus, proposed)), others)
            if at_prefecture(*_DECIDERS)
            else false(),
        ),
    }
    if at_prefecture(*WRITERS):
        asked["/supervision/papers"] = _count(IssuedPaper, IssuedPaper.state == PaperState.DRAFT.value)
    if at_prefecture(*ACT_SIGNERS):
        asked["/supervision/ladders"] = _count(
            LadderProposal,
            and_(LadderProposal.state == ProposalState.OPEN.value, LadderProposal.overtaken_at.is_(None)),
        )
    row = (await session.execute(select(*(one.scalar_subquery() for one in asked.values())))).one()
    return {path: number for path, number in zip(asked, row, strict=True) if number}


def _count(of: type, *where: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).select_from(of).where(or_(*where))
