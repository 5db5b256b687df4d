"""The choices of rows on the duty board, one for each counter. Pure."""

from enum import StrEnum


class Only(StrEnum):
    """The rows behind a counter. By deadline an order is where its nearest unanswered deadline is, once."""

    IN_TIME = "in_time"
    SOON = "soon"
    OVERDUE = "overdue"
    BREACHED_TODAY = "breached_today"
    JUDGED_TODAY = "judged_today"
    """With a deadline that was met or breached today."""
    TO_REVIEW = "to_review"
    ASKED = "asked"
    """With a request 请示 that waits for its decision."""

    @property
    def whatever_state(self) -> bool:
        """Whether orders that have ended since belong to it."""
        return self in (Only.BREACHED_TODAY, Only.JUDGED_TODAY)
