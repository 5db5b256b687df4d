"""What can be wrong with a frame, and which of it a station's profile may allow."""

from enum import StrEnum
from typing import NamedTuple

from models.enums import QuarantineReason
from models.facts import Rejected


class Tolerance(StrEnum):
    """Departures from HJ 212-2017 that real devices make; none is allowed unless the profile names it."""

    MODBUS_CRC = "modbus_crc"  # CRC-16/MODBUS instead of annex A
    SWAPPED_CRC = "swapped_crc"  # annex A, low byte first
    LOWER_CASE_CRC = "lower_case_crc"  # a-f instead of A-F
    LENGTH_PLUS_6 = "length_plus_6"  # counts the CRC and CR LF as well
    THREE_DIGIT_LENGTH = "three_digit_length"  # ##299 instead of ##0299
    LONG_SEGMENT = "long_segment"  # more than 1,024 characters
    VERSION_2005 = "version_2005"  # Flag 0 to 3, or none; QN may be absent
    VERSION_2025 = "version_2025"  # Flag 8 to 11, unencrypted
    MISSING_QN = "missing_qn"  # though Flag says 2017
    ODD_QN = "odd_qn"  # not 17 digits
    FLAG_BITS = "flag_bits"  # bit D of Flag does not agree with PNUM and PNO
    ODD_DATA_TIME = "odd_data_time"  # 15 to 17 digits: fractions of the second


class Fault(NamedTuple):
    """One departure; `tolerance` is what a profile must allow for it, None where nothing can."""

    reason: QuarantineReason
    detail: str
    tolerance: Tolerance | None = None

    def shown(self) -> str:
        return self.detail if self.tolerance is None else f"{self.detail} ({self.tolerance.value})"


def rejected(faults: list[Fault], raw: bytes) -> Rejected:
    """The frame kept for its first fault, with all of them told."""
    return Rejected(faults[0].reason, "; ".join(fault.shown() for fault in faults)[:400], raw)


def quoted(text: str) -> str:
    """Foreign text as a message may quote it: short, and without signs that a database refuses."""
    return ascii(text if len(text) <= 40 else text[:37] + "...")
