"""Faults of a registry as people read them."""

import re

import pytest

from app.console.faults import fault_in_words
from app.console.texts import texts
from app.registry.file import parse
from tests.unit.registry.test_faults import FAULTS

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize(
    ("text", "name"), [(text, name) for name, text, _, _ in FAULTS], ids=lambda v: v[:20]
)
def test_every_fault_of_the_loader_is_said_in_chinese(text: str, name: str) -> None:
    parsed = parse(text, "r.yaml", {})
    assert parsed.faults, name
    for fault in parsed.faults:
        said = fault_in_words(texts("zh"), fault.message)
        kinds = re.sub(r"^\S+ [^:：]*: ", "", said)
        assert HAN.search(kinds), (fault.message, said)


def test_the_label_and_the_values_are_kept() -> None:
    message = "station S1: lon 187.5 lies outside -180 to 180"
    assert fault_in_words(texts("zh"), message) == "站点 S1: 经度 187.5 超出 -180 至 180 的范围"
    assert fault_in_words(texts("en"), message) == "Station S1: longitude 187.5 lies outside -180 to 180"


def test_what_nobody_translated_is_said_as_it_is() -> None:
    assert fault_in_words(texts("zh"), "person li: %(x)s 100%") == "人员 li: %(x)s 100%"
