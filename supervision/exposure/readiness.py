"""Whether a case may be published on a day, and every reason why not (annex 4 二)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.enums import ExposureState
from supervision.exposure.chain import Signed, missing_marks, missing_signatures
from supervision.exposure.finality import Decision, Hindrance, hindrances, periods
from supervision.exposure.masking import LONGEST, SHORTEST, Finding, Named, leaks, length


class Unready(StrEnum):
    """What keeps a case back, beside what keeps its decision from being final."""

    PUBLISHED = "published"
    """It was published before."""
    WITHDRAWN = "withdrawn"
    NO_TEXT = "no_text"
    NO_PARTIES = "no_parties"
    """Nothing to check the masking against."""
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NAMED = "named"
    """The text names a party."""
    UNSIGNED = "unsigned"
    """Signatures of the chain are missing."""
    UNREAD = "unread"
    """Of 三审三校 some are missing."""
    SIGNED_LATER = "signed_later"
    """It was signed after that day."""


@dataclass(frozen=True, slots=True)
class Text:
    """The version that is to be printed."""

    title: str
    body: str

    @property
    def whole(self) -> str:
        return f"{self.title}\n{self.body}"


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything the answer follows from."""

    state: ExposureState
    decision: Decision
    text: Text | None
    parties: Sequence[Named]
    numbers: Sequence[str]
    signed: Sequence[Signed] = ()
    """What was signed on this version."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that keeps a case back."""

    code: Unready | Hindrance
    detail: str = ""
    """The last day of a period, the count of characters, the steps that are missing."""


def text_faults(text: Text, parties: Sequence[Named], numbers: Sequence[str]) -> tuple[Reason, ...]:
    """What is wrong with a text by itself: its length, and names in it."""
    found = []
    count = length(text.body)
    if count < SHORTEST:
        found.append(Reason(Unready.TOO_SHORT, str(count)))
    if count > LONGEST:
        found.append(Reason(Unready.TOO_LONG, str(count)))
    if not parties:
        found.append(Reason(Unready.NO_PARTIES))
    if named := findings(text, parties, numbers):
        found.append(Reason(Unready.NAMED, str(len(named))))
    return tuple(found)


def findings(text: Text, parties: Sequence[Named], numbers: Sequence[str]) -> list[Finding]:
    """What names a party in title or body; line 1 is the title."""
    return leaks(text.whole, parties, numbers)


def reasons(case: Standing, day: date) -> tuple[Reason, ...]:
    """Every reason why a case may not be published on that day; empty when it may."""
    found = []
    if case.state is ExposureState.PUBLISHED:
        found.append(Reason(Unready.PUBLISHED))
    if case.state is ExposureState.WITHDRAWN:
        found.append(Reason(Unready.WITHDRAWN))
    until = dict(periods(case.decision))
    for hindrance in hindrances(case.decision, day):
        last = until.get(hindrance)
        found.append(Reason(hindrance, "" if last is None else last.isoformat()))
    if case.text is None:
        return (*found, Reason(Unready.NO_TEXT))
    found += text_faults(case.text, case.parties, case.numbers)
    if unsigned := missing_signatures(case.signed):
        found.append(Reason(Unready.UNSIGNED, ",".join(unsigned)))
    if unread := missing_marks(case.signed):
        found.append(Reason(Unready.UNREAD, ",".join(unread)))
    if any(one.on > day for one in case.signed):
        found.append(Reason(Unready.SIGNED_LATER, max(one.on for one in case.signed).isoformat()))
    return tuple(found)
