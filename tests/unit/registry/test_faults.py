"""Every kind of fault in a registry file is found, with its place and the name of the thing."""

import pytest

from app.registry.document import LIMIT_BYTES
from app.registry.entries import KnownGrid
from tests.unit.registry.texts import (
    COUNTY,
    EASTERN,
    SQUARE,
    duty,
    faults,
    grid,
    grids,
    ring,
    source,
    station,
)

FAULTS: list[tuple[str, str, str, str]] = [
    # what, text, where, what the message says
    ("unknown section", "towns: []\n", "r.yaml:1: towns", "unknown key"),
    ("unknown key", grid(color="red"), "r.yaml:2: grids[0].color", "grid 652301: unknown key"),
    ("missing field", grid(name=""), "r.yaml:2: grids[0]", "grid 652301: name is missing"),
    ("null field", grid(name="null"), "r.yaml:2: grids[0].name", "name is missing"),
    ("empty text", grid(name='"  "'), "r.yaml:2: grids[0].name", "name is empty"),
    ("long text", grid(name="长" * 101), "r.yaml:2: grids[0].name", "longer than 100"),
    ("control character", grid(name='"a\\0b"'), "r.yaml:2: grids[0].name", "control character"),
    ("number as name", grid(name="12"), "r.yaml:2: grids[0].name", "put quotes round 12"),
    ("truth as code", grid(code="true"), "r.yaml:2: grids[0].code", "must be text"),
    ("list as name", grid(name="[a]"), "r.yaml:2: grids[0].name", "must be text, not a list"),
    ("blank in code", grid(code='"65 1"'), "r.yaml:2: grids[0].code", "may hold only letters"),
    ("wildcard in code", grid(code='"65#"'), "r.yaml:2: grids[0].code", "may hold only letters"),
    ("level as text", grid(level='"2"'), "r.yaml:2: grids[0].level", "must be a whole number"),
    ("level 0", grid(level="0"), "r.yaml:2: grids[0].level", "outside 1 to 4"),
    ("level 5", grid(level="5"), "r.yaml:2: grids[0].level", "outside 1 to 4"),
    ("unknown kind", grid(kind="forest"), "r.yaml:2: grids[0].kind", "'forest' is none of"),
    ("parent missing", grid(parent=""), "r.yaml:2: grids[0]", "grid 652301: parent is missing"),
    ("parent unknown", grid(parent="X9"), "r.yaml:2: grids[0].parent", "there is no grid X9"),
    ("parent too high", grid(level="3"), "r.yaml:2: grids[0].parent", "the parent 652300 is of level 1"),
    ("parent of level 1", grid(level="1"), "r.yaml:2: grids[0].parent", "has no parent"),
    ("own parent", grid(parent="652301"), "r.yaml:2: grids[0].parent", "652301 → 652301"),
    (
        "cycle",
        grids("{code: A, name: a, level: 3, parent: B}", "{code: B, name: b, level: 2, parent: A}"),
        "r.yaml:2: grids[0].parent",
        "stands above itself: A → B → A",
    ),
    ("park of level 3", grid(code="P", level="3", parent="652301", kind="park"), "grids[0].kind", "level 2"),
    ("grid twice", grids(COUNTY, COUNTY), "r.yaml:3: grids[1].code", "taken by another grid in line 2"),
    ("retired county", grid(code="652303"), "grids[0].code", "652303 is retired (米泉市"),
    ("retired 阜康县", grid(code="652326"), "grids[0].code", "652326 is retired (阜康县"),
    ("retired as place", station(grid="652303"), "stations[0].grid", "station S1: the county code 652303"),
    ("aliases no list", grid(aliases="x"), "grids[0].aliases", "must be a list"),
    ("alias no text", grid(aliases="[[x]]"), "grids[0].aliases[0]", "must be text"),
    ("entry no mapping", grids("foo"), "r.yaml:2: grids[0]", "grid must be a mapping, not 'foo'"),
    ("section no list", "grids: {a: 1}\n", "r.yaml:1: grids", "must be a list, not a mapping"),
    ("boundary no mapping", grid(boundary="[]"), "grids[0].boundary", "must be a GeoJSON geometry"),
    ("boundary of points", grid(boundary="{type: Point, coordinates: [1, 2]}"), "boundary.type", "'Point'"),
    ("foreign reference system", grid(boundary=SQUARE[:-1] + ", crs: x}"), "boundary.crs", "unknown key"),
    ("no coordinates", grid(boundary="{type: Polygon}"), "grids[0].boundary", "no coordinates"),
    ("ring open", grid(boundary=ring("1,1", "2,1", "2,2", "1,2")), "coordinates[0]", "not closed"),
    ("ring too short", grid(boundary=ring("1,1", "2,1", "1,1")), "coordinates[0]", "at least 4 positions"),
    (
        "ring crosses itself",
        grid(boundary=ring("1,1", "2,2", "2,1", "1,2", "1,1")),
        "grids[0].boundary.coordinates",
        "grid 652301: boundary: not a sound polygon: Self-intersection",
    ),
    ("ring flat", grid(boundary=ring("1,1", "2,2", "3,3", "1,1")), "coordinates", "boundary"),
    (
        "ring out of range",
        grid(boundary=ring("1,1", "200,1", "2,2", "1,1")),
        "grids[0].boundary.coordinates[0][1]",
        "(200, 1) is no longitude and latitude",
    ),
    ("position of text", grid(boundary=ring('"1",1', "2,1", "2,2", '"1",1')), "[0][0]", "two numbers"),
    ("rings missing", grid(boundary="{type: Polygon, coordinates: [[1, 2]]}"), "[0][0]", "must be a list"),
    ("one list too many", grid(boundary=SQUARE.replace("Po", "MultiPo")), "[0][0]", "must be a list"),
    ("username missing", "people: [{name: 李}]\n", "people[0]", "username is missing"),
    ("username with a slash", "people: [{username: a/b, name: 李}]\n", "people[0].username", "may hold only"),
    (
        "username twice",
        "people:\n  - {username: li, name: 李}\n  - {username: li, name: 李}\n",
        "r.yaml:3: people[1].username",
        "username li is taken already, in line 2",
    ),
    ("short password", "people: [{username: a, name: 李, password: abc}]\n", "password", "is shorter"),
    ("unknown grid", duty("grid: X9, role: chief"), "duties[0].grid", "person li: there is no grid X9"),
    ("unknown role", duty("grid: 652301, role: boss"), "duties[0].role", "'boss' is none of administrator"),
    ("role missing", duty("grid: 652301"), "people[0].duties[0]", "role is missing"),
    ("bad day", duty("grid: 652301, role: chief, from: 2026-02-30"), "duties[0].from", "is no day"),
    ("post of nobody", duty("grid: 652301, role: supervisor, post: party"), "post", "is said of chief only"),
    ("unknown post", duty("grid: 652301, role: chief, post: king"), "duties[0].post", "'king' is none of"),
    ("full time as text", duty('grid: 652301, role: supervisor, full_time: "true"'), "full_time", "true or"),
    (
        "covers elsewhere",
        duty('grid: 652301, role: sub_chief, covers: ["652302001"]'),
        "duties[0].covers",
        "652302001 does not stand directly below 652301",
    ),
    ("covers nothing known", duty('grid: 652301, role: sub_chief, covers: ["X9"]'), "covers", "no grid X9"),
    (
        "covers too much",
        duty(f"grid: 652301, role: sub_chief, covers: [{', '.join(f'X{n}' for n in range(201))}]"),
        "covers",
        "more than 200",
    ),
    ("no offset", duty("grid: 652301, role: chief, from: 2026-02-03T08:00:00"), "from", "with its offset"),
    (
        "ends before it begins",
        duty("grid: 652301, role: chief, from: 2026-02-03, to: 2026-02-01"),
        "people[0].duties[0].to",
        "would end before it begins",
    ),
    (
        "duty twice",
        duty("grid: 652301, role: chief}, {grid: 652301, role: chief, from: 2026-02-03"),
        "people[0].duties[1]",
        "listed twice",
    ),
    ("station twice", station() + station().removeprefix("stations:\n"), "stations[1].code", "in line 2"),
    ("station kind missing", station(kind=""), "stations[0]", "station S1: kind is missing"),
    ("kind unknown", station(kind="macro"), "stations[0].kind", "'macro' is none of micro, reference"),
    ("station of an unknown grid", station(grid="X9"), "stations[0].grid", "station S1: there is no grid X9"),
    ("longitude out of range", station(lon="187.5"), "stations[0].lon", "station S1: lon 187.5 lies outside"),
    ("latitude out of range", station(lat="-91"), "stations[0].lat", "station S1: lat -91 lies outside"),
    ("longitude infinite", station(lon=".inf"), "stations[0].lon", "must be a number"),
    ("longitude overflows", station(lon="1e999"), "stations[0].lon", "must be a number"),
    ("latitude missing", station(lat=""), "stations[0]", "station S1: lat is missing"),
    ("latitude as text", station(lat='"44"'), "stations[0].lat", "must be a number, not '44'"),
    ("short secret", station(secret="1234567"), "stations[0].secret", "station S1: secret is shorter than 8"),
    ("cadence 0", station(cadence_s="0"), "stations[0].cadence_s", "outside 1 to 86400"),
    ("no boundary at all", station(grid=""), "stations[0]", "S1: without a grid at (87.5, 44.5), and no"),
    (
        "in no boundary",
        grids(COUNTY) + station(grid="", lon="90"),
        "r.yaml:4: stations[0]",
        "station S1: without a grid at (90, 44.5) lies in no level-2 boundary",
    ),
    (
        "in two boundaries",
        grids(COUNTY, COUNTY.replace("652301", "652302")) + station(grid=""),
        "r.yaml:5: stations[0]",
        "station S1: without a grid at (87.5, 44.5) lies in more than one level-2 boundary: 652301, 652302",
    ),
    (
        "on the edge of two",
        grids(COUNTY, EASTERN) + station(grid="", lon="88"),
        "stations[0]",
        "lies in more than one level-2 boundary: 652301, 652302",
    ),
    ("source twice", source() + source().removeprefix("sources:\n"), "sources[1].code", "in line 2"),
    ("source of an unknown grid", source(grid="X9"), "sources[0].grid", "source Q1: there is no grid X9"),
    ("source without grid", source(grid=""), "sources[0]", "source Q1: grid is missing"),
    ("source without pollutants", source(pollutants=""), "sources[0]", "pollutants is missing"),
    ("source of something else", source(pollutants="[pm2.5]"), "pollutants[0]", "'pm2.5' is none of pm25"),
    ("key twice", "grids: []\ngrids: []\n", "r.yaml:2: grids", "stands here twice"),
    ("key twice within", grids("{code: A, code: A, name: a, level: 1}"), "r.yaml:2: grids[0].code", "twice"),
    ("not YAML", "grids: [\n", "r.yaml:2", "not YAML"),
    ("NUL", "grids: \x00\n", "r.yaml:1", "not YAML"),
    ("tag", "grids: !!python/object:os.system []\n", "r.yaml:1", "is not allowed"),
    ("two documents", "grids: []\n---\ngrids: []\n", "r.yaml:2", "a second document"),
    ("alias of nothing", "grids: *a\n", "r.yaml:1: grids", "nothing is anchored as &a"),
    ("alias of itself", "grids: &a [*a]\n", "r.yaml:1: grids[0]", "nothing is anchored"),
    ("key of many words", "? [a]\n: 1\n", "r.yaml:1", "a key must be plain text"),
    ("too deep", "grids: " + "[" * 60 + "]" * 60 + "\n", "r.yaml:1", "nested deeper"),
    ("empty", "# nothing\n", "r.yaml:1", "the file is empty"),
    ("a list", "- a\n", "r.yaml:1", "must be a mapping"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "where", "says"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS]
)
def test_a_fault_is_named_with_its_place(text: str, where: str, says: str) -> None:
    found = faults(text)
    assert [line for line in found if where in line and says in line], found


