"""Of the way in: the stored stream, and what could not be taken."""

from enum import StrEnum


class InboxKind(StrEnum):
    """What a row of the stored stream holds."""

    READINGS = "readings"  # a parcel of readings, app/detection/parcel.py
    CONTROL = "control"  # JSON: time that passed, what stations say of themselves, rules, registry


class InboxTreatment(StrEnum):
    """How a row was taken that the detector, or what follows from it, failed on."""

    WHOLE = "whole"  # taken as it is; some of its events could not be carried out
    PIECES = "pieces"  # reading by reading; those it failed on are left out
    SKIPPED = "skipped"  # left out


class QuarantineReason(StrEnum):
    """Why a message could not be taken; stable codes."""

    NOT_JSON = "not_json"
    SCHEMA = "schema"  # wrong types, unknown pollutant, out of any instrument's scale
    NO_VALUES = "no_values"
    BAD_TIME = "bad_time"  # no offset, or no instant at all
    FUTURE = "future"  # more than 10 min ahead of the service's clock
    TOO_OLD = "too_old"  # older than readings are kept
    TOO_MANY = "too_many"  # an array of more than 1,000
    OVERSIZE = "oversize"  # more than 256 KiB
    BAD_TOPIC = "bad_topic"
    UNKNOWN_STATION = "unknown_station"
    WRONG_GRID = "wrong_grid"  # the station exists, but not under the grid in the topic
    INTERNAL = "internal"  # the service itself failed on it; a fault report is in the log
    UNSUPPORTED = "unsupported"  # a format or a profile this release does not read
    BAD_FRAME = "bad_frame"  # HJ 212: not ## … && and a CRC, or no name=value where one must be
    BAD_LENGTH = "bad_length"  # HJ 212: the length in front is not that of the segment
    BAD_CRC = "bad_crc"  # HJ 212: not the CRC of annex A
    BAD_FIELD = "bad_field"  # HJ 212: QN or Flag missing or odd, a name said twice
    BAD_MN = "bad_mn"  # HJ 212: no MN, or not the one of the station's profile
    BAD_PART = "bad_part"  # HJ 212: PNUM and PNO that cannot be, or a part that contradicts one before it
    INCOMPLETE = "incomplete"  # HJ 212: the other parts of the message did not come
    UNSUPPORTED_COMMAND = "unsupported_command"  # HJ 212: a CN that is neither a reading nor an answer
    UNSUPPORTED_SYSTEM = "unsupported_system"  # HJ 212: data of water, noise, stacks
