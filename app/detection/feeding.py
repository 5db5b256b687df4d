"""One row of the stream into a detector: the same way when it is new and at every replay."""

from app.detection.inbox import Row, read_control
from app.detection.ledger import Treatment
from app.detection.parcel import unpack
from app.detection.port import TIME, Detector, Event
from models.enums import InboxKind, InboxTreatment

MOST_LEFT_OUT = 8
"""Readings of one parcel; each costs a replay, so a parcel that is bad through and through is given up."""


class Fault(Exception):
    """The detector, or the reading of the row, failed; what the detector now believes is worth nothing."""

    def __init__(self, row: Row, index: int | None, cause: Exception) -> None:
        super().__init__(f"row {row.seq}: {type(cause).__name__}: {cause}")
        self.row = row
        self.index = index
        """Of the reading, when they were taken one by one."""
        self.cause = cause


def feed(detector: Detector, row: Row, treatment: Treatment | None) -> list[Event]:
    """Gives the row to the detector; raises Fault for whatever goes wrong inside."""
    if treatment is not None and treatment.kind is InboxTreatment.SKIPPED:
        return []
    index: int | None = None
    try:
        if row.kind is InboxKind.CONTROL:
            control = read_control(row.body)
            if control.kind == TIME:
                return detector.advance(float(control.payload["now"]))
            return detector.control(control.kind, control.payload)
        parcel = unpack(row.body)
        if treatment is None or treatment.kind is InboxTreatment.WHOLE:
            return detector.take(parcel)
        events: list[Event] = []
        for index, piece in enumerate(parcel.pieces()):
            if index not in treatment.left_out:
                events += detector.take(piece)
    except Exception as cause:
        raise Fault(row, index, cause) from cause
    return events


def learn(treatment: Treatment, fault: Fault) -> None:
    """How to take the row at the next attempt: in pieces, then without those it fails on, at last not at all."""
    again = treatment.faults > 0
    treatment.faults += 1
    treatment.error = f"{type(fault.cause).__name__}: {fault.cause}"
    if fault.index is not None and len(treatment.left_out) < MOST_LEFT_OUT:
        treatment.left_out.add(fault.index)
    elif again:
        treatment.kind = InboxTreatment.SKIPPED
    else:
        treatment.kind = InboxTreatment.PIECES


def left_out(row: Row, treatment: Treatment) -> list[tuple[int, int, float]]:
    """Index, station and instant of every reading that the detector never saw."""
    if row.kind is InboxKind.CONTROL or treatment.kind is InboxTreatment.WHOLE:
        return []
    try:
        rows = unpack(row.body).rows
    except ValueError:
        return []
    whole = treatment.kind is InboxTreatment.SKIPPED
    indexes = range(len(rows)) if whole else sorted(treatment.left_out)
    return [(n, int(rows[n]["station"]), float(rows[n]["observed_at"])) for n in indexes]
