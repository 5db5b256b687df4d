"""Text of a YAML or JSON file → plain maps, lists and scalars that remember their lines.

Nothing is executed or constructed: tags are refused, aliases are shared and counted, depth and size have
limits. Scalars stay text, so that a code written `0652301` keeps its zero; `Plain` marks those without
quotes.
"""

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from app.registry.entries import Fault
from models.errors import Invalid
from models.said import Said

LIMIT_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 40  # the deepest thing a registry has is a MultiPolygon: 8
MAX_VALUES = 8_000_000  # a file at the size limit written out has fewer; only aliases reach it
_LINED_DEPTH = 3  # root, section, entry: its duties and aliases are lined, coordinates stand deeper

_TOO_DEEP = Said("nested deeper than %(most)s levels", most=MAX_DEPTH)

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_STR_TAG = "tag:yaml.org,2002:str"
_JSON_TOKEN = re.compile(r'[{}\[\]]|"(?:[^"\\]|\\.)*"|[-+.\w]+', re.DOTALL)


class Plain(str):
    """A scalar written without quotes: it may mean a number."""

    __slots__ = ()


class Map(dict[str, "Value"]):
    """A mapping with its own line and that of each key."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class Seq(list["Value"]):
    """A list with its line, and in the outer lists with that of each item: coordinates are too many."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] | None = None

    def line_of(self, index: int) -> int:
        """The line of an item, or of the list where that is not kept."""
        return self.line if self.lines is None else self.lines[index]


Value = Map | Seq | str | None


@dataclass(frozen=True, slots=True)
class Document:
    """The root of the file, None when it could not be read to its end; `faults` says why."""

    root: Value
    faults: list[Fault]
    complete: bool


def read_text(path: Path) -> str:
    """The file's text; raises Invalid with one line that names the file when there is none to be had."""
    try:
        if path.stat().st_size > LIMIT_BYTES:
            raise Invalid(f"{path}: larger than {LIMIT_BYTES // 1024 // 1024} MiB")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"{path}: not UTF-8 text (byte {error.start})") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Invalid(f"{path}: cannot be read: {reason}") from None


def read_document(text: str, name: str) -> Document:
    """Never raises: what cannot be read is a fault with its line."""
    if len(text) > LIMIT_BYTES:
        return _broken(
            Fault(None, "", Said("larger than %(most)s", most=f"{LIMIT_BYTES // 1024 // 1024} MiB"))
        )
    text = text.removeprefix("\ufeff")
    if name.lower().endswith(".json"):
        return _from_json(text)
    if text.lstrip().startswith("{"):
        document = _from_json(text)
        if document.complete:
            return document
    return _from_yaml(text)


def _broken(fault: Fault) -> Document:
    return Document(None, [fault], complete=False)


class _UnreadableError(Exception):
    """Reading cannot go on."""

    def __init__(self, line: int | None, said: Said, path: str = "") -> None:
        super().__init__(said)
        self.fault = Fault(line, path, said)


@dataclass(slots=True)
class _Frame:
    value: Map | Seq
    anchor: str | None
    key: str | None = None
    size: int = 1


@dataclass(slots=True)
class _Builder:
    """Puts the tree together from the reader's events, on a stack of its own."""

    root: Value = None
    faults: list[Fault] = field(default_factory=list)
    stack: list[_Frame] = field(default_factory=list)
    anchors: dict[str, tuple[Value, int]] = field(default_factory=dict)

    def begin(self, value: Map | Seq, anchor: str | None = None) -> None:
        frame = self.stack[-1] if self.stack else None
        if frame is not None and isinstance(frame.value, Map) and frame.key is None:
            raise _UnreadableError(value.line, Said("a key must be plain text"), self._path())
        if len(self.stack) >= MAX_DEPTH:
            raise _UnreadableError(value.line, _TOO_DEEP, self._path())
        if isinstance(value, Seq) and len(self.stack) <= _LINED_DEPTH:
            value.lines = []
        self.stack.append(_Frame(value, anchor))

    def end(self) -> None:
        frame = self.stack.pop()
        if frame.anchor:
            self.anchors[frame.anchor] = (frame.value, frame.size)
        self._put(frame.value, frame.value.line, frame.size)

    def scalar(self, value: str | None, line: int, anchor: str | None = None) -> None:
        if anchor:
            self.anchors[anchor] = (value, 1)
        self._put(value, line, 1)

    def alias(self, anchor: str, line: int) -> None:
        if anchor not in self.anchors:
            raise _UnreadableError(
                line, Said("nothing is anchored as %(value)s before this", value=f"&{anchor}"), self._path()
            )
        value, size = self.anchors[anchor]
        self._put(value, line, size)

    def _put(self, value: Value, line: int, size: int) -> None:
        if not self.stack:
            self.root = value
            return
        frame = self.stack[-1]
        frame.size += size
        if frame.size > MAX_VALUES:
            raise _UnreadableError(
                line, Said("more than %(most)s values with all aliases written out", most=f"{MAX_VALUES:,}")
            )
        if isinstance(frame.value, Seq):
            if frame.value.lines is not None:
                frame.value.lines.append(line)
            frame.value.append(value)
        elif frame.key is None:
            if not isinstance(value, str):
                raise _UnreadableError(line, Said("a key must be plain text"), self._path())
            frame.key = str(value)
            if frame.key in frame.value:
                said = Said("the key %(value)s stands here twice", value=repr(frame.key))
                self.faults.append(Fault(line, self._path(), said))
            else:
                frame.value.lines[frame.key] = line
        else:
            frame.value.setdefault(frame.key, value)
            frame.key = None

    def _path(self) -> str:
        path = ""
        for frame in self.stack:
            if isinstance(frame.value, Seq):
                path += f"[{len(frame.value)}]"
            elif frame.key is not None:
                path += f".{frame.key}" if path else frame.key
        return path

    def document(self) -> Document:
        return Document(self.root, self.faults, complete=True)


