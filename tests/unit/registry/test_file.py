"""What a registry file may say, in YAML or JSON, and that no text whatever makes the reader fail."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.registry import default_registry_text
from app.registry.entries import KnownGrid
from app.registry.file import parse
from models.enums import Role
from tests.unit.registry.texts import COUNTY, EASTERN, duty, faults, grid, grids, registry, station


def test_codes_are_text_with_or_without_quotes() -> None:
    text = grids(
        "{code: 652301, name: 昌吉市, level: 2, parent: 652300}",
        "{code: 0652, name: x, level: 3, parent: 652301}",
    )
    assert [item.code for item in registry(text).grids] == ["652300", "652301", "0652"]


def test_a_missing_parent_comes_from_the_shipped_registry() -> None:
    found = registry(grids(COUNTY)).grids
    assert [(item.code, item.level, item.borrowed) for item in found] == [
        ("652300", 1, True),
        ("652301", 2, False),
    ]


def test_a_shipped_grid_brings_those_above_it() -> None:
    found = registry(station(grid="652301100")).grids
    assert [(item.code, item.borrowed) for item in found] == [
        ("652300", True),
        ("652301", True),
        ("652301100", True),
    ]


def test_what_the_database_has_is_not_borrowed() -> None:
    assert [item.code for item in registry(grids(COUNTY), known={"652300": KnownGrid(1)}).grids] == ["652301"]


def test_a_station_is_placed_by_boundary() -> None:
    text = grids(COUNTY, EASTERN) + station(grid="", lon="88.2")
    assert registry(text).stations[0].grid == "652302"


def test_the_outer_edge_belongs_to_the_grid() -> None:
    assert registry(grids(COUNTY) + station(grid="", lon="87")).stations[0].grid == "652301"


def test_a_station_is_placed_by_a_boundary_of_the_database() -> None:
    coordinates = [[[87.0, 44.0], [88.0, 44.0], [88.0, 45.0], [87.0, 45.0], [87.0, 44.0]]]
    known = {
        "652300": KnownGrid(1),
        "652301": KnownGrid(2, {"type": "Polygon", "coordinates": coordinates}, "652300"),
    }
    assert registry(station(grid=""), known=known).stations[0].grid == "652301"
    # listed again without a boundary, the grid keeps the one it has
    assert registry(grid() + station(grid=""), known=known).stations[0].grid == "652301"


def test_a_duty_has_its_time_in_beijing_days_or_instants() -> None:
    inner = "grid: 652301, role: chief, from: 2026-01-01, to: 2026-01-31"
    first = registry(duty(inner)).people[0].duties
    assert first is not None
    assert (first[0].role, first[0].valid_from, first[0].valid_to) == (
        Role.CHIEF, datetime(2025, 12, 31, 16, tzinfo=UTC), datetime(2026, 1, 31, 16, tzinfo=UTC),
    )  # fmt: skip
    exact = registry(duty("grid: 652301, role: chief, from: 2026-01-01T00:00:00Z")).people[0].duties
    assert exact is not None
    assert exact[0].valid_from == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_person_needs_no_duties() -> None:
    people = registry("people: [{username: a, name: 甲}, {username: b, name: 乙, duties: []}]\n").people
    assert [person.duties for person in people] == [None, ()]


def test_secrets_are_taken_as_they_stand_and_not_shown() -> None:
    found = registry(grids(COUNTY) + station(secret='" 12345678 "')).stations[0]
    assert found.secret == " 12345678 "
    assert "12345678" not in repr(found)


def test_sections_may_be_empty() -> None:
    assert registry("grids:\npeople:\nstations: []\n").grids == ()


def test_yaml_aliases_are_understood() -> None:
    found = registry("sources: &none []\npeople: *none\n" + station(lon="&x 87.5", lat="44.5"))
    assert (found.stations[0].lon, found.people) == (87.5, ())


# ---------------------------------------------------------------- JSON


def as_json(change: Callable[[dict[str, list[dict[str, object]]]], None] | None = None) -> str:
    content: dict[str, list[dict[str, object]]] = {
        "grids": [{"code": 652301, "name": "昌吉市 😀", "level": 2, "parent": "652300"}],
        "stations": [{"code": "S1", "name": "站", "grid": "652301", "lon": 87.5, "lat": 44, "kind": "micro"}],
    }
    if change:
        change(content)
    return json.dumps(content, indent="\t")


@pytest.mark.parametrize("name", ["r.json", "r.yaml", "r", "R.JSON"])
def test_json_is_told_by_its_ending_or_its_content(name: str) -> None:
    found = registry(as_json(), name)
    assert (found.grids[1].name, found.stations[0].lat) == ("昌吉市 😀", 44.0)


def test_json_faults_have_their_lines() -> None:
    text = as_json(lambda content: content["stations"][0].update(lon=999))
    assert faults(text, "r.json") == [
        "r.json:15: stations[0].lon: station S1: lon 999 lies outside -180 to 180"
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"grids": [}', "r.json:1: not JSON"),
        ('{"grids": NaN}', "not JSON"),
        ('{"grids": [], "grids": []}', "r.json:1: grids: the key 'grids' stands here twice"),
        ('{"grids": "\\ud800"}', "must be a list"),
        ('{"people": [{"username": "a", "name": "\\ud800"}]}', "control character"),
        ("[" * 100_000, "r.json"),
        ('{"grids": ' + "9" * 5000 + "}", "must be a list"),
        ("grids: []", "not JSON"),
    ],
)
def test_bad_json_is_a_fault(text: str, says: str) -> None:
    assert says in faults(text, "r.json")[0]


# ---------------------------------------------------------------- properties

_SHARDS = st.sampled_from(
    [
        *("grids:", "stations:", "people:", "sources:", "\n", "  - ", "{", "}", "[", "]", ": ", ", ", "code"),
        *(
            "level",
            "2",
            "parent",
            "boundary",
            "coordinates",
            "type",
            "Polygon",
            "duties",
            "lon",
            "87.5",
            "&a",
        ),
        *("*a", "!!str", '"', "'", "null", "~", "|", ">", "---", "\t", "#", "?", "-", "652300", "username"),
        *("from", "2026-01-01", "\x00", "\\u"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(), st.lists(_SHARDS, max_size=40).map("".join)), st.sampled_from(["a.yaml", "a.json"])
)
def test_parse_never_raises(text: str, name: str) -> None:
    parsed = parse(text, name, {})
    assert (parsed.registry is None) == bool(parsed.faults)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["code", "name", "level", "parent", "grid", "lon", "lat", "kind", "boundary", "type",
                         "coordinates", "duties", "role", "aliases", "secret", "x"]),
        inner, max_size=5,
    ),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["grids", "people", "stations", "sources"]), st.lists(_VALUES, max_size=4)
    )
)
def test_parse_never_raises_on_well_formed_files(content: dict[str, object]) -> None:
    parse(json.dumps(content), "a.json", {})


def test_the_shipped_registry_has_no_fault() -> None:
    found = registry(default_registry_text(), "changji.yaml")
    level = [sum(item.level == n for item in found.grids) for n in (1, 2, 3, 4)]
    assert level == [1, 10, 104, 1]
    assert not any(item.borrowed for item in found.grids)
