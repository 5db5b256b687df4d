"""The shapes of answers about contacts, rules, targets and ways."""

from typing import Literal

from pydantic import AwareDatetime, Field

from app.api.shapes import Shape
from models.enums import Channel, NoticeClass


class ContactShape(Shape):
    id: int
    channel: Channel
    address: str = Field(description="Masked.")
    verified: bool = Field(description="Only verified contacts are told anything.")
    created_at: AwareDatetime


class RuleShape(Shape):
    about: NoticeClass
    channel: Channel | None
    after_minutes: int
    min_level: int


class QuietShape(Shape):
    since: str = Field(alias="from")
    until: str


class NoticesShape(Shape):
    rules: list[RuleShape]
    by_role: bool = Field(description="Without rules of one's own, those of the role hold.")
    quiet: QuietShape | None


class TargetShape(Shape):
    id: int
    grid: str
    channel: Channel
    name: str
    url: str = Field(description="Masked.")
    signed: bool
    classes: list[NoticeClass]
    created_at: AwareDatetime


class QueuedShape(Shape):
    queued: Literal[True]


class WayShape(Shape):
    way: str = Field(description="A channel, or `channel:target`.")
    failures: int = Field(description="In a row.")
    failing_since: AwareDatetime | None
    succeeded_at: AwareDatetime | None
    down_at: AwareDatetime | None
    error: str | None
