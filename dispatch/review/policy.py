"""Review as versioned data: checklists, the watch after a report, recurrence, spot checks. Pure.

Version 1 comes with the schema. Durations are in the units their names say.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from models.errors import Invalid

MOST_ITEMS = 30
MOST_CAUSES = 50


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a checklist; `source` is the article it stands for."""

    key: str
    zh: str
    en: str
    source: str


@dataclass(frozen=True, slots=True)
class WatchRules:
    """How long the station is watched after a report, and when its verdict is said."""

    enough_minutes: float = 120.0
    """Of valid readings."""
    longest_hours: float = 24.0
    held: int = 3
    """Readings in a row that a verdict takes;"""
    held_hourly: int = 2
    """of a station of hours."""
    share: float = 0.3
    """Of the peak excess over the neighbours: below it the excess is gone."""
    regional_share: float = 0.5
    """By so much of that peak the neighbours have risen when the rise is called theirs."""


@dataclass(frozen=True, slots=True)
class RecurrenceRules:
    days: float = 7.0
    radius_m: float = 500.0


@dataclass(frozen=True, slots=True)
class SpotRules:
    due_days: int = 7


@dataclass(frozen=True, slots=True)
class ReviewPolicy:
    version: int
    checklist: tuple[Item, ...]
    by_cause: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)
    """A whole list instead of the default one, for causes that have this word in them."""
    checklist_required: bool = False
    """Whether a review without a checklist is refused."""
    watch: WatchRules = field(default_factory=WatchRules)
    recurrence: RecurrenceRules = field(default_factory=RecurrenceRules)
    spot_check: SpotRules = field(default_factory=SpotRules)

    def items(self, cause: str | None) -> tuple[Item, ...]:
        """The checklist for a cause as the site visit named it; the longest word that fits decides."""
        fitting = [word for word in self.by_cause if cause is not None and word in cause]
        return self.by_cause[max(fitting, key=lambda word: (len(word), word))] if fitting else self.checklist


_Group = TypeVar("_Group", WatchRules, RecurrenceRules, SpotRules)


def policy_body(policy: ReviewPolicy) -> dict[str, Any]:
    """The policy as stored, without its version."""
    watch, recurrence = policy.watch, policy.recurrence
    return {
        "checklist": [_item_body(item) for item in policy.checklist],
        "by_cause": {
            word: [_item_body(item) for item in items] for word, items in sorted(policy.by_cause.items())
        },
        "checklist_required": policy.checklist_required,
        "watch": {name: getattr(watch, name) for name in WatchRules.__dataclass_fields__},
        "recurrence": {name: getattr(recurrence, name) for name in RecurrenceRules.__dataclass_fields__},
        "spot_check": {"due_days": policy.spot_check.due_days},
    }


def parse_policy(version: int, body: Mapping[str, Any]) -> ReviewPolicy:
    """Reads what `policy_body` wrote; raises Invalid for what is missing, unknown or senseless."""
    try:
        policy = ReviewPolicy(
            version,
            _items(body["checklist"]),
            {str(word): _items(items) for word, items in body["by_cause"].items()},
            bool(body["checklist_required"]),
            _whole(WatchRules, body["watch"]),
            _whole(RecurrenceRules, body["recurrence"]),
            _whole(SpotRules, body["spot_check"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Invalid(f"review policy {version}: {error!r}") from None
    _demand_sense(policy)
    return policy


def _whole(group: type[_Group], figures: Mapping[str, Any]) -> _Group:
    """The figures of a group, every one of them: what is stored never leans on what the code would say today."""
    if missing := set(group.__dataclass_fields__) - set(figures):
        raise KeyError(sorted(missing)[0])
    return group(**figures)


def _demand_sense(policy: ReviewPolicy) -> None:
    lists = [policy.checklist, *policy.by_cause.values()]
    watch, recurrence = policy.watch, policy.recurrence
    checks = (
        (all(0 < len(items) <= MOST_ITEMS for items in lists), f"a checklist has 1 to {MOST_ITEMS} items"),
        (
            all(len({item.key for item in items}) == len(items) for items in lists),
            "a checklist names a key twice",
        ),
        (
            len(policy.by_cause) <= MOST_CAUSES and all(policy.by_cause),
            f"at most {MOST_CAUSES} causes, none empty",
        ),
        (_within(watch.enough_minutes, 1, 1440), "watch.enough_minutes lies between 1 and 1440"),
        (_within(watch.longest_hours, 1, 72), "watch.longest_hours lies between 1 and 72"),
        (
            watch.enough_minutes <= 60 * watch.longest_hours,
            "watch.enough_minutes has to fit into watch.longest_hours",
        ),
        (
            _counts(watch.held, 1, 60) and _counts(watch.held_hourly, 1, 12),
            "watch.held lies between 1 and 60, watch.held_hourly between 1 and 12",
        ),
        (_within(watch.share, 0.01, 0.99), "watch.share lies between 0.01 and 0.99"),
        (_within(watch.regional_share, 0.01, 1), "watch.regional_share lies between 0.01 and 1"),
        (_within(recurrence.days, 0.04, 366), "recurrence.days lies between an hour and a year"),
        (_within(recurrence.radius_m, 0, 5000), "recurrence.radius_m lies between 0 and 5000"),
        (_counts(policy.spot_check.due_days, 1, 90), "spot_check.due_days lies between 1 and 90"),
    )
    for holds, otherwise in checks:
        if not holds:
            raise Invalid(f"review policy {policy.version}: {otherwise}")


def _within(value: object, least: float, most: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and least <= value <= most


def _counts(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _items(rows: list[Mapping[str, Any]]) -> tuple[Item, ...]:
    return tuple(Item(str(r["key"]), str(r["zh"]), str(r["en"]), str(r["source"])) for r in rows)


def _item_body(item: Item) -> dict[str, str]:
    return {"key": item.key, "zh": item.zh, "en": item.en, "source": item.source}
