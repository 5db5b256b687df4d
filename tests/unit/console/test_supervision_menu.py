"""Which duties are listed for whom."""

from app.auth.scope import Caller, Scope
from app.console.supervision_menu import supervision_of
from models.enums import Role

OF_UNITS = {"/supervision/assessment", "/supervision/acts"}


def test_what_is_between_prefecture_and_counties_is_listed_for_them_alone() -> None:
    caller = Caller(1, "li", "李", ((Role.SUPERVISOR, 3),), Scope(frozenset({3})))
    town = {entry.path for entry in supervision_of(caller, unit=False)}
    county = {entry.path for entry in supervision_of(caller, unit=True)}
    assert county - town == OF_UNITS
    assert "/supervision/problems" in town
