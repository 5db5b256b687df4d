"""Whatever can be told has a name: an order for a kind without one could never go out."""

from app.console.air_names import ALERT, SCOPE
from dispatch.routing import KIND_NAMES, POLLUTANT_NAMES
from models.enums import POLLUTANTS, AlertKind, AlertScope


def test_every_kind_scope_and_pollutant_is_named() -> None:
    assert set(KIND_NAMES) == set(ALERT) == set(AlertKind)
    assert set(SCOPE) == set(AlertScope)
    assert set(POLLUTANT_NAMES) == set(POLLUTANTS)
