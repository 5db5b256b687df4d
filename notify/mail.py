"""Mail over SMTP, step by step, so that it is known at which step it failed."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from typing import Literal

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPResponseException,
)

from notify.gateway import Message
from notify.outcome import Outcome, handed_over, retry, undeliverable, unknown


@dataclass(frozen=True, slots=True)
class MailServer:
    host: str
    port: int
    sender: str
    security: Literal["tls", "starttls", "none"] = "starttls"
    username: str | None = None
    password: str | None = field(default=None, repr=False)


class MailWay:
    """Hands a mail to the server of the settings; the whole exchange takes at most `timeout` seconds.

    Up to the end of the text nothing has been taken over. When the connection breaks after that, the server may
    have it. A repeated mail has the Message-ID of the first, by which many servers and readers know it.
    """

    def __init__(self, server: MailServer, *, timeout: float) -> None:
        self._server = server
        self._timeout = timeout

    async def send(self, message: Message, *, now: datetime) -> Outcome:
        server = self._server
        client = SMTP(
            hostname=server.host, port=server.port, timeout=self._timeout, use_tls=server.security == "tls",
            start_tls=server.security == "starttls", local_hostname="geshao",
        )  # fmt: skip
        handing = False
        try:
            async with asyncio.timeout(self._timeout):
                await client.connect()
                if server.username is not None:
                    await client.login(server.username, server.password or "")
                await client.mail(server.sender)
                await client.rcpt(message.to.address)
                handing = True
                await client.data(_mail(server.sender, message, now).as_bytes(policy=POLICY))
        except SMTPResponseException as fault:
            return _answered(fault)
        except (SMTPNotSupported, ValueError) as fault:
            return undeliverable(type(fault).__name__, works=False)
        except (SMTPException, OSError, TimeoutError) as fault:
            # Their texts may quote an address, so only their kind is told.
            kind = type(fault).__name__
            return unknown(kind) if handing else retry(kind)
        finally:
            # Nothing waits for a goodbye: what was taken over is taken over.
            client.close()
        return handed_over()


def _answered(fault: SMTPResponseException) -> Outcome:
    error = f"SMTP {fault.code}"
    if isinstance(fault, SMTPAuthenticationError | SMTPConnectError):
        # Of the server and its settings: the mail itself can go once they are mended.
        return retry(error)
    if 500 <= fault.code < 600:
        return undeliverable(error, works=None if isinstance(fault, SMTPRecipientRefused) else False)
    return retry(error, works=None if fault.code in (450, 451, 452) else False)


def _mail(sender: str, message: Message, now: datetime) -> EmailMessage:
    mail = EmailMessage(policy=POLICY)
    mail["From"] = sender
    mail["To"] = message.to.address
    mail["Subject"] = " ".join(message.title.split())[:200]
    mail["Date"] = now
    mail["Message-ID"] = f"<{hashlib.sha256(message.key.encode()).hexdigest()[:32]}@geshao>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text, cte="base64")
    return mail
