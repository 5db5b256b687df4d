"""Which requests count as the same."""

import pytest

from app.idempotency import checked_key, fingerprint
from models.errors import Invalid


def test_spacing_and_order_of_keys_do_not_matter() -> None:
    one = fingerprint("POST", "/a", b'{"x": 1, "y": [1, 2]}')
    assert one == fingerprint("POST", "/a", b'{"y":[1,2],"x":1}')


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/a", b'{"x": 2}'),
        ("POST", "/b", b'{"x": 1}'),
        ("PUT", "/a", b'{"x": 1}'),
        ("POST", "/a", b""),
        ("POST", "/a", b"not json"),
        ("POST", "/a", b"[" * 100_000),
    ],
)
def test_anything_else_is_another_request(method: str, path: str, body: bytes) -> None:
    assert fingerprint(method, path, body) != fingerprint("POST", "/a", b'{"x": 1}')


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "é", "a\n"])
def test_a_key_is_1_to_200_visible_characters(key: str) -> None:
    with pytest.raises(Invalid):
        checked_key(key)


def test_a_good_key_is_taken() -> None:
    assert checked_key("x" * 200) == "x" * 200
