"""Every setting, read once from the environment; the only module that looks there.

Names carry the prefix `GESHAO_`, nested ones are joined by `__` (`GESHAO_SLA__FEEDBACK=PT1H`).
"""

import difflib
import json
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from models.enums import DUE_GIVEN, ClockKind
from models.errors import ConfigurationError
from supervision.public_reports.identity import parse_keys

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


class SmtpSettings(BaseModel):
    """The mail server that notices are handed to; no mail without a host."""

    model_config = _FROZEN

    host: str | None = None
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["tls", "starttls", "none"] = "starttls"
    username: str | None = None
    password: SecretStr | None = None
    sender: str | None = None
    timeout: Duration = timedelta(seconds=20)


class SmsSettings(BaseModel):
    """An SMS gateway over HTTP, described by a template (docs/operations.md); no SMS without a URL."""

    model_config = _FROZEN

    url: SecretStr | None = None
    body: SecretStr = SecretStr('{"phone": "{phone}", "text": "{text}"}')
    """JSON with the placeholders {phone}, {text} and {key}."""
    headers: SecretStr = SecretStr("{}")
    """JSON object of texts."""
    form: bool = False
    """Sends the body's top level as a form instead of JSON."""
    ok: str | None = None
    """`path=value` that a success has in its answer, such as `code=0`."""
    later: str | None = None
    """Values at the same path that mean: come again; separated by commas."""
    segments: Annotated[int, Field(ge=1, le=10)] = 3
    timeout: Duration = timedelta(seconds=10)


class NotifySettings(BaseModel):
    """How people are told."""

    model_config = _FROZEN

    window: Duration = timedelta(minutes=1)
    """How long a notice that is not urgent waits for company."""
    per_minute: Annotated[int, Field(ge=1, le=60)] = 6
    """Messages to one address; what is more goes together when there is room."""
    ask: str = "sms"
    """Channels where what may have arrived waits for a person, instead of being sent once more and marked."""
    robot_timeout: Duration = timedelta(seconds=10)

    @property
    def waits(self) -> frozenset[str]:
        return frozenset(name.strip() for name in self.ask.split(",") if name.strip())


class Channel(BaseModel):
    """A way to complain 投诉举报 that is published: of everybody, or of the office of one grid."""

    model_config = _FROZEN

    kind: Literal["phone", "email", "address", "web"] = "phone"
    name: Annotated[str, Field(min_length=1, max_length=100)]
    name_en: Annotated[str, Field(max_length=100)] | None = None
    """Said on the English page instead."""
    value: Annotated[str, Field(min_length=1, max_length=200)]
    grid: Annotated[str, Field(max_length=32)] | None = None
    """Code of the grid whose office it is."""

    @model_validator(mode="after")
    def _leads_somewhere(self) -> "Channel":
        if self.kind == "web" and urlsplit(self.value).scheme not in ("http", "https"):
            raise ValueError("a channel of the kind web wants http(s)://…")
        if self.kind == "email" and "@" not in self.value:
            raise ValueError("a channel of the kind email wants name@host")
        return self


