"""Counts failed sign-ins, so that passwords cannot be guessed by trying.

In memory, per process: a guesser gains at most one limit more per API process.
"""

from collections import OrderedDict, deque
from datetime import datetime, timedelta

from app.auth.errors import TooManyAttempts

WINDOW = timedelta(minutes=5)
PER_PERSON = 10  # one user name from one address: a person mistypes a few times, a guesser hundreds
PER_NAME = 50  # one user name from everywhere: above what one address may, or anybody could lock out anybody
PER_ADDRESS = 50  # one address: a whole office may sit behind it
REMEMBERED = 10_000  # keys kept at most; the longest untouched is forgotten first


class Throttle:
    """Attempts are counted before the password is looked at, so parallel guesses count as well."""

    def __init__(self) -> None:
        self._attempts: OrderedDict[tuple[str, str], deque[datetime]] = OrderedDict()

    def attempt(self, username: str, address: str, *, now: datetime) -> None:
        """Counts one attempt; raises TooManyAttempts when a limit is used up."""
        limits = self._limits(username, address)
        waits = [wait for key, limit in limits if (wait := self._wait(key, limit, now=now)) is not None]
        if waits:
            seconds = max(1, int(max(waits).total_seconds()) + 1)
            raise TooManyAttempts("too many failed sign-ins; try again later", retry_after_s=seconds)
        for key, _ in limits:
            self._attempts.setdefault(key, deque()).append(now)
            self._attempts.move_to_end(key)
        while len(self._attempts) > REMEMBERED:
            self._attempts.popitem(last=False)

    def succeeded(self, username: str, address: str) -> None:
        """Takes the newest attempt back everywhere, and forgets this person's failures from this address."""
        (person, _), *others = self._limits(username, address)
        self._attempts.pop(person, None)
        for key, _ in others:
            if attempts := self._attempts.get(key):
                attempts.pop()

    def _limits(self, username: str, address: str) -> list[tuple[tuple[str, str], int]]:
        name = username.casefold()[:64]
        return [
            ((name, address), PER_PERSON),
            ((name, ""), PER_NAME),
            (("", address), PER_ADDRESS),
        ]

    def _wait(self, key: tuple[str, str], limit: int, *, now: datetime) -> timedelta | None:
        attempts = self._attempts.get(key)
        if attempts is None:
            return None
        while attempts and attempts[0] <= now - WINDOW:
            attempts.popleft()
        if not attempts:
            del self._attempts[key]
            return None
        return attempts[0] + WINDOW - now if len(attempts) >= limit else None
