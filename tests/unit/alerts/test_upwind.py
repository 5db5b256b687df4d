import json
import math
import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alerts.geodesy import bearing_deg, distance_m
from alerts.upwind import LikelySource, Reason, Source, Upwind, evidence, likely_sources
from alerts.wind import WindSample, WindWord
from models.enums import POLLUTANTS

LON, LAT = 87.3, 44.0
DUST = {"pm10": 4.1, "pm25": 1.8}
WEST = [WindSample(3.0, direction) for direction in (262, 268, 272, 278)]
CALM = [WindSample(0.2, 270)] * 4
METRES = 111_195.08

BEARINGS = st.floats(0, 359.9)
METRES_AWAY = st.floats(150, 9_000)
WINDS = st.lists(
    st.builds(WindSample, st.floats(1, 20), st.floats(0, 360), st.floats(0.1, 2)), min_size=1, max_size=8
)


def source(
    bearing: float, metres: float, category: str = "建筑工地", code: str = "S", **more: object
) -> Source:
    east, north = (metres * f(math.radians(bearing)) for f in (math.sin, math.cos))
    made = Source(
        code=code,
        name=code,
        lon=LON + east / METRES / math.cos(math.radians(LAT)),
        lat=LAT + north / METRES,
        category=category,
        pollutants=(),
        grid="652301",
    )
    return replace(made, **more)  # type: ignore[arg-type]  # fields by name, in tests only


def ask(
    *sources: Source, wind: list[WindSample] | None = None, signature: dict[str, float] | None = None
) -> Upwind:
    return likely_sources(
        LON,
        LAT,
        samples=WEST if wind is None else wind,
        signature=DUST if signature is None else signature,
        sources=sources,
        most=100,
    )


def one(asked: Source, wind: list[WindSample] | None = None) -> LikelySource | None:
    found = ask(asked, wind=wind).sources
    return found[0] if found else None


def score(asked: Source, wind: list[WindSample] | None = None) -> float:
    found = one(asked, wind)
    return found.score if found else 0.0


def test_the_yard_upwind_comes_first() -> None:
    found = ask(
        source(90, 1500, code="downwind"),
        source(275, 1500, code="upwind"),
        source(275, 1500, "供热锅炉", code="boiler"),
        source(295, 1500, code="aside"),
        source(270, 6000, code="far"),
        source(270, 12_000, code="too far"),
    )
    assert found.wind.word is WindWord.STEADY
    assert [likely.code for likely in found.sources] == ["upwind", "boiler", "aside", "far"]
    first = found.sources[0]
    assert first.distance_m == pytest.approx(1500, rel=0.01)
    assert first.bearing_deg == pytest.approx(275, abs=0.5)
    assert first.off_wind_deg == pytest.approx(5, abs=0.5)
    assert first.category_match > 0.9
    assert first.reasons == (Reason.UPWIND, Reason.CATEGORY_FITS)
    assert found.sources[2].reasons[0] is Reason.EDGE_OF_WIND


def test_the_score_is_the_product_of_its_parts() -> None:
    for likely in ask(source(280, 900), source(250, 3000, "道路")).sources:
        assert likely.parts.direction is not None
        assert likely.score == pytest.approx(
            likely.parts.direction * likely.parts.distance * likely.parts.category
        )


def test_a_wind_that_turns_about_widens_the_sector() -> None:
    aside = source(310, 1500)
    loose = [WindSample(3.0, direction) for direction in (230, 250, 270, 290, 310)]
    assert score(aside, loose) > 2 * score(aside)


@pytest.mark.parametrize(
    ("wind", "word", "reason"),
    [
        (CALM, WindWord.CALM, Reason.WIND_CALM),
        ([WindSample(2, d) for d in (0, 90, 180, 271)], WindWord.VARIABLE, Reason.WIND_VARIABLE),
        ([WindSample(2, 90), WindSample(2, 270)], WindWord.VARIABLE, Reason.WIND_VARIABLE),
        ([WindSample(2, None)], WindWord.UNKNOWN, Reason.WIND_UNKNOWN),
        ([], WindWord.UNKNOWN, Reason.WIND_UNKNOWN),
    ],
)
def test_without_a_direction_distance_and_category_rank_and_it_is_said(
    wind: list[WindSample], word: WindWord, reason: Reason
) -> None:
    found = ask(
        source(270, 2000, code="west"),
        source(90, 1000, code="east"),
        source(90, 1000, "汽修", code="paint"),
        wind=wind,
    )
    assert found.wind.word is word
    assert [likely.code for likely in found.sources] == ["east", "west", "paint"]
    for likely in found.sources:
        assert likely.reasons[0] is reason
        assert likely.off_wind_deg is likely.parts.direction is None
        assert likely.score == pytest.approx(likely.parts.distance * likely.parts.category)


def test_on_the_spot_no_bearing_counts_against_it() -> None:
    for metres in (0, 50):
        likely = one(source(90, metres))
        assert likely is not None
        assert likely.off_wind_deg is None
        assert likely.parts.direction == 1.0
        assert likely.reasons == (Reason.AT_STATION, Reason.CATEGORY_FITS)


def test_near_sources_fill_more_of_the_wind_by_their_own_size() -> None:
    near, far = one(source(310, 200)), one(source(310, 2000))
    assert near is not None
    assert far is not None
    assert near.parts.direction is not None
    assert far.parts.direction is not None
    assert near.parts.direction > 3 * far.parts.direction
    assert Reason.NEAR in near.reasons


