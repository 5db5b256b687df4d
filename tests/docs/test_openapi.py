"""docs/openapi.json is what the service says of itself: a change of the contract is seen as one."""

from tests.docs.openapi import FILE, description


def test_the_description_is_the_one_on_file() -> None:
    on_file = FILE.read_text(encoding="utf-8")
    assert description() == on_file, (
        "the API has changed: run `python -m tests.docs.openapi` and look at the diff"
    )
