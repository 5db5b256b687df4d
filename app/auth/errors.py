"""What can go wrong while finding out who is calling."""

from models.errors import DomainError


class Unauthenticated(DomainError):
    """Nobody is known by what the request carries."""

    code = "unauthenticated"


class InvalidCredentials(DomainError):
    """User name and password do not belong together; which of the two is wrong is not said."""

    code = "invalid_credentials"


class TooManyAttempts(DomainError):
    """Too many failed sign-ins; `retry_after_s` in the extras says how long to wait."""

    code = "too_many_attempts"


class CsrfFailed(DomainError):
    """A change was asked for with a session cookie alone, which another site could have sent."""

    code = "csrf_failed"
