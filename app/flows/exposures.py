"""Acts on typical cases, by those whose act each is, told in the journal without a name, a number or a text.

Duty officers and administrators of the prefecture prepare; a duty officer or chief of the prefecture signs for the
bureau, a chief for the leadership, whoever a chief has named for the publicity department (docs/exposure.md).
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import journal
from app.api.rights import demand_prefecture
from app.auth.scope import Caller
from app.context import Context
from app.views import exposure_batches, exposures
from models.enums import EventKind, ExposureBatchKind, ExposureMedium, ExposureState, ExposureStep, Role
from models.errors import Forbidden, NotFound
from models.facts import Told
from models.ids import GridId, PersonId
from supervision.exposure import batches, officers, register, texts
from supervision.exposure.chain import SIGNATURES, Dossier
from supervision.exposure.register import Acted, Facts, Party

PREPARERS = (Role.DUTY_OFFICER, Role.ADMINISTRATOR)
READERS = (*PREPARERS, Role.CHIEF, Role.VIEWER)
SIGNERS = {
    ExposureStep.BUREAU: (Role.DUTY_OFFICER, Role.CHIEF),
    ExposureStep.LEADER: (Role.CHIEF,),
}


def in_prefecture(caller: Caller, context: Context, *roles: Role) -> bool:
    """Whether the caller has one of the roles in the prefecture itself."""
    grids = (context.directory.grid(grid) for role, grid in caller.duties if role in roles)
    return any(grid is not None and grid.level == 1 for grid in grids)


def prepares(caller: Caller, context: Context) -> bool:
    """Whether the caller prepares cases, and so reads the parties' names."""
    return in_prefecture(caller, context, *PREPARERS)


async def may_sign(session: AsyncSession, step: ExposureStep, caller: Caller, context: Context) -> bool:
    """Whether a signature of the chain is one the caller may give at all."""
    if step is ExposureStep.PUBLICITY:
        return in_prefecture(caller, context, *READERS) and await officers.holds_office(session, caller.id)
    return in_prefecture(caller, context, *SIGNERS.get(step, ()))


async def may_publish(session: AsyncSession, caller: Caller, context: Context) -> bool:
    """The publicity department, or a chief of the prefecture."""
    return in_prefecture(caller, context, Role.CHIEF) or await may_sign(
        session, ExposureStep.PUBLICITY, caller, context
    )


async def register_case(
    session: AsyncSession, facts: Facts, parties: Sequence[Party], *, caller: Caller, context: Context
) -> int:
    """Enters a case; gives its id."""
    demand_prefecture(caller, context, *PREPARERS)
    now = context.clock.now()
    acted = await register.register(session, facts, parties, by=caller.id, now=now)
    return await _told(session, [acted], caller, context, now)


async def change_case(
    session: AsyncSession,
    case_id: int,
    facts: Facts,
    *,
    revision: int | None,
    caller: Caller,
    context: Context,
) -> None:
    """Corrects the facts of a case, and enters review and suit."""
    demand_prefecture(caller, context, *PREPARERS)
    now = context.clock.now()
    acted = await register.change(session, case_id, facts, revision=revision, by=caller.id, now=now)
    await _told(session, [acted], caller, context, now)


async def name_parties(
    session: AsyncSession,
    case_id: int,
    parties: Sequence[Party],
    *,
    revision: int | None,
    caller: Caller,
    context: Context,
) -> None:
    """Replaces the parties of a case."""
    demand_prefecture(caller, context, *PREPARERS)
    acted = await register.set_parties(session, case_id, parties, revision=revision)
    await _told(session, [acted], caller, context, context.clock.now())


async def write_text(
    session: AsyncSession,
    case_id: int,
    *,
    title: str,
    body: str,
    revision: int | None,
    caller: Caller,
    context: Context,
) -> None:
    """A new version of a case's text."""
    demand_prefecture(caller, context, *PREPARERS)
    now = context.clock.now()
    acted = await texts.write(
        session, case_id, title=title, body=body, revision=revision, by=caller.id, now=now
    )
    await _told(session, [acted], caller, context, now)


async def submit_text(
    session: AsyncSession, case_id: int, *, revision: int | None, caller: Caller, context: Context
) -> None:
    """Hands the newest version to the bureau."""
    demand_prefecture(caller, context, *PREPARERS)
    now = context.clock.now()
    acted = await texts.submit(session, case_id, revision=revision, by=caller.id, name=caller.name, now=now)
    await _told(session, [acted], caller, context, now)