def test_what_is_said_of_the_kind() -> None:
    said = {
        likely.code: set(likely.reasons)
        for likely in ask(
            source(270, 1000, "道路", code="road"),
            source(270, 1000, "其他", code="other"),
            source(270, 1000, "其他", code="listed", pollutants=("tsp",)),
        ).sources
    }
    assert Reason.CATEGORY_DIFFERS in said["road"]
    assert Reason.CATEGORY_UNKNOWN in said["other"]
    assert {Reason.CATEGORY_UNKNOWN, Reason.POLLUTANT_LISTED} <= said["listed"]


def test_a_rise_of_ozone_alone_tells_kinds_not_apart() -> None:
    found = ask(source(270, 1000, "道路"), source(270, 1000), signature={"o3": 2.0}).sources
    assert {likely.category_match for likely in found} == {0.5}
    assert all(Reason.NO_SIGNATURE in likely.reasons for likely in found)


def test_equal_ones_are_ranked_by_code_and_only_so_many_are_named() -> None:
    sources = [source(270, 1000, code=code) for code in "CADB"]
    found = likely_sources(LON, LAT, samples=WEST, signature=DUST, sources=sources, most=3)
    assert [likely.code for likely in found.sources] == ["A", "B", "C"]


def test_the_evidence_is_plain_json() -> None:
    kept = evidence(ask(source(272, 1500, code="S-1")))
    assert json.loads(json.dumps(kept)) == kept
    assert kept["wind"] == {"word": "steady", "speed": 3.0, "direction": 270, "spread": 6.0, "samples": 4}
    (first,) = kept["sources"]
    assert (first["code"], first["distance_m"], first["bearing"], first["off_wind"]) == (
        "S-1",
        pytest.approx(1500, abs=3),
        272,
        pytest.approx(2, abs=1),
    )
    assert first["reasons"] == ["upwind", "category_fits"]
    assert evidence(ask(wind=[]))["wind"]["word"] == "unknown"


@given(METRES_AWAY, BEARINGS, st.floats(0, 179), st.floats(0, 179))
def test_the_score_falls_with_the_angle(
    metres: float, direction: float, one_off: float, other: float
) -> None:
    low, high = sorted((one_off, other))
    assume(high - low > 1)
    wind = [WindSample(3, direction)]
    assert score(source(direction + low, metres), wind) >= score(source(direction + high, metres), wind)


@given(BEARINGS, st.lists(st.floats(0, 9_900), min_size=2, max_size=6), WINDS)
def test_the_score_falls_with_distance(
    bearing: float, distances: list[float], wind: list[WindSample]
) -> None:
    scores = [score(source(bearing, metres), wind) for metres in sorted(distances)]
    # A flat map of the bearing bends by a few thousandths of a degree over these distances.
    assert all(near >= far - 1e-3 for near, far in pairwise(scores))


@given(
    st.lists(st.tuples(BEARINGS, METRES_AWAY), min_size=1, max_size=6), st.floats(2, 20), BEARINGS, BEARINGS
)
def test_turning_wind_and_places_together_changes_no_score(
    places: list[tuple[float, float]], speed: float, direction: float, turn: float
) -> None:
    for bearing, metres in places:
        here = one(source(bearing, metres), [WindSample(speed, direction)])
        there = one(source(bearing + turn, metres), [WindSample(speed, direction + turn)])
        assert (here.score if here else 0) == pytest.approx(there.score if there else 0, abs=0.011)


@given(st.lists(st.tuples(BEARINGS, METRES_AWAY), max_size=8), WINDS, st.randoms(use_true_random=False))
def test_the_order_of_what_comes_in_is_nothing(
    places: list[tuple[float, float]], wind: list[WindSample], chance: random.Random
) -> None:
    sources = [source(*place, code=f"S{n}") for n, place in enumerate(places)]
    signature = dict(chance.sample(sorted(DUST.items()), len(DUST)))
    mixed = ask(
        *chance.sample(sources, len(sources)), wind=chance.sample(wind, len(wind)), signature=signature
    )
    assert mixed == ask(*sources, wind=wind)


ANY = st.floats()
ANY_SOURCE = st.builds(
    Source,
    code=st.text(max_size=3),
    name=st.text(max_size=5),
    lon=ANY | st.just(LON) | st.floats(87, 88),
    lat=ANY | st.just(LAT) | st.floats(43.9, 44.1),
    category=st.text(max_size=5) | st.sampled_from(("工业企业", "dust", "汽修")),
    pollutants=st.lists(st.text(max_size=5) | st.sampled_from(POLLUTANTS), max_size=3).map(tuple),
    grid=st.just("652301"),
)


@given(
    ANY | st.just(LON),
    ANY | st.just(LAT),
    st.lists(st.builds(WindSample, ANY, ANY | st.none(), ANY), max_size=5),
    st.dictionaries(st.sampled_from((*POLLUTANTS, "tsp")), ANY),
    st.lists(ANY_SOURCE, max_size=4),
    st.floats(min_value=0) | st.just(math.nan),
)
def test_whatever_comes_in_numbers_come_out(
    lon: float,
    lat: float,
    samples: list[WindSample],
    signature: dict[str, float],
    sources: list[Source],
    reach: float,
) -> None:
    found = likely_sources(
        lon, lat, samples=samples, signature=signature, sources=sources, reach_m=reach, most=10
    )
    for likely in found.sources:
        assert 0 < likely.score <= 1
        assert 0 <= likely.category_match <= 1
        assert 0 <= likely.bearing_deg < 360
        assert math.isfinite(likely.distance_m)
        assert likely.off_wind_deg is None or 0 <= likely.off_wind_deg <= 180
        assert likely.reasons
    json.dumps(evidence(found), allow_nan=False)


def test_the_places_of_these_tests_are_where_they_say() -> None:
    place = source(33, 5000)
    assert distance_m(LON, LAT, place.lon, place.lat) == pytest.approx(5000, rel=2e-3)
    assert bearing_deg(LON, LAT, place.lon, place.lat) == pytest.approx(33, abs=0.1)
