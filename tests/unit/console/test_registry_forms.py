"""Days of Beijing as forms give them, and the pages of the administration."""

from datetime import UTC, datetime

import pytest

from app.auth.scope import EVERYTHING, Caller
from app.console.admin_menu import ADMIN, admin_of
from app.console.registry_forms import day_of
from models.enums import Role
from models.errors import Invalid

LATE = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
"""An hour of the 23rd in Beijing."""


def test_a_day_begins_and_ends_in_beijing() -> None:
    assert day_of({"from": "2026-11-24"}, "from", LATE) == datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert day_of({"to": "2026-11-23"}, "to", LATE, end=True) == datetime(2026, 11, 23, 16, tzinfo=UTC)
    # Today begins now; yesterday is a day of the past, which whoever asks has to refuse.
    assert day_of({"from": "2026-11-23"}, "from", LATE) is None
    assert day_of({"from": "2026-11-22"}, "from", LATE) == datetime(2026, 11, 21, 16, tzinfo=UTC)
    assert day_of({}, "from", LATE) is None


@pytest.mark.parametrize(
    "text", ["x", "2026-13-01", "20261123", "2026-11-23T00:00", "9999-12-31", "２０２６-11-23"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        day_of({"from": text}, "from", LATE, end=True)


def test_the_index_serves_each_role_its_pages() -> None:
    def paths(role: Role) -> set[str]:
        return {entry.path for entry in admin_of(Caller(1, "a", "A", ((role, 1),), EVERYTHING))}

    assert paths(Role.ADMINISTRATOR) == {entry.path for entry in ADMIN}
    assert "/admin/registry/import" not in paths(Role.DUTY_OFFICER)
    assert paths(Role.SUPERVISOR) == set()
