import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.emissions import KINDS, fit, kind_of, shares
from models.enums import POLLUTANTS

COARSE = {"pm10": 4.1, "pm25": 1.8}
SULPHUR = {"so2": 3.0, "pm25": 0.8}
ENGINES = {"no2": 2.0, "co": 1.0}
SMOKE = {"pm25": 5.0, "co": 3.0, "pm10": 3.0}


def match(signature: dict[str, float], category: str, *pollutants: str, name: str = "") -> float:
    found = fit(shares(signature), category, name, pollutants)
    assert found is not None
    return found.match


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("建筑工地", "dust"),
        ("物料堆场", "dust"),
        ("畜禽养殖场", "dust"),
        ("Construction site", "dust"),
        ("dust yard", "dust"),
        ("煤矿", "dust"),
        ("供热锅炉", "coal"),
        ("Coal-fired boiler", "coal"),
        ("道路交通", "traffic"),
        ("ROAD TRAFFIC", "traffic"),
        ("秸秆焚烧", "burning"),
        ("straw burning", "burning"),
        ("餐饮服务单位", "cooking"),
        ("汽车修理行业", "solvents"),
        ("钢铁企业", "metals"),
        ("化工厂", "chemicals"),
        ("水泥厂", "building_materials"),
        ("工业企业", "industry"),
        ("industrial", "industry"),
        ("其他", None),
        ("abroad", None),
        ("", None),
    ],
)
def test_the_kind_behind_free_words(category: str, kind: str | None) -> None:
    assert kind_of(category) == kind


def test_a_name_helps_where_the_category_says_only_industry() -> None:
    assert kind_of("工业企业", "示范水泥厂·阜康市") == "building_materials"
    assert kind_of("建筑工地", "某化工厂二期") == "dust"
    assert kind_of("其他", "某工厂") is None


@pytest.mark.parametrize(
    ("signature", "best"),
    [(COARSE, "建筑工地"), (SULPHUR, "燃煤锅炉"), (ENGINES, "道路"), (SMOKE, "秸秆焚烧")],
)
def test_each_kind_knows_its_own(signature: dict[str, float], best: str) -> None:
    ranked = sorted(("建筑工地", "燃煤锅炉", "道路", "秸秆焚烧"), key=lambda c: -match(signature, c))
    assert ranked[0] == best
    assert match(signature, best) > 0.7
    assert match(signature, ranked[-1]) < 0.6


def test_its_own_list_says_more_than_the_kind() -> None:
    assert match(SULPHUR, "工业企业", "so2") > match(SULPHUR, "工业企业")
    assert match(COARSE, "供热锅炉", "so2", "no2") < match(COARSE, "供热锅炉")
    assert match(COARSE, "其他", "TSP", "PM2.5") > match(COARSE, "其他")
    # Nothing of the six in the list is no word about the six.
    assert match(COARSE, "工业企业", "voc") == match(COARSE, "工业企业")


def test_whether_the_pollutant_that_rose_most_is_listed() -> None:
    for listed, expected in ((("pm25",), False), (("tsp",), True), ((), False)):
        found = fit(shares(COARSE), "其他", "", listed)
        assert found is not None
        assert found.listed is expected


def test_vapours_explain_none_of_the_six() -> None:
    assert match(COARSE, "汽车修理行业") == 0


@pytest.mark.parametrize(
    "signature",
    [{}, {"o3": 3.0}, {"pm10": 0.0, "so2": -1.0}, {"pm10": math.nan, "co": math.inf}, {"tsp": 3.0}],
)
def test_nothing_rose_that_could_tell(signature: dict[str, float]) -> None:
    assert shares(signature) == {}
    assert fit(shares(signature), "建筑工地", "", ()) is None


@given(
    st.dictionaries(st.sampled_from(POLLUTANTS), st.floats()),
    st.sampled_from((*(words.split("|")[0] for words, _ in KINDS.values()), "工业", "其他")),
    st.lists(st.sampled_from((*POLLUTANTS, "tsp", "voc"))),
)
def test_a_match_is_always_between_nothing_and_all(
    signature: dict[str, float], category: str, pollutants: list[str]
) -> None:
    found = fit(shares(signature), category, "", tuple(pollutants))
    assert found is None or 0.0 <= found.match <= 1.0
