"""Who signs a text, in which order: 局 → 分管领导 → 宣传部, and 三审三校 (annex 4 §2(二), §5(一)、(三))."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from models.enums import ExposureState, ExposureStep
from models.errors import ForbiddenTransition, Invalid, SecondPersonNeeded, Unfinished

SIGNATURES = (ExposureStep.BUREAU, ExposureStep.LEADER, ExposureStep.PUBLICITY)
REVIEWS = (ExposureStep.REVIEW_1, ExposureStep.REVIEW_2, ExposureStep.REVIEW_3)
PROOFS = (ExposureStep.PROOF_1, ExposureStep.PROOF_2, ExposureStep.PROOF_3)
IN_REVIEW = (ExposureState.BUREAU, ExposureState.LEADER, ExposureState.PUBLICITY)
RETURNABLE = (*IN_REVIEW, ExposureState.APPROVED)
_AFTER = {
    ExposureStep.BUREAU: ExposureState.LEADER,
    ExposureStep.LEADER: ExposureState.PUBLICITY,
    ExposureStep.PUBLICITY: ExposureState.APPROVED,
}
LONGEST_STANDARD, LONGEST_PANEL, LONGEST_NAME = 200, 1000, 60


@dataclass(frozen=True, slots=True)
class Signed:
    """A step that was taken on a version."""

    step: ExposureStep
    person: int
    """Who signed it here."""
    name: str
    """Whose act it is: the person's own name, or that of an editor whom the publicity department answers for."""
    on: date
    """The day in Beijing."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """What the bureau says of the dossier it has examined 卷宗审查; annex 4 §2(一) names the four."""

    standard: str
    """The review standard, its newest edition, as number or date."""
    panel: str
    """论证: when, and what it found."""
    facts: bool
    """事实认定"""
    evidence: bool
    """证据收集"""
    law: bool
    """法律适用"""
    procedure: bool
    """程序规范"""

    def check(self) -> None:
        """Raises Invalid naming what is missing: a dossier that falls short is returned, not signed."""
        for name, longest in (("standard", LONGEST_STANDARD), ("panel", LONGEST_PANEL)):
            if not 0 < len(getattr(self, name).strip()) <= longest:
                raise Invalid(f"wants {name}, at most {longest} characters", field=name)
        for one in fields(self):
            if getattr(self, one.name) is False:
                raise Invalid(
                    f"the dossier does not stand in its {one.name}: return it with a reason", field=one.name
                )


def sign(
    state: ExposureState, step: ExposureStep, signed: Sequence[Signed], *, author: int, person: int
) -> ExposureState:
    """The state after a signature of the chain.

    Raises ForbiddenTransition when it is not the turn of this step, SecondPersonNeeded for whoever wrote or submitted
    the text or has signed another step of the chain, and Unfinished where reviews or proofreadings are missing before
    the publicity department signs.
    """
    if step not in SIGNATURES or state.value != step.value:
        raise ForbiddenTransition(f"it is not the turn of {step.value}", state=state.value, act=step.value)
    before = {author} | {one.person for one in signed if one.step in (*SIGNATURES, ExposureStep.SUBMITTED)}
    if person in before:
        raise SecondPersonNeeded("whoever wrote or signed before signs no further step", field="person")
    if step is ExposureStep.PUBLICITY and (missing := missing_marks(signed)):
        names = ", ".join(one.value for one in missing)
        raise Unfinished(f"not read yet: {names}", field="marks")
    return _AFTER[step]


def mark(
    state: ExposureState,
    step: ExposureStep,
    signed: Sequence[Signed],
    *,
    author: str,
    name: str,
) -> None:
    """Whether this review or proofreading may be signed now.

    Raises ForbiddenTransition outside of review, out of order and for one that is signed, SecondPersonNeeded for the
    author and for whoever has signed another one of the three.
    """
    row = REVIEWS if step in REVIEWS else PROOFS if step in PROOFS else None
    if row is None or state not in IN_REVIEW:
        raise ForbiddenTransition("nothing to be read now", state=state.value, act=step.value)
    done = {one.step for one in signed}
    before = row[: row.index(step)]
    if step in done or not done.issuperset(before):
        raise ForbiddenTransition("the three follow each other", state=state.value, act=step.value)
    told = " ".join(name.split())
    if not 0 < len(told) <= LONGEST_NAME:
        raise Invalid(f"wants a name of at most {LONGEST_NAME} characters", field="name")
    if told == author:
        raise SecondPersonNeeded("nobody reads their own text for the press", field="name")
    if told in {one.name for one in signed if one.step in before}:
        raise SecondPersonNeeded("each of the three is another person", field="name")


def missing_marks(signed: Sequence[Signed]) -> tuple[ExposureStep, ...]:
    """Which of the six are not signed."""
    done = {one.step for one in signed}
    return tuple(step for step in (*REVIEWS, *PROOFS) if step not in done)


def missing_signatures(signed: Sequence[Signed]) -> tuple[ExposureStep, ...]:
    """Which of the chain are not signed."""
    done = {one.step for one in signed}
    return tuple(step for step in SIGNATURES if step not in done)
