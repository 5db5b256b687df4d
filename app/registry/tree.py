"""The grids of a file as one tree with those already loaded and those of the shipped registry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.registry.entries import GridEntry, KnownGrid, KnownGrids
from app.registry.fields import Entry
from models.said import Said

RETIRED = {
    "652303": Said("米泉市, abolished in 2007, now part of 650109"),
    "652326": Said("阜康县, abolished in 1992, now 652302"),
}
"""County codes that old lists still carry (standards §6.1; list of the National Bureau of Statistics)."""


def retired(code: str) -> Said | None:
    """Why a code of the county or of a township in it must not be used any more."""
    reason = RETIRED.get(code[:6]) if code.isdigit() else None
    if reason is None:
        return None
    return Said("the county code %(value)s is retired (%(why)s)", value=code[:6], why=reason)


@dataclass(slots=True)
class Tree:
    """Answers which grids exist; `level` 0 is a grid whose own level is a fault."""

    known: KnownGrids
    shipped: Mapping[str, GridEntry]
    entries: dict[str, GridEntry] = field(default_factory=dict)
    places: dict[str, Entry] = field(default_factory=dict)
    borrowed: dict[str, GridEntry] = field(default_factory=dict)

    def add(self, grid: GridEntry, place: Entry) -> None:
        """Takes a grid of the file; the second one of a code is a fault."""
        if grid.code in self.entries:
            first = self.places[grid.code].node.line
            said = Said(
                "the code %(value)s is taken by another grid in line %(line)s", value=grid.code, line=first
            )
            place.fault("code", said)
            return
        self.entries[grid.code] = grid
        self.places[grid.code] = place

    def level(self, code: str) -> int | None:
        """The level of a grid of the file, the database or the shipped registry, in this order."""
        if code in self.entries:
            return self.entries[code].level
        if code in self.known:
            return self.known[code].level
        if code in self.shipped:
            self._borrow(code)
            return self.shipped[code].level
        return None

    def parent(self, code: str) -> str | None:
        """The code of the grid above, None where there is none."""
        for grids in (self.entries, self.known, self.shipped):
            if code in grids:
                return grids[code].parent
        return None

    def _borrow(self, code: str) -> None:
        """Takes a shipped grid and what stands above it, as far as that is nowhere else."""
        above: str | None = code
        while above is not None and above not in self.entries and above not in self.known:
            self.borrowed[above] = replace(self.shipped[above], borrowed=True)
            above = self.shipped[above].parent

    def require(self, place: Entry, key: str, code: str) -> bool:
        """Whether the grid that a field names exists; notes the fault if not."""
        if not code:
            return False
        reason = retired(code)
        if reason:
            place.fault(key, reason)
        elif self.level(code) is None:
            said = Said("there is no grid %(value)s, neither in this file nor in the database", value=code)
            place.fault(key, said)
        else:
            return True
        return False

    def check(self) -> None:
        """Notes every fault of levels and parents."""
        looped = self._loops()
        for code, grid in self.entries.items():
            if code not in looped:
                self._check_parent(grid, self.places[code])
        for code, known in self.known.items():
            above = self.entries.get(known.parent or "")
            if code not in self.entries and above and above.level and above.level != known.level - 1:
                said = Said(
                    "the database has grid %(value)s of level %(level)s directly below it",
                    value=code,
                    level=known.level,
                )
                self.places[above.code].fault("level", said)

    def _check_parent(self, grid: GridEntry, place: Entry) -> None:
        if grid.kind == "park" and grid.level not in (0, 2):
            place.fault("kind", Said("a park is a grid of level 2, not %(level)s", level=grid.level))
        if grid.level == 1 and grid.parent:
            place.fault("parent", Said("a grid of level 1 has no parent"))
        elif grid.level > 1 and not place.said("parent"):
            lacking = Said(
                "parent is missing: a grid of level %(level)s has one of level %(above)s",
                level=grid.level,
                above=grid.level - 1,
            )
            place.fault(None, lacking)
        elif grid.level > 1 and grid.parent and self.require(place, "parent", grid.parent):
            above = self.level(grid.parent)
            if above and above != grid.level - 1:
                unfit = Said(
                    "the parent %(value)s is of level %(found)s; above level %(level)s stands level %(above)s",
                    value=grid.parent,
                    found=above,
                    level=grid.level,
                    above=grid.level - 1,
                )
                place.fault("parent", unfit)

    def _loops(self) -> set[str]:
        """The grids that are above themselves; each loop is noted once."""
        looped: set[str] = set()
        cleared: set[str] = set()
        for start in self.entries:
            path: list[str] = []
            code: str | None = start
            while code in self.entries and code not in cleared and code not in path:
                path.append(code)
                code = self.entries[code].parent
            if code in path:
                loop = path[path.index(code) :]
                looped.update(loop)
                said = Said("stands above itself: %(value)s", value=" → ".join([*loop, loop[0]]))
                self.places[loop[0]].fault("parent", said)
            cleared.update(path)
        return looped

    def ordered(self) -> tuple[GridEntry, ...]:
        """All grids to be loaded, parents first; to be asked when there are no faults."""
        return tuple(sorted((*self.borrowed.values(), *self.entries.values()), key=lambda grid: grid.level))

    def level2(self) -> Sequence[tuple[str, KnownGrid]]:
        """Every level-2 grid with the boundary it will have once the file is loaded."""
        found = {code: grid for code, grid in self.known.items() if grid.level == 2}
        for code, entry in self.entries.items():
            before = self.known.get(code)
            boundary = entry.boundary or (before.boundary if before else None)
            if entry.level == 2:
                found[code] = KnownGrid(2, boundary, entry.parent)
            else:
                found.pop(code, None)
        return sorted(found.items())
