"""The rungs: what the text prescribes, by whom, with its article."""

from dataclasses import dataclass

from models.enums import ActBy, ActKind


@dataclass(frozen=True, slots=True)
class Rung:
    measure: ActKind
    signer: ActBy
    article: str
    in_public: bool = False
    """公开约谈."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the text prescribes for a unit in a month, with the counts it rests on; a person signs or declines it."""

    unit: str
    rung: Rung
    counts: tuple[tuple[str, str], ...]
    """What was counted, by name, as text: a figure that a reader can check."""
    cautions: tuple[str, ...] = ()
    """Why the counts may say less than they seem to, by key of the catalogue."""
