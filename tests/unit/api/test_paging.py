"""Cursors come back as what they were; anything else is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.views.paging import BIGINT_MAX, INTEGER_MAX, decode_cursor, encode_cursor, page
from models.errors import Invalid


@given(st.integers(0, BIGINT_MAX))
def test_round_trip(last: int) -> None:
    assert decode_cursor(encode_cursor(last)) == last


@given(st.text(max_size=30))
def test_any_text_gives_an_id_or_invalid(text: str) -> None:
    try:
        last = decode_cursor(text)
    except Invalid:
        return
    assert last is not None
    assert encode_cursor(last) == text


def test_an_id_too_large_for_its_column_is_refused() -> None:
    with pytest.raises(Invalid):
        decode_cursor(encode_cursor(INTEGER_MAX + 1), top=INTEGER_MAX)


def test_page_has_a_cursor_only_when_there_is_more() -> None:
    rows = [{"id": 3}, {"id": 2}, {"id": 1}]
    assert page(rows, 3) == {"items": rows, "next_cursor": None}
    assert page(rows, 2) == {"items": rows[:2], "next_cursor": encode_cursor(2)}
    assert page([], 2) == {"items": [], "next_cursor": None}
