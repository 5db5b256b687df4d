"""The draw of a spot check: pure, and the same for everybody who has seed, method and population.

Method 1: an order's lot is SHA-256 over `seed:order`. Of each grid the order with the lowest lot is in the sample;
the rest of it are the lowest lots of all others. So each grid with closed orders is looked at, also where that
takes more than was asked for.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

METHOD = 1


@dataclass(frozen=True, slots=True)
class Member:
    """An order of the population, and the grid that answers for it."""

    order_id: int
    grid_id: int


def commitment(seed: str) -> bytes:
    """What is told of a seed before anything is drawn."""
    return hashlib.sha256(seed.encode()).digest()


def population_hash(population: Sequence[Member]) -> bytes:
    """SHA-256 over the ids of the orders, sorted, one a line."""
    ids = sorted(member.order_id for member in population)
    return hashlib.sha256("\n".join(map(str, ids)).encode()).digest()


def wanted(population: int, *, size: int | None, share: float | None) -> int:
    """How many are to be drawn; a share is rounded up."""
    if size is not None:
        return min(size, population)
    # The share as it was written: 0.1 of 30 is three, not four.
    return min(math.ceil(Fraction(repr(share)) * population), population)


def draw(
    seed: str, population: Sequence[Member], *, size: int | None = None, share: float | None = None
) -> list[int]:
    """The orders drawn, by id."""
    lots = sorted((_lot(seed, member.order_id), member) for member in set(population))
    first: dict[int, int] = {}
    for _, member in lots:
        first.setdefault(member.grid_id, member.order_id)
    drawn = set(first.values())
    for _, member in lots:
        if len(drawn) >= wanted(len(lots), size=size, share=share):
            break
        drawn.add(member.order_id)
    return sorted(drawn)


def shared_out(
    orders: Sequence[int], checkers: Sequence[int], barred: Mapping[int, frozenset[int]]
) -> dict[int, int]:
    """A checker for each order that one of them may check, in turn; `barred` had to do with the order."""
    given: dict[int, int] = dict.fromkeys(checkers, 0)
    found: dict[int, int] = {}
    for order in orders:
        able = [person for person in given if person not in barred.get(order, frozenset())]
        if able:
            person = min(able, key=lambda one: (given[one], checkers.index(one)))
            given[person] += 1
            found[order] = person
    return found


def _lot(seed: str, order_id: int) -> tuple[bytes, int]:
    return hashlib.sha256(f"{seed}:{order_id}".encode()).digest(), order_id
