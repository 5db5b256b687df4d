"""Every setting, read once from the environment; the only module that looks there.

Names carry the prefix `GESHAO_`, nested ones are joined by `__` (`GESHAO_SLA__FEEDBACK=PT1H`).
"""

import difflib
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from models.enums import DUE_GIVEN, ClockKind
from models.errors import ConfigurationError

PREFIX = "GESHAO_"


def _duration(value: object) -> object:
    """ISO 8601 only: a bare number would not say its unit."""
    if isinstance(value, str) and not value.strip().upper().startswith("P"):
        raise ValueError("not an ISO 8601 duration such as PT1H")
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
_FROZEN = ConfigDict(frozen=True, extra="forbid")


class SlaSettings(BaseModel):
    """The default policy's durations, stamped on each order's clocks when it is dispatched (body §3(三))."""

    model_config = _FROZEN

    acknowledge: Duration = timedelta(minutes=10)
    feedback: Duration = timedelta(hours=1)
    report: Duration = timedelta(hours=2)
    review: Duration = timedelta(days=1)
    rework: Duration = timedelta(hours=2)
    decision: Duration = timedelta(minutes=10)
    """Of a request beside the states; the clocks it concerns run on meanwhile."""
    triage: Duration = timedelta(hours=2)
    """Of what levels 3 and 4 report upward (annex 1 art. 18 sets none)."""

    def limits(self) -> dict[ClockKind, timedelta]:
        """By kind of clock, without those whose deadline is given with what they are about."""
        return {kind: getattr(self, kind.value) for kind in ClockKind if kind not in DUE_GIVEN}


class IngestSettings(BaseModel):
    model_config = _FROZEN

    max_batch: Annotated[int, Field(ge=1, le=5000)] = 500
    linger: Duration = timedelta(0)
    """How long an idle writer waits for company before it commits; 0 commits at once."""
    max_queue: Annotated[int, Field(ge=100, le=1_000_000)] = 20_000
    """Messages taken from the broker and not yet committed."""
    retention_days: Annotated[int, Field(ge=2, le=3660)] = 400
    quarantine_days: Annotated[int, Field(ge=1, le=3660)] = 90
    client_id: str = "geshao-ingest"
    shards: Annotated[int, Field(ge=1, le=64)] = 1
    """Parts the intake is divided into, by level-2 grid; as many processes at most can share the work."""


class EngineSettings(BaseModel):
    model_config = _FROZEN

    interval: Duration = timedelta(seconds=1)
    """Between two SLA passes."""
    offline_after: Duration = timedelta(minutes=60)
    """Silence that makes a station offline, or three times its own cadence if that is longer."""


class WebhookSettings(BaseModel):
    """Where order and SLA facts go, signed after Standard Webhooks; nowhere without a URL."""

    model_config = _FROZEN

    url: str | None = None
    secret: SecretStr | None = None
    timeout: Duration = timedelta(seconds=10)


class Settings(BaseModel):
    """All of them, frozen; made by `load_settings` from the environment it is given."""

    model_config = _FROZEN

    database_url: SecretStr | None = None
    mqtt_url: SecretStr | None = None
    mqtt_port: Annotated[int, Field(ge=0, le=65535)] = 1883
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65535)] = 8000
    data_dir: Path = Path("var")
    secret_key: SecretStr | None = None
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    sla: SlaSettings = SlaSettings()
    ingest: IngestSettings = IngestSettings()
    engine: EngineSettings = EngineSettings()
    webhook: WebhookSettings = WebhookSettings()
    session_hours: Annotated[int, Field(ge=1, le=168)] = 12
    max_upload_mb: Annotated[int, Field(ge=1, le=100)] = 20
    public_url: str | None = None
    """Address people reach the console under; makes session cookies Secure when it is https."""


def known_names() -> set[str]:
    """Every environment variable the service understands."""
    names: set[str] = set()
    for name, info in Settings.model_fields.items():
        nested = info.annotation
        if isinstance(nested, type) and issubclass(nested, BaseModel):
            names |= {f"{PREFIX}{name}__{sub}".upper() for sub in nested.model_fields}
        else:
            names.add(f"{PREFIX}{name}".upper())
    return names


def load_settings(environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Gives the settings, or raises ConfigurationError with one line that names the faulty variable."""
    env = os.environ if environ is None else environ
    known = known_names()
    for name in env:
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ConfigurationError(f"unknown setting {name}{hint}")
    values: dict[str, object] = {}
    for name, value in env.items():
        upper = name.upper()
        if not upper.startswith(PREFIX) or value == "":
            continue
        head, _, tail = upper.removeprefix(PREFIX).lower().partition("__")
        if tail:
            group = values.setdefault(head, {})
            assert isinstance(group, dict)  # noqa: S101 (known_names keeps the two shapes apart)
            group[tail] = value
        else:
            values[head] = value
    values.update(overrides)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        variable = PREFIX + "__".join(str(part) for part in first["loc"][:2]).upper()
        shown = "" if "SECRET" in variable or "URL" in variable else f" {first['input']!r}:"
        message = first["msg"].removeprefix("Value error, ")
        raise ConfigurationError(f"{variable}:{shown} {message}") from None
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    if settings.database_url is not None:
        parts = urlsplit(settings.database_url.get_secret_value())
        if parts.scheme not in ("postgresql+asyncpg", "postgresql"):
            raise ConfigurationError(f"{PREFIX}DATABASE_URL: wants postgresql+asyncpg://…")
    if settings.mqtt_url is not None:
        parts = urlsplit(settings.mqtt_url.get_secret_value())
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise ConfigurationError(f"{PREFIX}MQTT_URL: wants mqtt://user:pass@host:port or mqtts://…")
    if settings.webhook.url is not None:
        if urlsplit(settings.webhook.url).scheme not in ("http", "https"):
            raise ConfigurationError(f"{PREFIX}WEBHOOK__URL: wants http(s)://…")
        if settings.webhook.secret is None:
            raise ConfigurationError(f"{PREFIX}WEBHOOK__SECRET: demanded beside a webhook's URL")
    if settings.public_url is not None:
        parts = urlsplit(settings.public_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError(f"{PREFIX}PUBLIC_URL: wants http(s)://host…")
    for name in SlaSettings.model_fields:
        if getattr(settings.sla, name) <= timedelta(0):
            raise ConfigurationError(f"{PREFIX}SLA__{name.upper()}: must be longer than nothing")
    if settings.engine.interval <= timedelta(0):
        raise ConfigurationError(f"{PREFIX}ENGINE__INTERVAL: must be longer than nothing")
    key = settings.secret_key
    if key is not None and len(key.get_secret_value()) < 32:
        raise ConfigurationError(f"{PREFIX}SECRET_KEY: wants at least 32 characters")
