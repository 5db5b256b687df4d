"""The data segment: its fields, what they say of the message, and the items of CP."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.ingest.hj212.fault import Fault, Tolerance, quoted
from models.enums import QuarantineReason

MAX_PARTS = 64
"""Of one message: sixty thousand characters, more than any air station has to say."""
_CP = "CP=&&"
_ITEMS = re.compile("[;,]")
_IN_CP = re.compile("(?:^|[;,])QN=")
_VERSIONS = {0: Tolerance.VERSION_2005, 1: None, 2: Tolerance.VERSION_2025}
_LONGEST_QN = 20


@dataclass(frozen=True, slots=True)
class Segment:
    """Fields by name; `cp` is what stands between the two `&&`, not taken apart."""

    fields: Mapping[str, str]
    cp: str

    @property
    def command(self) -> str:
        return self.fields.get("CN", "")

    @property
    def place(self) -> tuple[int, int] | None:
        """(PNO, PNUM) of a message sent in parts; None for a whole one. To be asked when there is no fault."""
        if "PNUM" not in self.fields:
            return None
        pno, pnum = int(self.fields["PNO"]), int(self.fields["PNUM"])
        return None if pnum == 1 else (pno, pnum)


def parse(data: bytes) -> Segment | Fault:
    """The segment taken apart, or why it is none. Bytes beyond ASCII stay what they are, one sign each."""
    text = data.decode("latin-1")
    head, opened, rest = text.partition(_CP)
    if not opened or not rest.endswith("&&"):
        return Fault(QuarantineReason.BAD_FRAME, "no CP=&&…&& at its end")
    fields = _pairs(head.split(";"))
    return fields if isinstance(fields, Fault) else Segment(fields, rest[:-2])


def items(cp: str) -> dict[str, str] | Fault:
    """What CP names, by the whole name. `,` and `;` part alike, since devices mix them and no name tells."""
    return _pairs(_ITEMS.split(cp))


def _pairs(texts: list[str]) -> dict[str, str] | Fault:
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            if not text.strip():
                continue  # an empty item says nothing: a `;` at the end, an empty CP
            return Fault(QuarantineReason.BAD_FRAME, f"{quoted(text)} is no name=value")
        name, value = name.strip(), value.strip()
        if pairs.setdefault(name, value) != value:
            detail = f"{quoted(name)} is said twice, {quoted(pairs[name])} and {quoted(value)}"
            return Fault(QuarantineReason.BAD_FIELD, detail)
    return pairs


def field_faults(segment: Segment) -> Iterator[Fault]:
    """Everything wrong with QN, Flag, PNUM and PNO; MN, CN and ST are the profile's to judge."""
    bad, fields = QuarantineReason.BAD_FIELD, segment.fields
    version, bits = _version(fields.get("Flag"))
    if version is not None:
        yield version
    qn = fields.get("QN", "")
    if not qn:
        # The data of 2005 have none; that they are of 2005 is a fault of its own.
        if version is None or version.tolerance is not Tolerance.VERSION_2005:
            inside = _IN_CP.search(segment.cp) is not None
            detail = "QN stands within CP, not before it" if inside else "QN is missing"
            yield Fault(bad, detail, Tolerance.MISSING_QN)
    elif not _digits(qn) or len(qn) > _LONGEST_QN:
        yield Fault(bad, f"QN {quoted(qn)} is no time")
    elif len(qn) != 17:
        yield Fault(bad, f"QN of {len(qn)} digits, not 17", Tolerance.ODD_QN)
    split = "PNUM" in fields or "PNO" in fields
    if bits is not None and bool(bits & 2) != split:
        said = "with" if split else "without"
        yield Fault(bad, f"Flag {bits} {said} PNUM and PNO", Tolerance.FLAG_BITS)
    if split:
        yield from _part_faults(fields.get("PNUM", ""), fields.get("PNO", ""))


def _version(flag: str | None) -> tuple[Fault | None, int | None]:
    """The fault of the version that Flag speaks of, None for 2017; and Flag itself as a number."""
    bad = QuarantineReason.BAD_FIELD
    if not flag:
        return Fault(bad, "no Flag, as in HJ/T 212-2005", Tolerance.VERSION_2005), None
    if not _digits(flag) or len(flag) > 3:
        return Fault(bad, f"Flag {quoted(flag)} is no number of 0 to 255"), None
    bits = int(flag)
    if bits >> 2 not in _VERSIONS:
        return Fault(bad, f"Flag {bits} is of no known version of HJ 212"), bits
    tolerance = _VERSIONS[bits >> 2]
    if tolerance is None:
        return None, bits
    year = tolerance.value.removeprefix("version_")
    return Fault(bad, f"Flag {bits} is of HJ 212-{year}, not 2017", tolerance), bits


def _part_faults(pnum: str, pno: str) -> Iterator[Fault]:
    bad = QuarantineReason.BAD_PART
    if not (_digits(pnum) and _digits(pno) and len(pnum) <= 4 and len(pno) <= 4):
        yield Fault(bad, f"PNUM {quoted(pnum)} and PNO {quoted(pno)} are not two numbers")
    elif not 1 <= int(pno) <= int(pnum):
        yield Fault(bad, f"there is no part {int(pno)} of {int(pnum)}")
    elif int(pnum) > MAX_PARTS:
        yield Fault(bad, f"{int(pnum)} parts, at most {MAX_PARTS}")


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
