"""Secrets in Mosquitto's form: ours are accepted by its tools, and its by us."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.credentials import acl_file, hash_secret, parse_password_file, password_file, verify_secret

# Made by mosquitto_passwd 2.0 for the secret "geheim".
FOREIGN = (
    "$7$101$pKAtKU/nZRJkygOb$vJmCEktuObwsaCXJ2Tjy3uKaJe7hzOE6+u+S2KajN2/AFm"
    "R4c07rFCRlQ/Nrpvfzj3wZK5UJIQyRlsBYt/1xRA=="
)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_secret_opens_its_own_hash_and_no_other(secret: str) -> None:
    hashed = hash_secret(secret)
    assert verify_secret(secret, hashed)
    assert not verify_secret(secret + "x", hashed)


def test_each_hash_has_its_own_salt() -> None:
    first, second = hash_secret("same"), hash_secret("same")
    assert first != second
    assert first.startswith("$7$101$")


def test_a_hash_made_by_mosquitto_passwd_verifies() -> None:
    assert verify_secret("geheim", FOREIGN)
    assert not verify_secret("Geheim", FOREIGN)


@given(st.text())
def test_what_is_no_hash_is_never_verified(hashed: str) -> None:
    assert not verify_secret("secret", hashed)


@pytest.mark.parametrize(
    "hashed",
    [
        "", "$", "$7$", "$7$101$$", "$6$101$c2FsdA==$a2V5", FOREIGN[:-4], "x" + FOREIGN, FOREIGN + "$",
        FOREIGN.replace("$101$", "$0$"), FOREIGN.replace("$101$", "$-1$"), FOREIGN.replace("$101$", "$x$"),
        FOREIGN.replace("$101$", "$99999999999$"), FOREIGN.replace("=", "é"),
    ],
)  # fmt: skip
def test_malformed_hashes_are_refused(hashed: str) -> None:
    assert not verify_secret("geheim", hashed)


@pytest.mark.parametrize("username", ["", "a:b", "a\nb", "a\rb"])
def test_a_name_the_file_cannot_carry_is_refused(username: str) -> None:
    with pytest.raises(ValueError):
        password_file([(username, FOREIGN)])


@given(
    st.dictionaries(
        st.text(st.characters(categories=["L", "N"], include_characters="-_"), min_size=1), st.just(FOREIGN)
    )
)
def test_a_password_file_reads_back(entries: dict[str, str]) -> None:
    assert parse_password_file(password_file(entries.items())) == entries


def test_foreign_lines_of_a_password_file_are_passed_over() -> None:
    assert parse_password_file("# note:x\n\nnonsense\n:x\nS-1:h:1\n") == {"S-1": "h:1"}


def test_rights_of_service_and_stations() -> None:
    assert acl_file("service").splitlines() == [
        "user service",
        "topic readwrite geshao/#",
        "topic read $SYS/#",
        "",
        "pattern write geshao/v1/+/%u/reading",
        "pattern write geshao/v1/+/%u/hj212",
        "pattern write geshao/v1/+/%u/status",
    ]


@pytest.mark.mosquitto
def test_mosquitto_passwd_takes_our_file_and_we_take_its(tmp_path: Path) -> None:
    binary = shutil.which("mosquitto_passwd")
    if binary is None:
        pytest.skip("mosquitto_passwd is not installed (Debian: apt-get install mosquitto)")
    path = tmp_path / "passwords"
    path.write_text(password_file([("S-1", hash_secret("one"))]))
    subprocess.run([binary, "-b", str(path), "S-2", "zwei 二"], check=True, capture_output=True)
    users = parse_password_file(path.read_text())
    assert verify_secret("one", users["S-1"])
    assert verify_secret("zwei 二", users["S-2"])
