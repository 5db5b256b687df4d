"""The ways out to people, as the settings have them."""

import httpx
import msgspec
from pydantic import SecretStr

from app.notices.writing import Notifier
from app.registry.directory import Directory
from app.settings import Settings, SmsSettings, SmtpSettings
from models.enums import Channel
from notify.gateway import Way
from notify.mail import MailServer, MailWay
from notify.robots import RobotWay
from notify.rules import ROBOTS
from notify.sms import SmsTemplate, SmsWay

LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=0)
"""A connection for each request: one that the other side has closed meanwhile would make its fate unknown."""


def personal(settings: Settings) -> frozenset[Channel]:
    """Channels to single people that are set up."""
    sms = {Channel.SMS} if settings.sms.url is not None else set()
    return frozenset(sms | ({Channel.EMAIL} if settings.smtp.host is not None else set()))


def notifier_of(settings: Settings, directory: Directory) -> Notifier:
    return Notifier(
        directory,
        personal(settings),
        window=settings.notify.window,
        links=settings.public_url is not None,
    )


def ways_of(settings: Settings, client: httpx.AsyncClient) -> dict[str, Way]:
    """A way for every channel to people that can be used; robots need no settings, they have their own URLs."""
    patience = settings.notify.robot_timeout.total_seconds()
    ways: dict[str, Way] = {c.value: RobotWay(client, c, timeout=patience) for c in ROBOTS}
    if settings.sms.url is not None:
        ways[Channel.SMS.value] = SmsWay(
            client, sms_template(settings.sms.url, settings.sms), timeout=settings.sms.timeout.total_seconds()
        )
    smtp = settings.smtp
    # One is demanded beside the other.
    if smtp.host is not None and smtp.sender is not None:
        ways[Channel.EMAIL.value] = MailWay(
            mail_server(smtp.host, smtp.sender, smtp), timeout=smtp.timeout.total_seconds()
        )
    return ways


def sms_template(url: SecretStr, sms: SmsSettings) -> SmsTemplate:
    return SmsTemplate(
        url.get_secret_value(),
        msgspec.json.decode(sms.body.get_secret_value()),
        msgspec.json.decode(sms.headers.get_secret_value()),
        sms.form,
        sms.ok,
        frozenset(value.strip() for value in (sms.later or "").split(",") if value.strip()),
    )


def mail_server(host: str, sender: str, smtp: SmtpSettings) -> MailServer:
    password = None if smtp.password is None else smtp.password.get_secret_value()
    return MailServer(host, smtp.port, sender, smtp.security, smtp.username, password)
