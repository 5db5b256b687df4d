"""The yearly list of key sources, proposed by kinds and amounts of discharge and public concern (annex 1 art. 16).

Proposal and reasons are plain JSON with what they rest on, so that a signed list can be computed again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from models.errors import Invalid

LONGEST_REASON = 500


class Criterion(StrEnum):
    """Why a source is on the list."""

    KINDS = "kinds"  # 排污种类
    TONNES = "tonnes"  # 排污量
    CONCERN = "concern"  # 社会关注
    BY_HAND = "by_hand"  # 人工列入, for a reason


@dataclass(frozen=True, slots=True)
class Criteria:
    """From when on a source is a key source; each alone is enough, and includes its figure."""

    kinds: int = 4
    tonnes: Decimal = Decimal(50)
    concern: int = 3
    """Problems reported about it in the twelve months before."""

    def check(self) -> "Criteria":
        """Itself; raises Invalid naming the criterion that cannot be."""
        if not 1 <= self.kinds <= 20:
            raise Invalid("kinds of discharge are 1 to 20", field="kinds")
        if not self.tonnes.is_finite() or not 0 < self.tonnes < Decimal(100_000_000):
            raise Invalid("tonnes a year are above zero", field="tonnes")
        if not 1 <= self.concern <= 1000:
            raise Invalid("reported problems are 1 to 1000", field="concern")
        return self


@dataclass(frozen=True, slots=True)
class KnownSource:
    """What is known of a source that works."""

    code: str
    name: str
    grid: str
    emissions: Mapping[str, Decimal]
    reports: int


def propose(
    criteria: Criteria,
    sources: Sequence[KnownSource],
    *,
    include: Mapping[str, str],
    exclude: Mapping[str, str],
) -> dict[str, Any]:
    """The document of a list: what it rests on, who is on it and why, and who was taken off it by hand.

    `include` and `exclude` give a reason by code. Raises Invalid for a code that is none of the sources, for a reason
    that is missing, for one on both sides, and for one taken off that the criteria do not name.
    """
    criteria.check()
    known = {source.code: source for source in sources}
    for field, by_hand in (("include", include), ("exclude", exclude)):
        for code, why in by_hand.items():
            if code not in known:
                raise Invalid(f"{code[:64]} is no active source of this grid", field=field)
            if not why.strip() or len(why) > LONGEST_REASON:
                raise Invalid(f"{code}: say why, in at most {LONGEST_REASON} characters", field=field)
    if both := sorted(set(include) & set(exclude)):
        raise Invalid(f"{both[0]} is both put on the list and taken off", field="exclude")
    document: dict[str, Any] = {
        "criteria": {
            "kinds": criteria.kinds,
            "tonnes": _figure(criteria.tonnes),
            "concern": criteria.concern,
        },
        "sources": [
            {
                "code": one.code,
                "name": one.name,
                "grid": one.grid,
                "emissions": {kind: _figure(amount) for kind, amount in sorted(one.emissions.items())},
                "reports": one.reports,
            }
            for one in sorted(sources, key=lambda source: source.code)
        ],
        "by_hand": {
            "include": {code: why.strip() for code, why in include.items()},
            "exclude": {code: why.strip() for code, why in exclude.items()},
        },
    }
    followed = follow(document)
    taken_off = {one["code"] for one in followed["left_out"]}
    if idle := sorted(set(exclude) - taken_off):
        raise Invalid(f"{idle[0]} is not proposed, so it cannot be taken off", field="exclude")
    return document | followed


def left_behind(
    before: Mapping[str, Any],
    *,
    include: Mapping[str, str],
    exclude: Mapping[str, str],
    known: Collection[str],
) -> list[str]:
    """What was put on or taken off by hand in the list before and is said nothing of now; shut sources aside."""
    by_hand = before["by_hand"]
    said = set(include) | set(exclude)
    return sorted({*by_hand["include"], *by_hand["exclude"]} & set(known) - said)


def follow(document: Mapping[str, Any]) -> dict[str, Any]:
    """`entries` and `left_out` as they follow from the rest of a document; the same document gives the same."""
    include, exclude = document["by_hand"]["include"], document["by_hand"]["exclude"]
    entries, left_out = [], []
    for source in document["sources"]:
        reasons = _reasons(document["criteria"], source)
        if source["code"] in include:
            reasons.append({"criterion": Criterion.BY_HAND.value, "why": include[source["code"]]})
        line = {"code": source["code"], "name": source["name"], "grid": source["grid"], "reasons": reasons}
        if source["code"] in exclude and reasons:
            left_out.append(line | {"why": exclude[source["code"]]})
        elif reasons:
            entries.append(line)
    return {"entries": entries, "left_out": left_out}


def _reasons(criteria: Mapping[str, Any], source: Mapping[str, Any]) -> list[dict[str, str]]:
    amounts = [Decimal(amount) for amount in source["emissions"].values()]
    figures = {
        Criterion.KINDS: Decimal(sum(amount > 0 for amount in amounts)),
        Criterion.TONNES: sum(amounts, Decimal(0)),
        Criterion.CONCERN: Decimal(source["reports"]),
    }
    return [
        {
            "criterion": criterion.value,
            "value": _figure(value),
            "at_least": _figure(Decimal(criteria[criterion.value])),
        }
        for criterion, value in figures.items()
        if value >= Decimal(criteria[criterion.value])
    ]


def _figure(value: Decimal) -> str:
    """As text, without noughts that say nothing."""
    return f"{value.normalize():f}"
