"""One MQTT message of HJ 212 frames → readings, parts that wait for others, and what could not be taken."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from app.ingest.decode import MAX_ITEMS, MAX_PAYLOAD, Bounds
from app.ingest.hj212.frame import cut
from app.ingest.hj212.profile import DataKind, Dialect
from app.ingest.hj212.reading import Part, interpret, read
from models.enums import QuarantineReason
from models.facts import Reading, Rejected


@dataclass(slots=True)
class Decoded:
    """What a message came to; frames without a word about the air leave nothing."""

    readings: list[Reading] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)


def decode(station: str, payload: bytes, dialect: Dialect, bounds: Bounds) -> Decoded:
    """Frame by frame, in order: a bad one does not cost the others. Never raises, whatever the bytes."""
    decoded = Decoded()
    if len(payload) > MAX_PAYLOAD:
        detail = f"{len(payload)} bytes, at most {MAX_PAYLOAD}"
        decoded.rejected.append(
            Rejected(QuarantineReason.OVERSIZE, detail, payload[:MAX_PAYLOAD], truncated=True)
        )
        return decoded
    frames = list(islice(cut(payload), MAX_ITEMS + 1))
    if not frames:
        decoded.rejected.append(Rejected(QuarantineReason.BAD_FRAME, "no frame in it", payload))
    elif len(frames) > MAX_ITEMS:
        detail = f"more than {MAX_ITEMS} frames"
        decoded.rejected.append(Rejected(QuarantineReason.TOO_MANY, detail, payload))
    else:
        for frame in frames:
            match interpret(frame, station, dialect, bounds):
                case Reading() as reading:
                    decoded.readings.append(reading)
                case Rejected() as rejected:
                    decoded.rejected.append(rejected)
                case Part() as part:
                    decoded.parts.append(part)
                case None:
                    pass
    return decoded


def join(
    frames: Sequence[bytes], kind: DataKind, station: str, dialect: Dialect, bounds: Bounds
) -> Reading | Rejected:
    """The reading of all parts of a message, given by number; they were checked one by one when they came.

    A rejection keeps the frames one after the other, so that they can be replayed as one message.
    """
    cps = [frame.partition(b"CP=&&")[2].rpartition(b"&&")[0].decode("latin-1") for frame in frames]
    return read(";".join(cps), kind, b"\r\n".join(frames), station, dialect, bounds)
