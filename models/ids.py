"""Identities, told apart by the type checker."""

from typing import NewType

GridId = NewType("GridId", int)
StationId = NewType("StationId", int)
PersonId = NewType("PersonId", int)
AlertId = NewType("AlertId", int)
OrderId = NewType("OrderId", int)
ClockId = NewType("ClockId", int)
EventId = NewType("EventId", int)
CaseId = NewType("CaseId", int)
TaskId = NewType("TaskId", int)
ReportId = NewType("ReportId", int)
RequestId = NewType("RequestId", int)
SegmentId = NewType("SegmentId", int)
ShiftId = NewType("ShiftId", int)
NoteId = NewType("NoteId", int)
