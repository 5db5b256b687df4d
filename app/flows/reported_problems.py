"""A report of the public becomes a problem of the problem list in one step, and follows it from then on."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from app.context import Context
from app.flows import problems as flow
from app.flows import public_reports as reports
from models.enums import FindingKind, ProblemCategory
from models.errors import Invalid
from models.public_report import PublicReport
from supervision.problems import problems
from supervision.problems.problems import By, Draft, Finding
from supervision.public_reports import steps


async def take_over(
    session: AsyncSession, report_id: int, *, title: str, text: str, caller: Caller, context: Context
) -> str:
    """Opens a problem where the report says it is, with the report as its finding; gives the problem's number.

    By whoever enters problems at the prefecture and handles the report. The words are the officer's own: nothing of
    what the reporter wrote goes along but place and category. Raises NotFound, Forbidden, Invalid for a report that is
    in no county yet or linked already, and ForbiddenTransition for one that is closed.
    """
    seen = await reports.visible(session, report_id, caller)
    flow.permit_prefecture(caller, flow.PREPARE, context)
    reports.demand(context.pipeline, caller, reports.HANDLERS, seen.grid_id, act="taking a report over")
    row = await session.get_one(PublicReport, report_id, with_for_update=True, populate_existing=True)
    if row.grid_id is None:
        raise Invalid("a problem belongs to a county or park: refer the report first", field="unit")
    if row.problem_id is not None:
        raise Invalid("the report is linked to a problem already", field="problem")
    now = context.clock.now()
    finding = Finding(FindingKind.COMPLAINT, row.number, row.received_at)
    draft = Draft(
        row.grid_id, ProblemCategory(row.category), title, text, finding, row.place, row.lon, row.lat
    )
    opened, facts = await problems.open_(session, draft, by=By(caller.id, caller.name), now=now)
    moved = await steps.link(session, report_id, opened.row.number, by=caller.id, now=now)
    await context.pipeline.told(session, facts, now=now)
    await reports.told(context.pipeline, session, [moved], caller=caller, now=now)
    return opened.row.number
