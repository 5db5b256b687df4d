"""The register of typical cases (annex 4 §2(一), §3(一)): what was decided, of whom, and since when it is final."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.enums import DecisionKind, EventKind, ExposureState, PartyKind, Violation
from models.errors import ForbiddenTransition, Invalid, NotFound, Overlap, VersionConflict
from models.exposure import ExposedCase, ExposedParty
from supervision.exposure import exposure_repository as repository
from supervision.exposure.finality import Decision, Remedy
from supervision.exposure.masking import Named
from supervision.exposure.wording import (
    LONGEST_NUMBER,
    LONGEST_PARTY,
    LONGEST_REASON,
    LONGEST_TITLE,
    MOST_PARTIES,
    line,
    nameless,
    passage,
)

FROZEN = (ExposureState.PUBLISHED, ExposureState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Party:
    """Who a case is about, by their real name."""

    kind: PartyKind
    name: str
    common_word: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What the register says of a case."""

    number: str
    title: str
    kind: DecisionKind
    grid: str
    violations: Sequence[Violation]
    decided: date
    served: date | None = None
    review: Remedy | None = None
    suit: Remedy | None = None
    source: str | None = None
    """Code in the register of sources 一企一档."""


@dataclass(frozen=True, slots=True)
class Acted:
    """What is told of an act: never a name, a number or a text."""

    kind: EventKind
    case_id: int | None
    detail: dict[str, Any]
    grid_id: int | None = None
    """Whose grid hears of it; None: the prefecture alone."""


async def register(
    session: AsyncSession, facts: Facts, parties: Sequence[Party], *, by: int, now: datetime
) -> Acted:
    """Enters a case with its parties.

    Raises Invalid naming the field for dates in the wrong order or in the future, an unknown grid or source, no
    violation, no party, a title that names one; Overlap for a number that is registered.
    """
    row = ExposedCase(registered_by=by, registered_at=now, state=ExposureState.PREPARING.value, revision=1)
    named = _checked(parties)
    changed = await _enter(session, row, facts, named, now=now)
    await _alone(session, row)
    _add(session, row.id, parties)
    await session.flush()
    return Acted(EventKind.EXPOSURE_REGISTERED, row.id, changed | {"parties": len(parties)})


async def change(
    session: AsyncSession, case_id: int, facts: Facts, *, revision: int | None, by: int, now: datetime
) -> Acted:
    """Corrects what the register says, and enters what became of review and suit, until the case is published.

    Raises as `register`, ForbiddenTransition once it is published or withdrawn, VersionConflict where somebody else
    has changed the case meanwhile.
    """
    row = await open_case(session, case_id, revision)
    before = _told(row)
    named = await named_of(session, row)
    changed = await _enter(session, row, facts, named, now=now)
    row.revision += 1
    await _alone(session, row)
    detail = {name: value for name, value in changed.items() if before.get(name) != value}
    return Acted(EventKind.EXPOSURE_CHANGED, row.id, {"by": by, "changed": detail})


async def set_parties(
    session: AsyncSession, case_id: int, parties: Sequence[Party], *, revision: int | None
) -> Acted:
    """Replaces the parties; a text that names one of them then fails its check.

    Raises Invalid naming the field for none, too many, one named twice, or one that the title names.
    """
    row = await open_case(session, case_id, revision)
    named = _checked(parties)
    nameless(row.title, "title", named, (row.number,))
    await repository.drop_parties(session, row.id)
    _add(session, row.id, parties)
    row.revision += 1
    await session.flush()
    return Acted(EventKind.EXPOSURE_CHANGED, row.id, {"parties": len(parties)})


async def withdraw(
    session: AsyncSession, case_id: int, reason: str, *, revision: int | None, by: int, now: datetime
) -> Acted:
    """Takes a case back for good; it stays in the record with the reason, and out of every later answer to the public.

    Raises ForbiddenTransition for one that is withdrawn, Invalid without a reason or with one that names a party.
    """
    row = await held(session, case_id, revision)
    if row.state == ExposureState.WITHDRAWN.value:
        raise ForbiddenTransition("it was withdrawn already", state=row.state, act="withdraw")
    said = passage(reason, "reason", LONGEST_REASON)
    nameless(said, "reason", await named_of(session, row))
    before = row.state
    if before != ExposureState.PUBLISHED.value:
        row.batch_id = None
    row.state = ExposureState.WITHDRAWN.value
    row.withdrawn_by, row.withdrawn_at, row.withdrawn_why = by, now, said
    row.revision += 1
    await session.flush()
    told = row.grid_id if before == ExposureState.PUBLISHED.value else None
    detail = {"title": row.title, "before": before, "reason": said}
    return Acted(EventKind.EXPOSURE_WITHDRAWN, row.id, detail, told)


