"""The CRC of HJ 212-2017 annex A, and the two that devices send in its place."""

_POLYNOMIAL = 0xA001


def _shifted(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ _POLYNOMIAL if value & 1 else value >> 1
    return value


_TABLE = tuple(_shifted(value) for value in range(256))
# Annex A shifts the low byte of its register out before it takes the next character: only the high byte
# lives on, so the state of the loop is one byte and the low one matters at the last character alone.
_HIGH = bytes(value >> 8 for value in _TABLE)


def annex_a(segment: bytes) -> int:
    """`reg = (reg >> 8) ^ byte`, then eight shifts with 0xA001, from 0xFFFF: not the CRC-16 of Modbus."""
    if not segment:
        return 0xFFFF
    state, high = 0xFF, _HIGH
    for byte in segment[:-1]:
        state = high[state ^ byte]
    return _TABLE[state ^ segment[-1]]


def modbus(segment: bytes) -> int:
    """CRC-16/MODBUS, which mixes each byte into the low end without shifting first."""
    register = 0xFFFF
    for byte in segment:
        register = (register >> 8) ^ _TABLE[(register ^ byte) & 0xFF]
    return register


def swapped(value: int) -> int:
    """The two bytes of a CRC in the other order."""
    return (value & 0xFF) << 8 | value >> 8