async def sign_text(
    session: AsyncSession,
    case_id: int,
    step: ExposureStep,
    *,
    dossier: Dossier | None,
    revision: int | None,
    caller: Caller,
    context: Context,
) -> None:
    """Signs the text for one of the three."""
    if step not in SIGNATURES or not await may_sign(session, step, caller, context):
        raise Forbidden(f"signing for {step.value} is not yours")
    now = context.clock.now()
    acted = await texts.sign(
        session, case_id, step, dossier=dossier, revision=revision, by=caller.id, name=caller.name, now=now
    )
    await _told(session, [acted], caller, context, now)


async def mark_text(
    session: AsyncSession,
    case_id: int,
    step: ExposureStep,
    *,
    name: str | None,
    revision: int | None,
    caller: Caller,
    context: Context,
) -> None:
    """Signs one of the three reviews or proofreadings; another's only the publicity department may enter."""
    demand_prefecture(caller, context, *READERS)
    whose = caller.name if name is None else name
    publicity = await may_sign(session, ExposureStep.PUBLICITY, caller, context)
    if not publicity and (whose != caller.name or not in_prefecture(caller, context, *PREPARERS, Role.CHIEF)):
        raise Forbidden("for somebody else only the publicity department signs")
    now = context.clock.now()
    acted = await texts.mark(session, case_id, step, revision=revision, by=caller.id, name=whose, now=now)
    await _told(session, [acted], caller, context, now)


async def return_text(
    session: AsyncSession,
    case_id: int,
    reason: str,
    *,
    revision: int | None,
    caller: Caller,
    context: Context,
) -> None:
    """Returns a text: by whoever signs its next step, by a chief or the publicity department once it is approved, or by
    those who prepare it."""
    demand_prefecture(caller, context, *READERS)
    state = await texts.state_of(session, case_id)
    allowed = prepares(caller, context) or await may_publish(session, caller, context)
    if state in (ExposureState.BUREAU, ExposureState.LEADER, ExposureState.PUBLICITY):
        step = ExposureStep(state.value)
        allowed = prepares(caller, context) or await may_sign(session, step, caller, context)
    if not allowed:
        raise Forbidden("returning this text is not yours")
    now = context.clock.now()
    acted = await texts.give_back(
        session, case_id, reason, revision=revision, by=caller.id, name=caller.name, now=now
    )
    await _told(session, [acted], caller, context, now)


async def withdraw_case(
    session: AsyncSession,
    case_id: int,
    reason: str,
    *,
    revision: int | None,
    caller: Caller,
    context: Context,
) -> None:
    """Withdraws a case: by those who prepare it, once it is published by a chief of the prefecture alone."""
    demand_prefecture(caller, context, *PREPARERS, Role.CHIEF)
    if await texts.state_of(session, case_id) is ExposureState.PUBLISHED:
        demand_prefecture(caller, context, Role.CHIEF)
    now = context.clock.now()
    acted = await register.withdraw(session, case_id, reason, revision=revision, by=caller.id, now=now)
    await _told(session, [acted], caller, context, now)


async def create_batch(
    session: AsyncSession,
    kind: ExposureBatchKind,
    *,
    quarter: str | None,
    title: str,
    caller: Caller,
    context: Context,
) -> int:
    """An empty batch; gives its id."""
    demand_prefecture(caller, context, *PREPARERS)
    now = context.clock.now()
    acted, batch_id = await batches.create(session, kind, quarter=quarter, title=title, by=caller.id, now=now)
    await _told(session, [acted], caller, context, now)
    return batch_id


async def fill_batch(
    session: AsyncSession, batch_id: int, case_id: int, *, put: bool, caller: Caller, context: Context
) -> None:
    """Puts a case into a batch, or takes it out."""
    demand_prefecture(caller, context, *PREPARERS)
    work = batches.put_in if put else batches.take_out
    acted = await work(session, batch_id, case_id)
    await _told(session, [acted], caller, context, context.clock.now())


