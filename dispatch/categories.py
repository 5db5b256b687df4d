"""What a reported problem or a cause found on site is called in the registry: pure, in one place for all three lists.

Orders are routed by the categories of sources, which are the registry's own words. What people report and find is said
in closed lists. Each of their values has here the names that a registry uses for it, the nearest first; which of them
counts is for the data to say (`unit_repository.first_known`). A value without names routes nothing.
"""

from models.enums import CauseCode, ProblemCategory

_FIRMS = ("工业企业", "工业源", "企业")
_BURNING = ("露天焚烧", "焚烧")
_DUST = ("扬尘污染", "扬尘")
_SITES = ("建筑工地", "施工工地", "工地")
_COAL = ("燃煤锅炉", "锅炉", "燃煤")

OF_PROBLEM: dict[ProblemCategory, tuple[str, ...]] = {
    ProblemCategory.SCATTERED: ("散乱污企业", "“散乱污”企业", "散乱污", *_FIRMS),
    ProblemCategory.ENTERPRISE: _FIRMS,
    ProblemCategory.COAL_BOILER: _COAL,
    ProblemCategory.DUST: (*_DUST, *_SITES),
    ProblemCategory.BURNING: (*_BURNING, "秸秆焚烧"),
    ProblemCategory.BLACK_WATER: ("黑臭水体",),
    ProblemCategory.SEWAGE: ("污水倾倒", "倾倒污水", "污水"),
    ProblemCategory.WASTE: ("垃圾堆放", "生活垃圾", "垃圾"),
    ProblemCategory.FILM: ("残膜", "农业废弃物", "农业面源"),
    ProblemCategory.LIVESTOCK: ("畜禽养殖", "养殖"),
    ProblemCategory.NOISE: ("噪声", "噪音"),
    ProblemCategory.OTHER: (),
}
OF_CAUSE: dict[CauseCode, tuple[str, ...]] = {
    CauseCode.CONSTRUCTION_DUST: (*_SITES, "施工扬尘", *_DUST),
    CauseCode.ROAD_DUST: ("道路扬尘", "道路", *_DUST),
    CauseCode.OPEN_BURNING: _BURNING,
    CauseCode.BULK_MATERIALS: ("物料堆场", "堆场", "料场", *_DUST),
    CauseCode.INDUSTRIAL_STACK: _FIRMS,
    CauseCode.COAL_HEATING: ("散煤", "散煤燃烧", *_COAL),
    CauseCode.CATERING: ("餐饮油烟", "餐饮"),
    CauseCode.VEHICLES: ("机动车", "移动源", "非道路移动机械"),
    CauseCode.STRAW: ("秸秆焚烧", "秸秆", *_BURNING),
    CauseCode.OTHER: (),
    CauseCode.NONE_FOUND: (),
}
