"""Columns of papers: no word and no figure breaks, whatever stands beside it."""

from hypothesis import given
from hypothesis import strategies as st

from app.papers.columns import least, least_of_head, lines, pieces, shared

ROOM = 100.0


def test_words_and_figures_stay_whole() -> None:
    assert pieces("PM2.5（µg/m³）") == ["PM2.5", "（µg/m³）"]
    assert pieces("2026-11-05核定 a bc。") == ["2026-11-05", "核", "定 ", "a ", "bc。"]
    assert lines("含PM2.5的日均值", 5, len) == ["含", "PM2.5", "的日均值"]
    assert lines("", 5, len) == []
    assert (least(["改善率（%）"], len), least_of_head("改善率（%）", len)) == (3, 3)
    assert (least(["名次"], len), least_of_head("名次", len)) == (1, 2)


@given(st.text(alphabet="浓度PM2.5 µg/m³（），", max_size=60))
def test_nothing_is_lost_and_no_line_is_wider_than_it_may(text: str) -> None:
    width = least([text], len)
    found = lines(text, width, len)
    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    assert all(len(line) <= width for line in found)


def test_wide_texts_give_way_and_the_last_column_does_not_take_it_all() -> None:
    few = shared([5.0, 5.0, 10.0], [5.0, 5.0, 10.0], [10.0, 10.0, 20.0], ROOM)
    assert few == [30.0, 30.0, 40.0]
    long = shared([5.0] * 8 + [10.0], [5.0] * 8 + [900.0], [9.0] * 8 + [900.0], ROOM)
    assert [round(one, 6) for one in long] == [5.0] * 8 + [60.0]
    assert round(sum(shared([50.0, 150.0], [50.0, 150.0], [60.0, 150.0], ROOM)), 6) == ROOM
