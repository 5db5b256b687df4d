"""The one place that says which grids a caller may see and touch."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, SQLColumnExpression, true

from models.enums import Role


@dataclass(frozen=True, slots=True)
class Scope:
    """Grids a caller sees; None means the whole prefecture, and facts that belong to no grid."""

    grid_ids: frozenset[int] | None

    def sees(self, grid_id: int | None) -> bool:
        return self.grid_ids is None or (grid_id is not None and grid_id in self.grid_ids)

    def where(
        self, column: SQLColumnExpression[int] | SQLColumnExpression[int | None]
    ) -> ColumnElement[bool]:
        """A condition for a query over rows that carry a grid."""
        if self.grid_ids is None:
            return true()
        return column.in_(sorted(self.grid_ids))


EVERYTHING = Scope(None)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, with the duties in force at the time of the call."""

    id: int
    username: str
    name: str
    duties: tuple[tuple[Role, int], ...]
    """(role, grid id)"""
    scope: Scope

    def has(self, *roles: Role) -> bool:
        return any(role in roles for role, _ in self.duties)
