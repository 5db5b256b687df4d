"""The rungs: what the text prescribes, by whom, with its article."""

from dataclasses import dataclass
from enum import StrEnum


class Measure(StrEnum):
    """What is done; the higher stands below the lower."""

    NOTICE = "notice"
    """通报批评"""
    INTERVIEW = "interview"
    """约谈"""
    INSPECTION = "inspection"
    """专项督查"""
    ACCOUNTABILITY = "accountability"
    """问责建议"""


class Signer(StrEnum):
    """Who does it."""

    OFFICE = "office"
    """州大气办"""
    DEPUTY_LEADER = "deputy_leader"
    """州政府分管负责同志"""
    MAIN_LEADER = "main_leader"
    """州政府主要负责同志"""


@dataclass(frozen=True, slots=True)
class Rung:
    measure: Measure
    signer: Signer
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
