"""What is written once and never changes, kept in memory: read from each database once a process."""

from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")


class Kept(Generic[T]):
    """Values by their number, apart for each database: one process may know several. At most `most` of each.

    Only what is committed for good may be put in: a number whose row is rolled back is given again.
    """

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._known: WeakKeyDictionary[Engine, dict[int, T]] = WeakKeyDictionary()

    def get(self, session: AsyncSession, number: int) -> T | None:
        return self._known.get(session.get_bind().engine, {}).get(number)

    def put(self, session: AsyncSession, number: int, value: T) -> T:
        known = self._known.setdefault(session.get_bind().engine, {})
        if len(known) >= self._most:
            known.clear()
        known[number] = value
        return value
