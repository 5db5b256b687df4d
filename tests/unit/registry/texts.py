"""Small registry files, and what reading them gives."""

from app.registry.entries import KnownGrids, Registry
from app.registry.file import parse

SQUARE = "{type: Polygon, coordinates: [[[87, 44], [88, 44], [88, 45], [87, 45], [87, 44]]]}"
EAST = "{type: Polygon, coordinates: [[[88, 44], [89, 44], [89, 45], [88, 45], [88, 44]]]}"
COUNTY = f'{{code: "652301", name: 昌吉市, level: 2, parent: "652300", boundary: {SQUARE}}}'
EASTERN = f'{{code: "652302", name: 阜康市, level: 2, parent: "652300", boundary: {EAST}}}'


def faults(text: str, name: str = "r.yaml", known: KnownGrids | None = None) -> list[str]:
    parsed = parse(text, name, known or {})
    assert (parsed.registry is None) == bool(parsed.faults)
    return [fault.shown(name) for fault in parsed.faults]


def registry(text: str, name: str = "r.yaml", known: KnownGrids | None = None) -> Registry:
    parsed = parse(text, name, known or {})
    assert parsed.faults == ()
    assert parsed.registry is not None
    return parsed.registry


def grids(*entries: str) -> str:
    return "grids:\n" + "".join(f"  - {entry}\n" for entry in entries)


def station(**fields: str) -> str:
    values = {
        "code": "S1",
        "name": "站",
        "grid": "652301",
        "lon": "87.5",
        "lat": "44.5",
        "kind": "micro",
    } | fields
    inner = ", ".join(f"{key}: {value}" for key, value in values.items() if value)
    return f"stations:\n  - {{{inner}}}\n"


def source(**fields: str) -> str:
    values = {
        "code": "Q1", "name": "源", "grid": "652301", "lon": "87.5", "lat": "44.5",
        "category": "工地", "pollutants": "[pm10]",
    } | fields  # fmt: skip
    inner = ", ".join(f"{key}: {value}" for key, value in values.items() if value)
    return f"sources:\n  - {{{inner}}}\n"


def duty(inner: str) -> str:
    return f"people:\n  - {{username: li, name: 李, duties: [{{{inner}}}]}}\n"


def grid(**fields: str) -> str:
    values = {"code": "652301", "name": "昌吉市", "level": "2", "parent": '"652300"'} | fields
    return grids("{" + ", ".join(f"{key}: {value}" for key, value in values.items() if value) + "}")


def ring(*points: str) -> str:
    return f"{{type: Polygon, coordinates: [[{', '.join(f'[{point}]' for point in points)}]]}}"
