"""Shapes of the desk: who sits there, what is open, and the notes that were left."""

from pydantic import AwareDatetime, Field

from app.api.shapes import Shape
from models.enums import DutyGap, RiskKind


class DeskPerson(Shape):
    username: str
    name: str


class DeskShiftShape(Shape):
    id: int
    person: DeskPerson
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
    closed_by: str | None = Field(description="The person; of a forgotten shift, whoever ended it.")
    forgotten: bool = Field(description="Open for a day: seems to have left without signing out.")


class OnTurnShape(Shape):
    person: DeskPerson | None
    gap: DutyGap | None = Field(description="Why nobody has the turn; set exactly when `person` is null.")
    until: AwareDatetime


class RiskShape(Shape):
    """One thing that is open; what does not apply to its kind is null."""

    order_id: int | None
    number: str | None = Field(description="Of the order, or of what the clock is about instead.")
    grid: str | None
    grid_name: str | None
    what: str | None = Field(
        description="The kind: of clock, request, alert, silence, alarm; the way out; the code of a finding."
    )
    station: str | None
    about: str | None = Field(description="Name of the station, or what a finding is about.")
    since: AwareDatetime | None
    until: AwareDatetime | None = Field(description="The deadline, or when it ends.")
    said: str | None = Field(description="The reason somebody gave, or the error.")
    who: str | None
    quantity: int | None = Field(description="Of a finding of the watchdog.")


class RisksOfKind(Shape):
    kind: RiskKind
    count: int = Field(description="Each thing once, under its worst kind.")
    also: int = Field(
        default=0,
        description="Of this kind too, but counted and told under a worse one; none in older notes.",
    )
    items: list[RiskShape] = Field(description="The most pressing ones; at most 50.")


class RisksShape(Shape):
    at: AwareDatetime
    kinds: list[RisksOfKind] = Field(
        description="Every kind, also where there is none of it; of the platform at the prefecture's desk alone."
    )


class NoteBrief(Shape):
    id: int
    grid: str
    grid_name: str
    shift: int
    written_by: DeskPerson
    opened_at: AwareDatetime = Field(description="When the shift had begun.")
    written_at: AwareDatetime = Field(description="When it ended; the risks are as of then.")
    remarks: str | None
    counts: dict[str, int] = Field(
        description="Open risks, each once under its worst kind; without kinds that have none."
    )
    sha256: str = Field(description="Over the risks as they are kept, a NUL, and the remarks.")
    confirmed_at: AwareDatetime | None
    confirmed_by: str | None
    confirm_remark: str | None


class NoteShape(NoteBrief):
    risks: RisksShape


class DeskShape(Shape):
    grid: str
    grid_name: str
    may_sit: bool = Field(description="Whether the caller may sit at this desk.")
    on_turn: OnTurnShape | None = Field(
        description="Who should sit there by the roster; null where no roster says so."
    )
    sitting: list[DeskShiftShape]
    waiting: list[NoteShape] = Field(description="Notes to be confirmed, the oldest first; at most 20.")
    last_note: NoteShape | None
    risks: RisksShape = Field(description="What is open now; a note signed now would tell this.")