def _from_yaml(text: str) -> Document:
    builder = _Builder()
    documents = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            line = event.start_mark.line + 1 if event.start_mark else 1
            documents += isinstance(event, yaml.DocumentStartEvent)
            if documents > 1:
                raise _UnreadableError(line, Said("a second document begins here; a registry file has one"))
            _take(builder, event, line)
    except _UnreadableError as stop:
        return Document(None, [*builder.faults, stop.fault], complete=False)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = ", ".join(part for part in (error.context, error.problem) if part)
        return _broken(Fault(mark.line + 1 if mark else None, "", _no_yaml(why)))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return _broken(Fault(line, "", _no_yaml(error.reason)))
    except (yaml.YAMLError, UnicodeError, ValueError, RecursionError) as error:
        return _broken(Fault(None, "", _no_yaml(str(error).splitlines()[0] if str(error) else "unreadable")))
    return builder.document()


def _no_yaml(why: str) -> Said:
    return Said("not YAML: %(why)s", why=why)


def _no_json(why: object) -> Said:
    return Said("not JSON: %(why)s", why=why)


def _take(builder: _Builder, event: yaml.Event, line: int) -> None:
    match event:
        case yaml.MappingStartEvent():
            _refuse_tag(event.tag, line)
            builder.begin(Map(line), event.anchor)
        case yaml.SequenceStartEvent():
            _refuse_tag(event.tag, line)
            builder.begin(Seq(line), event.anchor)
        case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
            builder.end()
        case yaml.AliasEvent():
            builder.alias(event.anchor or "", line)
        case yaml.ScalarEvent():
            plain = bool(event.implicit[0])
            if event.tag != _STR_TAG:
                _refuse_tag(event.tag, line)
            value = None if plain and event.value in _NULLS else Plain(event.value) if plain else event.value
            builder.scalar(value, line, event.anchor)


def _refuse_tag(tag: str | None, line: int) -> None:
    if tag not in (None, "!"):
        raise _UnreadableError(line, Said("the tag %(value)s is not allowed", value=tag))


def _not_a_number(word: str) -> str:
    raise ValueError(f"{word} is not JSON")


def _from_json(text: str) -> Document:
    """The grammar is checked by the standard library, which knows no lines; the second walk adds them."""
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_not_a_number)
    except json.JSONDecodeError as error:
        return _broken(Fault(error.lineno, "", _no_json(error.msg)))
    except RecursionError:
        return _broken(Fault(None, "", _TOO_DEEP))
    except ValueError as error:
        return _broken(Fault(None, "", _no_json(error)))
    builder = _Builder()
    breaks = [found.start() for found in re.finditer("\n", text)]
    try:
        for found in _JSON_TOKEN.finditer(text):
            line = bisect_right(breaks, found.start()) + 1
            _take_token(builder, found.group(), line)
    except _UnreadableError as stop:
        return Document(None, [*builder.faults, stop.fault], complete=False)
    return builder.document()


def _take_token(builder: _Builder, piece: str, line: int) -> None:
    match piece[0]:
        case "{":
            builder.begin(Map(line))
        case "[":
            builder.begin(Seq(line))
        case "}" | "]":
            builder.end()
        case '"':
            builder.scalar(json.loads(piece), line)
        case _:
            builder.scalar(None if piece == "null" else Plain(piece), line)
