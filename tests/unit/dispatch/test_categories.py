"""One place leads from what people report and find to the registry's words."""

from dispatch.categories import OF_CAUSE, OF_PROBLEM
from models.enums import CauseCode, ProblemCategory


def test_every_problem_and_every_cause_has_its_names_or_says_nothing() -> None:
    assert list(OF_PROBLEM) == list(ProblemCategory)
    assert list(OF_CAUSE) == list(CauseCode)
    assert [value for value, names in OF_PROBLEM.items() if not names] == [ProblemCategory.OTHER]
    assert [v for v, names in OF_CAUSE.items() if not names] == [CauseCode.OTHER, CauseCode.NONE_FOUND]


def test_names_are_said_once_and_fit_their_columns() -> None:
    for names in (*OF_PROBLEM.values(), *OF_CAUSE.values()):
        assert len(set(names)) == len(names), names
        assert all(0 < len(name) <= 60 and name == name.strip() for name in names), names
