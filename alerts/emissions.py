"""What kinds of sources emit, and how well that looks like what rose.

The table is our own, in round numbers, after what source apportionment goes by: coarse particles for dust,
SO2 for coal, NO2 with CO for engines, fine particles with CO for burning. Ozone is no source's own pollutant
and tells nothing.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from models.enums import POLLUTANTS

MARKERS: tuple[str, ...] = tuple(pollutant for pollutant in POLLUTANTS if pollutant != "o3")
NEUTRAL_MATCH = 0.5
LISTED_AT_LEAST = 0.7  # own value: the entry itself says it emits this
UNLISTED_SHARE = 0.5  # own value: an entry that lists others may still be incomplete

# The order decides where words overlap: 煤矿 is dust before it is coal, 水泥 is a kiln before it is a yard.
KINDS: dict[str, tuple[str, dict[str, float]]] = {
    "burning": (
        "秸秆|焚烧|露天烧|野外用火|烧荒|straw|stubble|biomass|burning|incinerat|bonfire|wildfire",
        {"pm25": 1.0, "co": 0.8, "pm10": 0.7},
    ),
    "building_materials": (
        "水泥|建材|砖厂|砖瓦|石灰|陶瓷|cement|brick|lime|ceramic",
        {"pm10": 1.0, "pm25": 0.6, "no2": 0.6, "so2": 0.4},
    ),
    "dust": (
        "扬尘|工地|施工|建筑|拆迁|堆场|料场|煤场|矿|采石|砂石|搅拌|渣土|裸地|裸露|养殖|畜禽"
        "|construction|demolition|dust|yard|stockpile|quarry|mine|mining|gravel|earthwork|livestock|feedlot",
        {"pm10": 1.0, "pm25": 0.3},
    ),
    "coal": (
        "锅炉|燃煤|散煤|煤炉|供热|热力|供暖|采暖|热电|火电|电厂|焦化|coal|boiler|heating|power|coking",
        {"so2": 1.0, "pm25": 0.7, "pm10": 0.6, "no2": 0.6, "co": 0.5},
    ),
    "traffic": (
        "交通|道路|公路|机动车|柴油|停车|物流|客运|货运|车站"
        "|traffic|road|highway|vehicle|diesel|truck|parking|logistics",
        {"no2": 1.0, "co": 0.6, "pm25": 0.3, "pm10": 0.3},
    ),
    "cooking": (
        "餐饮|油烟|烧烤|饭店|catering|restaurant|cooking|barbecue",
        {"pm25": 1.0, "pm10": 0.7, "co": 0.2},
    ),
    "solvents": (
        "汽修|汽车修理|喷涂|喷漆|印刷|家具|加油站|repair|paint|coating|printing|solvent|petrol",
        {},  # organic vapours, none of the six
    ),
    "metals": (
        "钢铁|冶炼|冶金|有色|铸造|铝|steel|smelt|foundry|metal|alumin",
        {"so2": 0.8, "pm10": 0.8, "pm25": 0.8, "co": 0.8, "no2": 0.6},
    ),
    "chemicals": (
        "化工|石化|炼油|制药|chemical|refinery|petrochem|pharma",
        {"so2": 1.0, "no2": 0.7, "pm25": 0.4, "co": 0.4},
    ),
}
# Said of nearly everything, so a name that says more goes before it.
GENERIC = "工业|企业|工厂|园区|industr|factory|plant|works"
_INDUSTRY: dict[str, float] = {"so2": 0.8, "no2": 0.8, "pm25": 0.7, "pm10": 0.7, "co": 0.5}

_ALIASES = {
    "pm2.5": "pm25",
    "pm2_5": "pm25",
    "tsp": "pm10",
    "dust": "pm10",
    "颗粒物": "pm10",
    "扬尘": "pm10",
    "nox": "no2",
    "no": "no2",
}


def _words(alternatives: str) -> re.Pattern[str]:
    """Chinese words anywhere in the text, English ones where a word begins."""
    return re.compile(
        "|".join(rf"\b{word}" if word.isascii() else word for word in alternatives.split("|")), re.ASCII
    )


_PATTERNS = {kind: _words(words) for kind, (words, _) in KINDS.items()}
_GENERIC = _words(GENERIC)


@dataclass(frozen=True, slots=True)
class Fit:
    kind: str | None
    """Key of KINDS, `industry`, or None for a category that says nothing known."""
    match: float
    """0..1: the cosine between what rose and what such a source emits."""
    listed: bool
    """Whether the source's own entry names the pollutant that rose most."""


def shares(signature: Mapping[str, float]) -> dict[str, float]:
    """The rises that tell kinds of sources apart, against the largest of them; empty when nothing does."""
    rises = {
        name: signature[name] for name in MARKERS if name in signature and 0.0 < signature[name] < math.inf
    }
    largest = max(rises.values(), default=1.0)
    return {name: rise / largest for name, rise in rises.items()}


def fit(risen: Mapping[str, float], category: str, name: str, pollutants: tuple[str, ...]) -> Fit | None:
    """How well a source fits what rose (`shares` of a signature); None when nothing rose that could tell."""
    if not risen:
        return None
    kind = kind_of(category, name)
    listed = {_ALIASES.get(word.lower(), word.lower()) for word in pollutants} & set(MARKERS)
    profile = _profile(kind, listed)
    leading = {marker for marker, share in risen.items() if share == 1.0}
    return Fit(kind, _cosine(risen, profile), bool(leading & listed))


def kind_of(category: str, name: str = "") -> str | None:
    """The kind a registry's free words mean; the name helps where the category only says industry or less."""
    for text in (category.lower(), name.lower()):
        for kind, words in _PATTERNS.items():
            if words.search(text):
                return kind
    return "industry" if _GENERIC.search(category.lower()) else None


def _profile(kind: str | None, listed: set[str]) -> Mapping[str, float]:
    if kind is None and not listed:
        # Nothing known: as likely one as the other.
        return dict.fromkeys(MARKERS, 1.0)
    typical = {} if kind is None else _INDUSTRY if kind == "industry" else KINDS[kind][1]
    if not listed:
        return typical
    return {
        marker: max(typical.get(marker, 0.0), LISTED_AT_LEAST)
        if marker in listed
        else typical.get(marker, 0.0) * UNLISTED_SHARE
        for marker in MARKERS
    }


def _cosine(risen: Mapping[str, float], profile: Mapping[str, float]) -> float:
    product = math.fsum(share * profile.get(marker, 0.0) for marker, share in risen.items())
    if not product:
        return 0.0
    return min(1.0, product / (math.hypot(*risen.values()) * math.hypot(*profile.values())))
