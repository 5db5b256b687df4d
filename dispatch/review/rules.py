"""Who may review, and what a review has to say: pure, over plain facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dispatch.review.policy import Item
from models.enums import ChecklistAnswer, ReportClaim, ReturnReason, VerdictState
from models.errors import HandlerMayNotReview, Invalid

# What a report claims that the station does not bear out. `regional` and `no_data` contradict nobody.
_CONTRADICTED = frozenset({ReportClaim.RECOVERED, ReportClaim.IMPROVED, ReportClaim.NO_SOURCE})


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of a checklist as it was answered."""

    item: str
    answer: ChecklistAnswer
    reason: str | None = None


def may_review(*, handled: bool, reported: bool) -> None:
    """Raises HandlerMayNotReview for whoever had a hand in what is to be judged, in any round.

    Who keeps out of an order is in `dispatch.recusal`; that the reviewer stands above the order's grid in
    `app.auth.permissions`.
    """
    if handled or reported:
        raise HandlerMayNotReview("whoever handled an order can never review it")


def checked(
    items: Sequence[Item], answers: Sequence[Answer] | None, *, accepting: bool, required: bool
) -> list[dict[str, Any]] | None:
    """The checklist as it is kept: every item as it reads now, with its answer; None where it was not filled in.

    Accepting takes an answer to every item, a return to those that matter. `no` says why.
    """
    if answers is None:
        if required:
            raise Invalid("this policy wants the checklist answered", field="checklist")
        return None
    known = {item.key for item in items}
    given: Mapping[str, Answer] = {answer.item: answer for answer in answers}
    if len(given) != len(answers):
        raise Invalid("the checklist answers an item twice", field="checklist")
    if strange := sorted(set(given) - known):
        raise Invalid(f"the checklist has no item {strange[0]}", field="checklist")
    if accepting and (missing := [item.key for item in items if item.key not in given]):
        raise Invalid(
            f"accepting takes an answer to every item; open: {', '.join(missing)}", field="checklist"
        )
    for answer in answers:
        if answer.answer is ChecklistAnswer.NO and answer.reason is None:
            raise Invalid(f"checklist item {answer.item}: `no` wants a reason", field="checklist")
    return [
        {
            "item": item.key, "zh": item.zh, "en": item.en, "source": item.source,
            "answer": given[item.key].answer.value, "reason": given[item.key].reason,
        }
        for item in items
        if item.key in given
    ]  # fmt: skip


def demand_override(verdict: VerdictState | None, override_reason: str | None) -> None:
    """Raises Invalid when an order would be closed against what its station says, without a word why."""
    if verdict is VerdictState.NOT_RECOVERED and override_reason is None:
        raise Invalid(
            "the station has not recovered: accepting wants an override_reason", field="override_reason"
        )


def distinct_reasons(reasons: Sequence[ReturnReason]) -> list[str]:
    """The coded reasons of a return, each once, in the order of the list."""
    return [reason.value for reason in ReturnReason if reason in reasons]


def contradicts(verdict: VerdictState, claims: ReportClaim | None) -> bool:
    """Whether the station says otherwise than the report."""
    return verdict is VerdictState.NOT_RECOVERED and claims in _CONTRADICTED