async def held(session: AsyncSession, case_id: int, revision: int | None = None) -> ExposedCase:
    """The case, held; raises NotFound, and VersionConflict where it is another revision than the caller has read."""
    row = await repository.hold_case(session, case_id)
    if row is None:
        raise NotFound(f"no case {case_id}")
    if revision is not None and revision != row.revision:
        raise VersionConflict(f"the case is at revision {row.revision}", current=row.revision)
    return row


async def open_case(session: AsyncSession, case_id: int, revision: int | None = None) -> ExposedCase:
    """As `held`; raises ForbiddenTransition for a case that is published or withdrawn."""
    row = await held(session, case_id, revision)
    if row.state in FROZEN:
        raise ForbiddenTransition(f"the case is {row.state}", state=row.state, act="change")
    return row


async def named_of(session: AsyncSession, row: ExposedCase) -> list[Named]:
    """Every name that must not stand in a text of the case: its parties, and what the register calls its source."""
    found = [Named(one.name, one.common_word) for one in await repository.parties_of(session, row.id)]
    source = await repository.source_name(session, row.source_id)
    if source is not None and source not in {one.name for one in found}:
        found.append(Named(source, common=True))
    return found


def decision_of(row: ExposedCase) -> Decision:
    """The dates of a case as the rule of finality takes them."""
    return Decision(
        row.decided,
        row.served,
        _remedy(row.review_filed, row.review_concluded, row.review_upheld),
        _remedy(row.suit_filed, row.suit_concluded, row.suit_upheld),
        criminal=row.kind == DecisionKind.CRIME.value,
    )


def _remedy(filed: date | None, concluded: date | None, upheld: bool | None) -> Remedy | None:
    return None if filed is None else Remedy(filed, concluded, upheld is not False)


async def _enter(
    session: AsyncSession, row: ExposedCase, facts: Facts, named: Sequence[Named], *, now: datetime
) -> dict[str, Any]:
    """Puts the facts into the row; gives what may be told of them."""
    number = line(facts.number, "number", LONGEST_NUMBER)
    if await repository.number_taken(session, number, but=row.id):
        raise Overlap("a case with this number is registered", field="number")
    grid = await repository.grid_of(session, facts.grid)
    if grid is None:
        raise Invalid("no such county or park", field="grid")
    source = None if facts.source is None else await repository.source_of(session, facts.source)
    if facts.source is not None and (source is None):
        raise Invalid("no such source", field="source")
    if not facts.violations:
        raise Invalid("wants what the case stands for", field="violations")
    all_named = [*named, *([Named(source.name, common=True)] if source else [])]
    row.title = nameless(line(facts.title, "title", LONGEST_TITLE), "title", all_named, (number,))
    row.number, row.kind, row.grid_id = number, facts.kind.value, grid.id
    row.source_id = None if source is None else source.id
    row.violations = [one.value for one in Violation if one in facts.violations]
    decision = Decision(
        facts.decided, facts.served, facts.review, facts.suit, criminal=facts.kind is DecisionKind.CRIME
    )
    decision.check(now.astimezone(BEIJING).date())
    row.decided, row.served = facts.decided, facts.served
    for name, remedy in (("review", facts.review), ("suit", facts.suit)):
        over = remedy is not None and remedy.concluded is not None
        setattr(row, f"{name}_filed", None if remedy is None else remedy.filed)
        setattr(row, f"{name}_concluded", None if remedy is None else remedy.concluded)
        setattr(row, f"{name}_upheld", remedy.upheld if remedy is not None and over else None)
    return _told(row)


async def _alone(session: AsyncSession, row: ExposedCase) -> None:
    """Writes the row; raises Overlap where somebody has registered its number in the same moment."""
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError:
        raise Overlap("a case with this number is registered", field="number") from None


def _told(row: ExposedCase) -> dict[str, Any]:
    days = ("decided", "served", "review_filed", "review_concluded", "suit_filed", "suit_concluded")
    found: dict[str, Any] = {"title": row.title, "decision": row.kind, "violations": list(row.violations)}
    for name in days:
        day: date | None = getattr(row, name)
        found[name] = None if day is None else day.isoformat()
    return found | {"review_upheld": row.review_upheld, "suit_upheld": row.suit_upheld}


def _checked(parties: Sequence[Party]) -> list[Named]:
    if not 0 < len(parties) <= MOST_PARTIES:
        raise Invalid(f"wants 1 to {MOST_PARTIES} parties", field="parties")
    found = []
    for number, one in enumerate(parties):
        name = line(one.name, f"parties[{number}].name", LONGEST_PARTY)
        if sum(char.isalnum() for char in name) < 2:
            raise Invalid("a name has at least two letters", field=f"parties[{number}].name")
        found.append(Named(name, one.common_word))
    if len({one.name for one in found}) != len(found):
        raise Invalid("a party is named twice", field="parties")
    return found


def _add(session: AsyncSession, case_id: int, parties: Sequence[Party]) -> None:
    for one in parties:
        session.add(
            ExposedParty(
                case_id=case_id, kind=one.kind.value, name=one.name.strip(), common_word=one.common_word
            )
        )
