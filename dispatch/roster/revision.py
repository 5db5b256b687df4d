"""What a new plan changes in the turns that are there: pure. What has been is never among it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.roster.plan import Turn


@dataclass(frozen=True, slots=True)
class Revision:
    """In this order: the turns from `drop_from` on go, the running one then ends at `ends_at`, `add` follow it."""

    drop_from: datetime | None = None
    ends_at: datetime | None = None
    add: tuple[Turn, ...] = ()

    @property
    def empty(self) -> bool:
        return self.drop_from is None and self.ends_at is None and not self.add


def revise(there: Sequence[Turn], fresh: Sequence[Turn], at: datetime) -> Revision:
    """Makes the turns from `at` on what `fresh` says, which begins at `at`; `there` is a chain up to `at` or beyond.

    Turns that stay as they are are left alone. A running turn whose holder goes on is not cut, only its end moves.
    """
    running = next((turn for turn in there if turn.since < at < turn.until), None)
    ahead = [turn for turn in there if turn.since >= at]
    coming = list(fresh)
    ends_at = None
    if running is not None:
        end = at
        if coming and coming[0].answer == running.answer:
            end = coming[0].until
            coming = coming[1:]
        if end != running.until:
            ends_at = end
    same = 0
    if ends_at is None:
        for old, new in zip(ahead, coming, strict=False):
            if old != new:
                break
            same += 1
    gone, add = ahead[same:], coming[same:]
    return Revision(gone[0].since if gone else None, ends_at, tuple(add))


def applied(there: Sequence[Turn], revision: Revision, at: datetime) -> list[Turn]:
    """The turns after a revision at `at`."""
    kept = [t for t in there if revision.drop_from is None or t.since < revision.drop_from]
    if revision.ends_at is not None:
        end = revision.ends_at
        kept = [replace(t, until=end) if t.since < at < t.until else t for t in kept]
    return [*kept, *revision.add]
