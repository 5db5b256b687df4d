"""The rules of integrity that hold for a station now: season, response, grid and station laid over the active set."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from alerts import rulebook
from alerts.integrity.rules import IntegrityRules
from alerts.overlay import effective, layers
from alerts.rulebook import InForce
from alerts.ruleset import parse_rules
from app.registry.directory import Directory


class Rulings:
    """Asked once a pass; equal layers are read once."""

    def __init__(self, held: InForce, directory: Directory, on: date) -> None:
        self.version = held.version
        self._held = held
        self._directory = directory
        self._on = on
        self._read: dict[tuple[str, ...], IntegrityRules] = {}

    def of(self, station: str) -> IntegrityRules:
        path = self._directory.grid_paths.get(station, ())
        body, level = self._held.body, self._held.level
        found = layers(body, on=self._on, response_level=level, grid_path=path, station=station)
        names = tuple(name for name, _ in found)
        if names not in self._read:
            rules = effective(body, on=self._on, response_level=level, grid_path=path, station=station)
            self._read[names] = parse_rules(rules, version=self.version).integrity
        return self._read[names]


async def in_force(session: AsyncSession, directory: Directory, on: date) -> Rulings:
    """As the rule book stands; raises NotFound while no rule set is active."""
    return Rulings(await rulebook.in_force(session), directory, on)
