"""A small body that a schema of the description allows, the same each time."""

import re
from typing import Any

_BY_FORMAT = {"date": "2026-11-20", "date-time": "2026-11-20T08:00:00+08:00", "decimal": "1"}
_BY_PATTERN = ("2026-11", "a" * 64, "2026", "1", "1.0", "WRY-1", "652301", "docx", "xlsx", "x")


def sample(schema: dict[str, Any], components: dict[str, Any]) -> Any:
    """What is required and nothing else; the first of several ways."""
    if "$ref" in schema:
        return sample(components[schema["$ref"].rpartition("/")[2]], components)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return sample(schema[several][0], components)
    return _PLAIN[schema.get("type", "object")](schema, components)


def _object(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties", {})
    made = {name: sample(properties[name], components) for name in schema.get("required", ())}
    for name, one in list(properties.items())[: schema.get("minProperties", 0)]:
        made.setdefault(name, sample(one, components))
    return made


def _array(schema: dict[str, Any], components: dict[str, Any]) -> list[Any]:
    return [sample(schema["items"], components) for _ in range(schema.get("minItems", 0))]


def _string(schema: dict[str, Any], _: dict[str, Any]) -> str:
    if "pattern" in schema:
        return next(one for one in _BY_PATTERN if re.search(schema["pattern"], one))
    return _BY_FORMAT.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))


def _number(schema: dict[str, Any], _: dict[str, Any]) -> int:
    return int(schema.get("minimum", 1))


_PLAIN = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _number,
    "number": _number,
    "boolean": lambda *_: True,
    "null": lambda *_: None,
}
