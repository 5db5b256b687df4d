"""How long something lasts, as people say and type it."""

import pytest

from app.console.durations import duration_in_words, seconds_of
from app.console.texts import texts
from models.errors import Invalid


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (20, "20 秒", "20 s"),
        (0, "0 秒", "0 s"),
        (5400, "1 小时 30 分钟", "1 h 30 min"),
        (86_400 * 20, "20 天", "20 d"),
        (0.25, "0.25 秒", "0.25 s"),
        (90_061.5, "1 天 1 小时 1 分钟 1.5 秒", "1 d 1 h 1 min 1.5 s"),
    ],
)
def test_it_is_said_in_both_languages_and_read_again(seconds: float, zh: str, en: str) -> None:
    for language, said in (("zh", zh), ("en", en)):
        assert duration_in_words(texts(language), seconds) == said
        assert seconds_of(said, "x") == seconds


def test_a_number_alone_is_minutes() -> None:
    assert [seconds_of(said, "x") for said in (" 20 ", "0.5", "1小时30分", "1h30min", "45秒")] == [
        1200, 30, 5400, 5400, 45,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "said", ["", "soon", "h", "1 h soon", "1 h -3 min", "٣ min", "9" * 12, "nan", "1 week 2 d x"]
)
def test_anything_else_is_refused_with_its_place(said: str) -> None:
    with pytest.raises(Invalid, match=r"^limits\.x"):
        seconds_of(said, "limits.x")