def _listed(value: object) -> object:
    """A JSON list, as an environment can hold one."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("not JSON") from None


class PublicSettings(BaseModel):
    """What the public page says beside the registry and the air."""

    model_config = _FROZEN

    channels: Annotated[tuple[Channel, ...], BeforeValidator(_listed), Field(max_length=500)] = (
        Channel(name="政务服务便民热线", name_en="Government service hotline", value="12345"),
        Channel(name="生态环境举报热线", name_en="Environmental complaints hotline", value="12369"),
    )
    reports_per_address: Annotated[int, Field(ge=1, le=100_000)] = 20
    """Reports that one address may try to send in an hour; a whole village may sit behind one."""
    reports_per_key: Annotated[int, Field(ge=1, le=100_000)] = 1000
    """The same of one API key."""
    reports_per_hour: Annotated[int, Field(ge=1, le=1_000_000)] = 2000
    """The same of everybody together, in each process."""


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
    reporter_keys: SecretStr | None = None
    """`ID:BASE64,…`: who reported is sealed with the first one, and opened with the one it names."""
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    sla: SlaSettings = SlaSettings()
    ingest: IngestSettings = IngestSettings()
    engine: EngineSettings = EngineSettings()
    webhook: WebhookSettings = WebhookSettings()
    notify: NotifySettings = NotifySettings()
    smtp: SmtpSettings = SmtpSettings()
    sms: SmsSettings = SmsSettings()
    public: PublicSettings = PublicSettings()
    session_hours: Annotated[int, Field(ge=1, le=168)] = 12
    """A session nobody has used for so long is over."""
    session_longest_hours: Annotated[int, Field(ge=1, le=2160)] = 168
    """However much it is used, the password is asked for again after so long."""
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


def load_settings(
    environ: Mapping[str, str] | None = None, *, defaults: Mapping[str, str] = {}, **overrides: object
) -> Settings:
    """Gives the settings; `defaults` are variables that hold where the environment names none.

    Raises ConfigurationError with one line that names the faulty variable.
    """
    env = {**defaults, **(os.environ if environ is None else environ)}
    known = known_names()
    for name in env:
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ConfigurationError(f"unknown setting {name}{hint}")
    values: dict[str, object] = {}
    groups: dict[str, dict[str, str]] = {}
    for name, value in env.items():
        upper = name.upper()
        if not upper.startswith(PREFIX) or value == "":
            continue
        head, _, tail = upper.removeprefix(PREFIX).lower().partition("__")
        if tail:
            groups.setdefault(head, {})[tail] = value
        else:
            values[head] = value
    values |= groups | overrides
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        variable = PREFIX + "__".join(str(part) for part in first["loc"][:2]).upper()
        hidden = ("SECRET", "REPORTER_KEYS", "URL", "PASSWORD", "SMS__HEADERS", "SMS__BODY")
        shown = "" if any(name in variable for name in hidden) else f" {first['input']!r}:"
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
    _check_notices(settings)
    for name in SlaSettings.model_fields:
        if getattr(settings.sla, name) <= timedelta(0):
            raise ConfigurationError(f"{PREFIX}SLA__{name.upper()}: must be longer than nothing")
    if settings.engine.interval <= timedelta(0):
        raise ConfigurationError(f"{PREFIX}ENGINE__INTERVAL: must be longer than nothing")
    key = settings.secret_key
    if key is not None and len(key.get_secret_value()) < 32:
        raise ConfigurationError(f"{PREFIX}SECRET_KEY: wants at least 32 characters")
    if settings.reporter_keys is not None:
        try:
            parse_keys(settings.reporter_keys.get_secret_value())
        except ValueError as error:
            raise ConfigurationError(f"{PREFIX}REPORTER_KEYS: {error}") from None


_LONGEST_TIMEOUT = timedelta(seconds=45)
"""Shorter than the lease of a letter, or two senders could have the same one."""


def _check_notices(settings: Settings) -> None:
    sms, smtp, notify = settings.sms, settings.smtp, settings.notify
    if sms.url is not None and urlsplit(sms.url.get_secret_value()).scheme not in ("http", "https"):
        raise ConfigurationError(f"{PREFIX}SMS__URL: wants http(s)://…")
    for name, wanted in (("BODY", (dict, list)), ("HEADERS", (dict,))):
        try:
            value = json.loads(getattr(sms, name.lower()).get_secret_value())
        except ValueError:
            raise ConfigurationError(f"{PREFIX}SMS__{name}: not JSON") from None
        if not isinstance(value, wanted):
            raise ConfigurationError(f"{PREFIX}SMS__{name}: wants a JSON object")
        if (name == "HEADERS" or sms.form) and not all(isinstance(v, str) for v in dict(value).values()):
            raise ConfigurationError(f"{PREFIX}SMS__{name}: wants a JSON object of texts")
    if sms.ok is not None and "=" not in sms.ok:
        raise ConfigurationError(f"{PREFIX}SMS__OK: wants path=value, such as code=0")
    if smtp.host is not None and (smtp.sender is None or "@" not in smtp.sender):
        raise ConfigurationError(f"{PREFIX}SMTP__SENDER: demanded beside a mail server, as name@host")
    if unknown := notify.waits - {"sms", "email", "wecom", "dingtalk", "feishu"}:
        raise ConfigurationError(f"{PREFIX}NOTIFY__ASK: {min(unknown)} is no channel to people")
    timeouts = {
        "SMS__TIMEOUT": sms.timeout, "SMTP__TIMEOUT": smtp.timeout, "NOTIFY__ROBOT_TIMEOUT": notify.robot_timeout,
        "WEBHOOK__TIMEOUT": settings.webhook.timeout,
    }  # fmt: skip
    for name, timeout in timeouts.items():
        if not timedelta(0) < timeout <= _LONGEST_TIMEOUT:
            raise ConfigurationError(f"{PREFIX}{name}: wants more than nothing and at most PT45S")
    if not timedelta(0) <= notify.window <= timedelta(hours=1):
        raise ConfigurationError(f"{PREFIX}NOTIFY__WINDOW: wants at most PT1H")