def test_one_fault_makes_one_line() -> None:
    alone = [case for case in FAULTS if case[0] in ("level 5", "unknown grid", "in no boundary", "cycle")]
    assert [len(faults(text)) for _, text, _, _ in alone] == [1, 1, 1, 1]


def test_all_faults_come_at_once_in_the_order_of_the_file() -> None:
    text = (
        grids(COUNTY, "{code: A, name: a, level: 9, parent: B}")
        + station(lon="999")
        + duty("grid: Z, role: chief")
    )
    assert [line.split(": ")[1] for line in faults(text)] == [
        "grids[1].level", "stations[0].lon", "people[0].duties[0].grid",
    ]  # fmt: skip


def test_a_faulty_boundary_does_not_accuse_the_stations() -> None:
    text = grid(boundary=ring("87,44", "88,44", "88,45", "87,45")) + station(grid="")
    assert len(faults(text)) == 1


def test_aliases_cannot_blow_up_the_file() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(97 + n)}: &{chr(97 + n)} [{', '.join([f'*{chr(96 + n)}'] * 10)}]\n" for n in range(1, 9)
    )
    assert "with all aliases written out" in faults(bomb)[-1]


def test_an_oversize_text_is_refused_unread() -> None:
    assert faults("#" * (LIMIT_BYTES + 1)) == ["r.yaml: larger than 32 MiB"]


def test_a_level_may_not_change_under_a_grid_of_the_database() -> None:
    known = {"652300": KnownGrid(1), "A": KnownGrid(2, None, "652300"), "B": KnownGrid(3, None, "A")}
    text = grids("{code: A, name: a, level: 3, parent: 652301}")
    assert faults(text, known=known) == [
        "r.yaml:2: grids[0].level: grid A: the database has grid B of level 3 directly below it"
    ]
