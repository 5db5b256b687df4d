"""What differs, by its path."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alerts.rulediff import Difference, differences
from models.merge_patch import merge

_leaves = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3)
_bodies = st.dictionaries(
    st.text(min_size=1, max_size=3),
    st.recursive(_leaves, lambda inner: st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3)),
    max_size=4,
)


def test_paths_read_like_code() -> None:
    before: dict[str, Any] = {"a": {"b": 1, "c": [1, 2]}, "grids": {"65-1": 1}, "same": 3, "gone": None}
    after: dict[str, Any] = {"a": {"b": 2, "c": [2, 1]}, "grids": {"65-1": {"x": 1}, 'q"': 2}, "same": 3.0}
    assert list(differences(before, after)) == [
        Difference("a.b", "changed", 1, 2),
        Difference("a.c", "changed", [1, 2], [2, 1]),
        Difference("gone", "removed", None, None),
        Difference('grids["65-1"]', "changed", 1, {"x": 1}),
        Difference('grids["q\\""]', "added", None, 2),
    ]
    assert [d.change for d in differences({"a": 1}, {"a": True})] == ["changed"]


@given(_bodies)
def test_nothing_differs_from_itself(body: dict[str, Any]) -> None:
    assert list(differences(body, merge({}, {}) | body)) == []


@given(_bodies, _bodies)
def test_back_and_forth_are_mirror_images(one: dict[str, Any], other: dict[str, Any]) -> None:
    there, back = list(differences(one, other)), list(differences(other, one))
    assert [d.path for d in there] == [d.path for d in back]
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert [(d.before, d.after, turned[d.change]) for d in there] == [
        (d.after, d.before, d.change) for d in back
    ]
