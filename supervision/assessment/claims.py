"""What may be claimed of a unit's month, and what may become of a claim: article, record, life (annex 2 art. 5, 6)."""

from dataclasses import dataclass
from datetime import datetime

from models.enums import DirectFail, PointItem, PointRecord, PointState
from models.errors import ForbiddenTransition, Invalid, PastDue, SecondPersonNeeded
from models.said import Said
from supervision.assessment.items import BONUS_ARTICLE, FAIL_ARTICLE, WORTH, Exposure, Item

EXPOSURES = {
    PointItem.NATIONAL_EXPOSURE: Exposure.NATIONAL,
    PointItem.REGION_EXPOSURE: Exposure.REGION,
    PointItem.PREFECTURE_EXPOSURE: Exposure.PREFECTURE,
}
GROUNDS = tuple(one for one in DirectFail if one is not DirectFail.NATIONAL_EXPOSURE)
"""What a point of the item `fail` may say; a national exposure is item 8."""
MOST_AT_ONCE = 100
LONGEST_TEXT = 2000
LONGEST_REF = 200
LONGEST_EVIDENCE = 500
_SEVERAL = (PointItem.UNDISCOVERED, PointItem.NOT_HANDED_ON, PointItem.NOT_CORRECTED, PointItem.INSPECTORATE)


@dataclass(frozen=True, slots=True)
class Record:
    """What a claim rests on: the number of a problem, order or report, a gap of the registry, a document."""

    kind: PointRecord
    ref: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """A claim, by hand or from what the service knows; `grid` is the code of the unit."""

    item: PointItem
    grid: str
    record: Record
    text: str
    problem: str | None = None
    """The number of the problem it is about, where it is about one."""
    ground: DirectFail | None = None
    count: int = 1
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """How far a claim has come, and by whom."""

    item: PointItem
    state: PointState
    proposed_by: int | None
    object_until: datetime
    objected_by: int | None = None


def article_of(item: PointItem, ground: DirectFail | None = None) -> str:
    """The article a point cites."""
    if item is PointItem.FAIL:
        return FAIL_ARTICLE[ground or DirectFail.GRAVE_CONSEQUENCES]
    if item is PointItem.BONUS:
        return BONUS_ARTICLE
    if item in EXPOSURES:
        return f"annex 2 art. 5(四){item.value}"
    return WORTH[Item(item.value)].article


def check(claim: Proposed) -> None:
    """Raises Invalid naming the field for what cannot be claimed."""
    if (claim.item is PointItem.FAIL) != (claim.ground is not None):
        raise Invalid(Said("a ground goes with the item fail, and with no other"), field="ground")
    if claim.ground is not None and claim.ground not in GROUNDS:
        raise Invalid(Said("a national exposure is item 8"), field="ground")
    if not 1 <= claim.count <= MOST_AT_ONCE:
        raise Invalid(Said("a point counts 1 to %(most)s", most=MOST_AT_ONCE), field="count")
    several = claim.item in _SEVERAL and claim.record.kind is PointRecord.DOCUMENT and claim.problem is None
    if claim.count > 1 and not several:
        raise Invalid(
            Said("only a document without one problem counts several, in items 4 to 7"), field="count"
        )
    _fits(claim.text, "text", LONGEST_TEXT)
    _fits(claim.record.ref, "ref", LONGEST_REF)
    if claim.evidence is not None:
        _fits(claim.evidence, "evidence", LONGEST_EVIDENCE)


def may_object(life: Life, *, now: datetime) -> None:
    """Once, before the instant the point names. Raises ForbiddenTransition, PastDue."""
    if life.state is not PointState.PROPOSED or life.item is PointItem.BONUS:
        raise ForbiddenTransition(Said("nothing to object to"), state=life.state.value, act="object")
    if now >= life.object_until:
        raise PastDue(Said("the time to object is over"))


def may_uphold(life: Life, *, by: int) -> None:
    """What was objected to, and a bonus: by another person than those who claimed and objected."""
    bonus = life.item is PointItem.BONUS and life.state is PointState.PROPOSED
    if life.state is not PointState.OBJECTED and not bonus:
        raise ForbiddenTransition(Said("nobody objects to it"), state=life.state.value, act="uphold")
    _another(life, by)


def may_withdraw(life: Life, *, by: int) -> None:
    """Whatever stands: by another person than those who claimed and objected."""
    if life.state is PointState.WITHDRAWN:
        raise ForbiddenTransition(Said("it is withdrawn already"), state=life.state.value, act="withdraw")
    _another(life, by)


def waits(life: Life, *, now: datetime) -> bool:
    """Whether a month cannot be frozen yet: a decision is owed, or the unit may still object."""
    if life.item is PointItem.BONUS:
        return life.state is PointState.PROPOSED
    return life.state is PointState.OBJECTED or (
        life.state is PointState.PROPOSED and now < life.object_until
    )


def _another(life: Life, by: int) -> None:
    if by in (life.proposed_by, life.objected_by):
        raise SecondPersonNeeded(Said("whoever claimed a point or objected to it does not decide it"))


def _fits(text: str, field: str, longest: int) -> None:
    if not text.strip() or len(text) > longest:
        raise Invalid(Said("wants a text of at most %(most)s characters", most=longest), field=field)
