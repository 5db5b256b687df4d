"""Steps of acts, each told on journal and feed: to the prefecture until an act is signed, to its unit from then on."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from app.papers.act import document_of
from app.papers.official import to_json
from app.pipeline import Pipeline
from models.act import SupervisoryAct
from models.clock import Clock
from models.enums import ActBy, ActGround, ActKind, EventKind
from models.errors import ForbiddenTransition, NotFound
from models.facts import Told
from models.ids import GridId, PersonId
from supervision.acts import corrections, register
from supervision.acts.register import Signed


def prefecture(pipeline: Pipeline) -> tuple[GridId | None, str | None]:
    """Id and code of the prefecture: its own people alone hear what belongs to it."""
    grid = pipeline.directory.prefecture
    info = None if grid is None else pipeline.directory.grid(grid)
    return grid, None if info is None else info.code


async def propose(
    pipeline: Pipeline,
    session: AsyncSession,
    *,
    grid: str,
    kind: ActKind,
    doer: ActBy,
    in_public: bool,
    ground: ActGround,
    facts: str,
    document: str | None,
    period: tuple[date, date],
    caller: Caller,
    clock: Clock,
) -> int:
    """An act entered by hand; gives its id."""
    now = clock.now()
    row = await register.propose(
        session, grid=grid, kind=kind, doer=doer, in_public=in_public, ground=ground, facts=facts, document=document,
        period=period, by=caller.id, now=now,
    )  # fmt: skip
    said = {"act": row.id, "unit": grid, "kind": row.kind, "ground": row.ground}
    await _to_prefecture(pipeline, session, EventKind.ACT_PROPOSED, said, caller, now)
    return row.id


async def sign(
    pipeline: Pipeline, session: AsyncSession, act: int, *, note: str | None, caller: Caller, clock: Clock
) -> None:
    now = clock.now()
    signed = await register.sign(session, act, note=note, by=caller.id, now=now)
    await tell_signed(pipeline, session, signed, caller, now)


async def decline(
    pipeline: Pipeline, session: AsyncSession, act: int, *, why: str, caller: Caller, clock: Clock
) -> None:
    now = clock.now()
    row = await register.decline(session, act, why=why, by=caller.id, now=now)
    said = {"act": row.id, "unit": _code(pipeline, row.grid_id), "kind": row.kind, "why": why}
    await _to_prefecture(pipeline, session, EventKind.ACT_DECLINED, said, caller, now)


async def draft(
    pipeline: Pipeline, session: AsyncSession, act: dict[str, Any], *, caller: Caller, clock: Clock
) -> None:
    """The document of a signed act, made of its facts; `act` is as it is shown. Raises ForbiddenTransition."""
    if act["number"] is None:
        raise ForbiddenTransition("nobody has signed it", state=act["state"], act="draft")
    now = clock.now()
    grid = pipeline.directory.prefecture
    office = None if grid is None else pipeline.directory.grid(grid)
    document = document_of(act, prefecture="" if office is None else office.name)
    row = await register.draft(session, act["id"], to_json(document), by=caller.id, now=now)
    said = {"act": row.id, "number": row.number, "unit": act["grid"], "kind": row.kind}
    await _to_prefecture(pipeline, session, EventKind.ACT_DRAFTED, said, caller, now)


async def issue(
    pipeline: Pipeline, session: AsyncSession, act: int, *, seen: bytes, caller: Caller, clock: Clock
) -> None:
    """Issues the document of an act."""
    now = clock.now()
    issued = await register.issue(session, act, seen=seen, by=caller.id, now=now)
    said = {"paper": issued.number, "sha256": issued.digest.hex()}
    await _to_unit(pipeline, session, EventKind.ACT_ISSUED, act, said, caller, now)


async def hold(
    pipeline: Pipeline,
    session: AsyncSession,
    act: int,
    *,
    held_on: date,
    attended: str | None,
    minutes: str | None,
    follow_up_due: date,
    report_due: date | None,
    caller: Caller,
    clock: Clock,
) -> None:
    now = clock.now()
    await register.hold(
        session, act, held_on=held_on, attended=attended, minutes=minutes, follow_up_due=follow_up_due,
        report_due=report_due, by=caller.id, now=now,
    )  # fmt: skip
    said = {
        "held_on": held_on.isoformat(), "follow_up_due": follow_up_due.isoformat(),
        "report_due": None if report_due is None else report_due.isoformat(),
    }  # fmt: skip
    await _to_unit(pipeline, session, EventKind.ACT_HELD, act, said, caller, now)


async def object_to(
    pipeline: Pipeline, session: AsyncSession, act: int, *, text: str, caller: Caller, clock: Clock
) -> None:
    now = clock.now()
    await register.object_to(session, act, said=text, by=caller.id, now=now)
    await _to_unit(pipeline, session, EventKind.ACT_OBJECTED, act, {"text": text}, caller, now)


async def answer(
    pipeline: Pipeline, session: AsyncSession, act: int, *, text: str, caller: Caller, clock: Clock
) -> None:
    now = clock.now()
    await corrections.answer(session, act, said=text, by=caller.id, now=now)
    await _to_unit(pipeline, session, EventKind.ACT_ANSWERED, act, {"text": text}, caller, now)


async def report(
    pipeline: Pipeline, session: AsyncSession, act: int, *, text: str, caller: Caller, clock: Clock
) -> None:
    now = clock.now()
    await corrections.give(session, act, text=text, by=caller.id, now=now)
    await _to_unit(pipeline, session, EventKind.ACT_REPORTED, act, {"report": text}, caller, now)


async def accept_report(
    pipeline: Pipeline, session: AsyncSession, act: int, *, caller: Caller, clock: Clock
) -> None:
    now = clock.now()
    await corrections.accept(session, act, by=caller.id, now=now)
    await _to_unit(pipeline, session, EventKind.ACT_REPORT_ACCEPTED, act, {}, caller, now)


async def return_report(
    pipeline: Pipeline,
    session: AsyncSession,
    act: int,
    *,
    why: str,
    report_due: date,
    caller: Caller,
    clock: Clock,
) -> None:
    now = clock.now()
    await corrections.send_back(session, act, why=why, report_due=report_due, by=caller.id, now=now)
    said = {"why": why, "report_due": report_due.isoformat()}
    await _to_unit(pipeline, session, EventKind.ACT_REPORT_RETURNED, act, said, caller, now)


async def complete(
    pipeline: Pipeline, session: AsyncSession, act: int, *, result: str, caller: Caller, clock: Clock
) -> None:
    now = clock.now()
    await register.complete(session, act, result=result, by=caller.id, now=now)
    await _to_unit(pipeline, session, EventKind.ACT_COMPLETED, act, {"result": result}, caller, now)


async def withdraw(
    pipeline: Pipeline, session: AsyncSession, act: int, *, why: str, caller: Caller, clock: Clock
) -> None:
    now = clock.now()
    await register.withdraw(session, act, why=why, by=caller.id, now=now)
    await _to_unit(pipeline, session, EventKind.ACT_WITHDRAWN, act, {"why": why}, caller, now)


async def tell_signed(
    pipeline: Pipeline, session: AsyncSession, signed: Signed, caller: Caller, now: datetime
) -> None:
    """From now on the unit hears of the act."""
    await _to_unit(pipeline, session, EventKind.ACT_SIGNED, signed.id, {}, caller, now)


async def _to_prefecture(
    pipeline: Pipeline,
    session: AsyncSession,
    kind: EventKind,
    said: dict[str, Any],
    caller: Caller,
    now: datetime,
) -> None:
    told = Told(kind, *prefecture(pipeline), now, PersonId(caller.id), caller.name, said)
    await pipeline.told(session, [told], now=now)


async def _to_unit(
    pipeline: Pipeline,
    session: AsyncSession,
    kind: EventKind,
    act: int,
    said: dict[str, Any],
    caller: Caller,
    now: datetime,
) -> None:
    row = await session.get(SupervisoryAct, act)
    if row is None:
        raise NotFound(f"no act {act}")
    detail = {"act": row.id, "number": row.number, "kind": row.kind} | said
    code = _code(pipeline, row.grid_id)
    told = Told(kind, GridId(row.grid_id), code, now, PersonId(caller.id), caller.name, detail)
    await pipeline.told(session, [told], now=now)


def _code(pipeline: Pipeline, grid_id: int) -> str | None:
    grid = pipeline.directory.grid(grid_id)
    return None if grid is None else grid.code
