"""What requests about contacts, rules and targets may say."""

from datetime import time
from typing import Annotated

from pydantic import Field, SecretStr, field_validator

from app.api.requests import Code, Name, Strict
from app.auth.callers import storable
from models.enums import Channel, NoticeClass

_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
Secret = Annotated[SecretStr, Field(min_length=1, max_length=500)]


class _Addressed(Strict):
    channel: Channel
    secret: Secret | None = Field(None, description="Signs; of DingTalk and Feishu robots, and of webhooks.")

    @field_validator("secret", "address", "url", check_fields=False)
    @classmethod
    def _kept(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not storable(value.get_secret_value()):
            raise ValueError("holds a character that cannot be stored")
        return value


class ContactIn(_Addressed):
    address: Secret = Field(
        description="Telephone number, mail address, or a robot's URL; shown masked only."
    )


class CodeIn(Strict):
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class RuleIn(Strict):
    about: NoticeClass
    channel: Channel | None = Field(None, description="By every contact without it.")
    after_minutes: Annotated[int, Field(ge=0, le=1440)] = Field(
        0, description="Only if nobody has acknowledged, or answered, by then."
    )
    min_level: Annotated[int, Field(ge=1, le=9)] = Field(1, description="Of escalations.")


class QuietIn(Strict):
    """Beijing time; over midnight where `until` is before `from`."""

    since: Annotated[str, Field(alias="from", pattern=_TIME)]
    until: Annotated[str, Field(pattern=_TIME)]

    @property
    def span(self) -> tuple[time, time]:
        return time.fromisoformat(self.since), time.fromisoformat(self.until)


Rules = Annotated[list[RuleIn], Field(max_length=100)]
Classes = Annotated[list[NoticeClass], Field(max_length=20)]


class NoticesIn(Strict):
    rules: Rules = Field(default_factory=list)
    quiet: QuietIn | None = None


class TargetIn(_Addressed):
    grid: Code
    name: Name
    url: Secret = Field(description="As the platform shows it; shown masked only.")
    classes: Classes = Field(default_factory=list)
