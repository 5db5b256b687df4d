"""The verdicts on one reading while they are collected: the worst of each value wins."""

from alerts.quality.outcome import Check, Flag, Flagged, Level, Screened, Timing, Values
from alerts.quality.rules import QualityRules
from models.enums import POLLUTANTS


def mask_of(numbers: Values) -> int:
    """Which values are there, as bits in the order of POLLUTANTS."""
    mask = 0
    for position, value in enumerate(numbers):
        if value is not None:
            mask |= 1 << position
    return mask


class Verdict:
    """`numbers` are the values of the reading with None for what is no number."""

    __slots__ = ("_earlier", "_found", "_revoked", "_rules", "_withheld", "flagged", "numbers")

    def __init__(self, rules: QualityRules, numbers: Values) -> None:
        self.numbers = numbers
        self.flagged = False
        self._rules = rules
        self._found: dict[int, tuple[Level, bool, Check]] = {}
        self._withheld: set[int] = set()
        self._earlier: dict[tuple[float, str], Flag] = {}
        self._revoked: dict[tuple[float, str], None] = {}

    def note(self, position: int, level: Level, check: Check) -> None:
        """One test's verdict on one value; between equals, the test that withholds gives the name."""
        self.flagged = True
        withheld = level >= self._rules.withhold[check]
        if withheld:
            self._withheld.add(position)
        known = self._found.get(position)
        if known is None or (level, withheld) > known[:2]:
            self._found[position] = (level, withheld, check)

    def all(self, level: Level, check: Check) -> None:
        """The same verdict on every value that is there."""
        for position, value in enumerate(self.numbers):
            if value is not None:
                self.note(position, level, check)

    def earlier(self, observed_at: float, position: int, level: Level, check: Check) -> None:
        """A verdict on a value of an earlier reading, which is taken back if it has to be withheld."""
        value = (observed_at, POLLUTANTS[position])
        if value not in self._earlier or self._earlier[value].level < level:
            self._earlier[value] = Flag(*value, level, check, self._rules.version)
        if level >= self._rules.withhold[check]:
            self._revoked[value] = None

    def result(self, observed_at: float, timing: Timing) -> Screened:
        """What the reading is worth, all told."""
        usable = self.numbers
        if self._withheld:
            usable = tuple(None if i in self._withheld else value for i, value in enumerate(usable))
        if not self._found and not self._earlier and timing is Timing.FRESH:
            return Screened(usable)
        version = self._rules.version
        flags = [
            Flag(observed_at, POLLUTANTS[position], level, check, version)
            for position, (level, _, check) in sorted(self._found.items())
        ]
        return Flagged(usable, (*self._earlier.values(), *flags), tuple(self._revoked), timing)
