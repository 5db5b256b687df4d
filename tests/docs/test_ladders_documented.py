"""What is written about ladders and acts names every value there is."""

import re

import pytest

from models.enums import ActBy, ActGround, ActKind, ActReport, ActState, ActStep, LadderKind, ProposalState
from tests.docs.markdown import rows, section, text_of


@pytest.mark.parametrize(
    ("title", "kinds"),
    [
        ("Ladders 梯级处理", [LadderKind, ProposalState]),
        ("Acts 通报约谈问责", [ActState, ActStep, ActReport, ActKind, ActBy, ActGround]),
    ],
)
def test_every_value_of_ladders_and_acts_has_its_row(title: str, kinds: list[type]) -> None:
    cells = rows(section(text_of("docs/states.md"), title))
    listed = {name for row in cells for name in re.findall(r"`([^`]+)`", row[0])}
    for kind in kinds:
        assert {value.value for value in kind} <= listed  # type: ignore[attr-defined]
