"""From the facts to the drafts of papers: by the service each morning, by a person at any time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from app.auth.scope import Caller
from app.consultation import documents
from app.consultation.reading import facts_of
from app.context import Context
from app.flows.problems import permit_prefecture
from app.papers.official import to_json
from models.enums import EventKind, PaperKind, Role
from models.errors import Invalid
from models.facts import Told
from models.ids import GridId, PersonId
from supervision.consultation import air
from supervision.consultation.standing import week_before
from supervision.papers.papers import About

PREPARE = (Role.DUTY_OFFICER, Role.ADMINISTRATOR)
"""Of the prefecture: who has drafts made; whoever may issue them is said at the desk of papers."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A paper to be drafted. Without days a brief is of yesterday, all others of the last week that is over."""

    kind: PaperKind
    first: date | None = None
    last: date | None = None
    grid_id: int | None = None
    """Of a notice: one unit; every unit without."""
    over: bool = False
    """Whether a draft that a person edited is written over."""


async def write_due(session: AsyncSession, context: Context) -> int | None:
    """The brief of this morning where it is due, as the service's own draft; gives its id."""
    now = context.clock.now()
    today = await air.is_due(session, now)
    if today is None:
        return None
    found = await _write(session, Wanted(PaperKind.BRIEF), context, by=None, now=now)
    return found[0]


async def write(session: AsyncSession, wanted: Wanted, *, caller: Caller, context: Context) -> list[int]:
    """Drafts what is wanted; gives the ids of the papers, for notices one of each unit.

    Raises Forbidden, Invalid for days that are not over, VersionConflict where a person edited the draft.
    """
    permit_prefecture(caller, PREPARE, context)
    return await _write(session, wanted, context, by=caller, now=context.clock.now())


async def _write(
    session: AsyncSession, wanted: Wanted, context: Context, *, by: Caller | None, now: datetime
) -> list[int]:
    today = now.astimezone(BEIJING).date()
    first, last = _days(wanted, today)
    facts = await facts_of(session, context.directory, first, last, now=now)
    made: list[tuple[About, bytes]] = []
    match wanted.kind:
        case PaperKind.BRIEF:
            made = [(About(wanted.kind, today, today), to_json(documents.brief(facts, today)))]
        case PaperKind.DISPATCH:
            made = [(About(wanted.kind, first, last), to_json(documents.dispatch(facts, today)))]
        case PaperKind.SPECIAL_REPORT:
            made = [(About(wanted.kind, first, last), to_json(documents.special_report(facts, today)))]
        case PaperKind.NOTICE:
            units = [unit.grid_id for unit in facts.units if wanted.grid_id in (None, unit.grid_id)]
            if not units:
                raise Invalid("a notice goes to a county or park", field="grid")
            made = [
                (
                    About(wanted.kind, first, last, grid_id=unit),
                    to_json(documents.notice(facts.only(unit), today)),
                )
                for unit in units
            ]
        case _:
            raise Invalid("this is no paper of the consultation", field="kind")
    papers: list[int] = []
    told: list[Told] = []
    for about, snapshot in made:
        row = await air.write(
            session, about, snapshot, by=None if by is None else by.id, over=wanted.over, now=now
        )
        papers.append(row.id)
        told.append(_told(context, about, row.id, row.digest, by, now))
    await context.pipeline.told(session, told, now=now)
    return papers


def _days(wanted: Wanted, today: date) -> tuple[date, date]:
    if wanted.kind is PaperKind.BRIEF:
        # A brief is this morning's: of the day before.
        yesterday = today - timedelta(days=1)
        return yesterday, yesterday
    first, last = week_before(today)
    if wanted.first is None and wanted.last is None:
        return first, last
    if wanted.first is None or wanted.last is None:
        raise Invalid("the first and the last day are wanted", field="day")
    return wanted.first, wanted.last


def _told(
    context: Context, about: About, paper: int, digest: bytes, by: Caller | None, now: datetime
) -> Told:
    """The prefecture's event, also of a notice: its unit hears of it once it is issued."""
    prefecture = context.directory.grid(context.directory.prefecture or 0)
    unit = None if about.grid_id is None else context.directory.grid(about.grid_id)
    return Told(
        EventKind.CONSULTATION_DRAFTED,
        None if prefecture is None else GridId(prefecture.id),
        None if prefecture is None else prefecture.code,
        now,
        None if by is None else PersonId(by.id),
        None if by is None else by.name,
        {
            "paper": paper,
            "kind": about.kind.value,
            "about": None if unit is None else unit.code,
            "from": about.period_from.isoformat(),
            "until": about.period_to.isoformat(),
            "sha256": digest.hex(),
        },
    )