async def publish_batch(
    session: AsyncSession, batch_id: int, day: date, *, caller: Caller, context: Context
) -> None:
    """Makes a batch public: by the publicity department or a chief of the prefecture, a named person."""
    demand_prefecture(caller, context, *READERS)
    if not await may_publish(session, caller, context):
        raise Forbidden("publishing takes the publicity department or a chief of the prefecture")
    now = context.clock.now()
    acted = await batches.publish(session, batch_id, day, by=caller.id, name=caller.name, now=now)
    await _told(session, acted, caller, context, now)


async def take_paper(
    session: AsyncSession, batch_id: int, ending: str, *, caller: Caller, context: Context
) -> tuple[dict[str, Any], datetime]:
    """What the paper of a batch says: the frozen copy once it is out, else what it would say today; who took it is on
    the record. Gives with it the instant that the paper bears."""
    demand_prefecture(caller, context, *READERS)
    now = context.clock.now()
    snapshot, at = await exposure_batches.batch_snapshot(session, batch_id), now
    if snapshot is None:
        snapshot = await batches.preview(session, batch_id)
    else:
        at = await exposure_batches.published_at(session, batch_id)
    data = {
        "paper": "exposure",
        "format": ending,
        "actor": caller.name,
        "about": f"cases-{batch_id}",
        "grid": None,
    }
    entry = journal.Entry(EventKind.PAPER_TAKEN, now, actor_id=caller.id, data=data)
    await journal.append(session, [entry], now=now)
    return snapshot, at


async def take_register(
    session: AsyncSession, state: ExposureState | None, *, most: int, caller: Caller, context: Context
) -> tuple[list[dict[str, Any]], bool]:
    """The newest cases of the register, and whether there are more than `most`; who took it is on the record."""
    demand_prefecture(caller, context, *READERS)
    now = context.clock.now()
    found = await exposures.list_cases(session, state=state, limit=most)
    data = {
        "paper": "exposures", "format": "xlsx", "rows": len(found["items"]), "actor": caller.name,
        "about": "typical-cases", "grid": None,
    }  # fmt: skip
    entry = journal.Entry(EventKind.PAPER_TAKEN, now, actor_id=caller.id, data=data)
    await journal.append(session, [entry], now=now)
    return found["items"], found["next_cursor"] is not None


async def enter_appearance(
    session: AsyncSession,
    batch_id: int,
    medium: ExposureMedium,
    *,
    day: date,
    address: str,
    caller: Caller,
    context: Context,
) -> None:
    """Where a batch appeared: by those who prepare, or the publicity department."""
    demand_prefecture(caller, context, *READERS)
    if not prepares(caller, context) and not await may_sign(session, ExposureStep.PUBLICITY, caller, context):
        raise Forbidden("entering where a batch appeared is not yours")
    now = context.clock.now()
    acted = await batches.appeared(session, batch_id, medium, day=day, address=address, by=caller.id, now=now)
    await _told(session, [acted], caller, context, now)


async def appoint_officer(
    session: AsyncSession, username: str, document: str, *, caller: Caller, context: Context
) -> int:
    """Names who signs for the publicity department; gives the appointment's id."""
    demand_prefecture(caller, context, Role.CHIEF)
    now = context.clock.now()
    acted, officer_id = await officers.appoint(session, username, document, by=caller.id, now=now)
    await _told(session, [acted], caller, context, now)
    return officer_id


async def dismiss_officer(
    session: AsyncSession, officer_id: int, reason: str, *, caller: Caller, context: Context
) -> None:
    """Ends an appointment."""
    demand_prefecture(caller, context, Role.CHIEF)
    now = context.clock.now()
    acted = await officers.dismiss(session, officer_id, reason, by=caller.id, now=now)
    await _told(session, [acted], caller, context, now)


async def _told(
    session: AsyncSession, acts: Sequence[Acted], caller: Caller, context: Context, now: datetime
) -> int:
    """Tells the acts, each to the prefecture or to the grid that hears of it; gives the first one's case."""
    prefecture = next((grid for grid in context.directory.grids if grid.level == 1), None)
    if prefecture is None:
        raise NotFound("no prefecture is registered")
    facts = []
    for act in acts:
        grid = prefecture if act.grid_id is None else context.directory.grid(act.grid_id) or prefecture
        kind: EventKind = act.kind
        about = {} if act.case_id is None else {"case": act.case_id}
        facts.append(
            Told(kind, GridId(grid.id), grid.code, now, PersonId(caller.id), caller.name, about | act.detail)
        )
    await context.pipeline.told(session, facts, now=now)
    return acts[0].case_id or 0
