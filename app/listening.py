"""The port that the service is reached at; light, so that a wrong one is named before the service is read in."""

import errno
import os
import socket

from app.settings import Settings
from models.errors import ConfigurationError


def listen(settings: Settings) -> socket.socket:
    """The HTTP port, taken before anything else is started; a taken one is named with its setting."""
    host, port = settings.http_host, settings.http_port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        # A name that nobody knows comes as an OSError with the resolver's own, negative number.
        if error.errno is None or error.errno < 0 or error.errno == errno.EADDRNOTAVAIL:
            raise ConfigurationError(f"GESHAO_HTTP_HOST: {host} is no address of this machine") from None
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ConfigurationError(f"GESHAO_HTTP_PORT: cannot listen on {host}:{port}: {reason}") from None
