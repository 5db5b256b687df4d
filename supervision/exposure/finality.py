"""When a decision is final, so that its case may be told (annex 4 二(一))."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from models.errors import Invalid

REVIEW_DAYS = 60
"""行政复议法: from the day the decision became known."""
SUIT_MONTHS = 6
"""行政诉讼法: from the day the decision became known."""
SUIT_AFTER_REVIEW_DAYS = 15
"""行政诉讼法 第四十五条: from the end of the review."""
APPEAL_DAYS = 10
"""刑事诉讼法 第二百三十条: from the service of a judgment."""


class Hindrance(StrEnum):
    """Why a case may not be told yet."""

    NOT_DECIDED = "not_decided"
    NOT_SERVED = "not_served"
    REVIEW_OPEN = "review_open"
    """The time for administrative review has not run out."""
    SUIT_OPEN = "suit_open"
    REVIEW_PENDING = "review_pending"
    """It was asked for and is not concluded."""
    SUIT_PENDING = "suit_pending"
    REVOKED = "revoked"
    """Review or court set the decision aside."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """An administrative review or a suit the party brought."""

    filed: date
    concluded: date | None = None
    upheld: bool = True
    """Whether the decision stood."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The dates of a case; days of Beijing."""

    decided: date | None
    served: date | None
    review: Remedy | None = None
    suit: Remedy | None = None
    """Of a judgment, the appeal."""
    criminal: bool = False
    """A judgment 环境污染犯罪: no administrative review, and ten days to appeal."""

    def check(self, today: date) -> None:
        """Raises Invalid, naming the date, for one in the wrong order or in the future."""
        steps = [("decided", self.decided), ("served", self.served)]
        for name, remedy in (("review", self.review), ("suit", self.suit)):
            if remedy is not None:
                steps += [(f"{name}_filed", remedy.filed), (f"{name}_concluded", remedy.concluded)]
        for name, day in steps:
            if day is not None and day > today:
                raise Invalid(f"{name} lies in the future", field=name)
        if self.criminal and self.review is not None:
            raise Invalid("a judgment is not reviewed by an authority", field="review_filed")
        if self.served is not None and (self.decided is None or self.served < self.decided):
            raise Invalid("a decision is served after it was made", field="served")
        for name, remedy in (("review", self.review), ("suit", self.suit)):
            if remedy is None:
                continue
            if self.served is None or remedy.filed < self.served:
                raise Invalid(f"a {name} follows the service of the decision", field=f"{name}_filed")
            if remedy.concluded is not None and remedy.concluded < remedy.filed:
                raise Invalid(f"a {name} is concluded after it was filed", field=f"{name}_concluded")


def hindrances(decision: Decision, today: date) -> tuple[Hindrance, ...]:
    """Everything that keeps a case from being told on `today`; empty when its decision is final.

    A suit after a review has its own period of 15 days, from the end of the review (行政诉讼法 第四十五条).
    """
    if decision.decided is None or decision.decided > today:
        return (Hindrance.NOT_DECIDED,)
    if decision.served is None or decision.served > today:
        return (Hindrance.NOT_SERVED,)
    found = []
    review, suit = decision.review, decision.suit
    if any(one is not None and one.concluded is not None and not one.upheld for one in (review, suit)):
        found.append(Hindrance.REVOKED)
    if review is not None and (review.concluded is None or review.concluded > today):
        found.append(Hindrance.REVIEW_PENDING)
    if suit is not None and (suit.concluded is None or suit.concluded > today):
        found.append(Hindrance.SUIT_PENDING)
    return (*found, *(kind for kind, last in periods(decision) if today <= last))


def periods(decision: Decision) -> tuple[tuple[Hindrance, date], ...]:
    """What may still be brought, and the last day of it; what was brought has no period any more."""
    if decision.served is None:
        return ()
    review, suit = decision.review, decision.suit
    if suit is not None:
        return ()
    if decision.criminal:
        return ((Hindrance.SUIT_OPEN, decision.served + timedelta(days=APPEAL_DAYS)),)
    if review is None:
        return (
            (Hindrance.REVIEW_OPEN, decision.served + timedelta(days=REVIEW_DAYS)),
            (Hindrance.SUIT_OPEN, _months_after(decision.served, SUIT_MONTHS)),
        )
    if review.concluded is None:
        return ()
    return ((Hindrance.SUIT_OPEN, review.concluded + timedelta(days=SUIT_AFTER_REVIEW_DAYS)),)


def _months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
