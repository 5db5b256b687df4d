"""What can go wrong in the domain, without a word about HTTP; `app/api/errors.py` maps the codes."""

from typing import ClassVar


class DomainError(Exception):
    """Base: `code` is stable and part of the contract, the message is for people."""

    code: ClassVar[str] = "domain_error"

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class NotFound(DomainError):
    """Nothing there that this caller may see."""

    code = "not_found"


class Forbidden(DomainError):
    """The caller sees the thing but has not the role for the act."""

    code = "forbidden"


class ForbiddenTransition(DomainError):
    """The order is not in a state from which this act leads anywhere."""

    code = "forbidden_transition"


class Unfinished(DomainError):
    """What belongs to the thing is not finished, and nobody said why that should not matter."""

    code = "unfinished"


class VersionConflict(DomainError):
    """Somebody changed the thing since the caller read it."""

    code = "version_conflict"


class IdempotencyConflict(DomainError):
    """The same Idempotency-Key came with another body."""

    code = "idempotency_conflict"


class HandlerMayNotReview(DomainError):
    """Whoever handled an order can never close or return it."""

    code = "handler_may_not_review"


class ConflictOfInterest(DomainError):
    """The person has withdrawn, or has to withdraw, from this order; the reason is nobody's here."""

    code = "conflict_of_interest"


class Overlap(DomainError):
    """Something else holds for that time already."""

    code = "overlap"


class SecondPersonNeeded(DomainError):
    """One person alone may not do this any more; a request and another person's approval may."""

    code = "second_person_needed"


class AlreadyPending(DomainError):
    """A request of this kind waits for its decision already."""

    code = "already_pending"


class RequestClosed(DomainError):
    """The request has been decided, withdrawn, or its ground is gone."""

    code = "request_closed"


class PastDue(DomainError):
    """The deadline has passed: it can be answered late, but not be moved any more."""

    code = "past_due"


class LimitReached(DomainError):
    """As often as it may be has been already."""

    code = "limit_reached"


class TransferLocked(DomainError):
    """The prefecture has decided who holds the order; it is not handed on any more."""

    code = "transfer_locked"


class MayNotDecide(DomainError):
    """Whoever filed a request, or handles its order, cannot decide it."""

    code = "may_not_decide"


class Recused(DomainError):
    """The caller has declared an interest in this order and keeps out of it."""

    code = "recused"


class Invalid(DomainError):
    """The request is well-formed but says something that cannot be."""

    code = "invalid"


class NotReplayable(DomainError):
    """The quarantined message was cut or has been replayed already."""

    code = "not_replayable"


class TooLarge(DomainError):
    """An upload over its limit."""

    code = "too_large"


class UnsupportedMedia(DomainError):
    """An upload whose content is not of an accepted type."""

    code = "unsupported_media"


class ConfigurationError(Exception):
    """A setting or a file that stops the start; its message is one line that names it."""
