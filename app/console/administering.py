"""What forms of rules, policies, silences and messages share: Beijing times, bodies checked as the API's, refusals."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.errors import STATUS
from app.api.requests import Reason
from app.api.rule_requests import ActivateIn
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console import forms
from app.console.faults import in_words
from app.console.forms import fault_of
from app.console.once import do_once
from app.console.page_route import Message, message_of, see
from app.console.pages import words_of
from app.console.texts import N_, Texts
from models.clock import BEIJING
from models.errors import DomainError, Forbidden, Invalid, NotFound
from models.said import Said

OWN_ERROR = {
    "version_conflict": N_(
        "Somebody else has changed it since you opened this page. What you typed is still below; nothing was saved."
    ),
    "forbidden_transition": N_(
        "In its present state this step is not taken; please look at its newest state."
    ),
    "second_person_needed": N_(
        "Whoever entered it, wrote it last or took the step before does not take this one: another person has to."
    ),
    "not_replayable": N_("It was taken in already, or only its beginning was kept."),
}
FIELD = {
    "reason": N_("Reason"),
    "note": N_("Why there is this version"),
    "from": N_("From"),
    "until": N_("Until"),
    "grid": N_("Grid"),
    "station": N_("Station"),
    "kind": N_("Kind"),
    "severity": N_("Severity"),
    "category": N_("Category"),
    "body": N_("Whole document"),
}
_Body = TypeVar("_Body", bound=BaseModel)


class Activation(ActivateIn):
    """On a page nothing is put in force without saying why."""

    reason: Reason


def revision_of(fields: Mapping[str, str]) -> int:
    """The revision that the page showed; one that no draft has, where the form names none."""
    text = fields.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def beijing_instant(fields: Mapping[str, str], name: str, words: Texts) -> datetime | None:
    """As `forms.beijing_instant`, with the names of these pages."""
    return forms.beijing_instant(fields, name, words, FIELD)


def for_field(at: datetime) -> str:
    """An instant as a field for date and time wants it."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M")


def told(shown: str) -> Invalid:
    """What a person has to mend, in their language."""
    return Invalid("a field of the form is missing or wrong", shown=shown)


def checked(
    shape: type[_Body], values: Mapping[str, Any], words: Texts, whole: Mapping[str, str] = {}
) -> _Body:
    """The body that the API would have taken; raises Invalid with `shown`, which names the field.

    `whole` says in the reader's language what the body as a whole can be refused for.
    """
    try:
        return shape.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        raise fault_of(error, words, FIELD, whole) from None


def refusal(request: Request, error: DomainError, own: Mapping[str, str]) -> Message:
    """What went wrong, in words, with the field that is wrong; `own` says it for a field that the domain names."""
    return Message.of(error, _refusal(request, error, own))


def _refusal(request: Request, error: DomainError, own: Mapping[str, str]) -> str:
    words = words_of(request)
    shown = error.extra.get("shown")
    field = own.get(str(error.extra.get("field")))
    if field is not None and shown is None:
        return words.say(field)
    if shown is None and isinstance(error.detail, Said):
        return words.say("Not taken: %(fault)s", fault=in_words(words, error.detail)[:1000])
    if shown is None and (text := OWN_ERROR.get(error.code)) is not None:
        return words.say(text)
    return message_of(words, error, megabytes=context_of(request).settings.max_upload_mb)


async def do_or_again(
    request: Request,
    caller: Caller,
    fields: Mapping[str, str],
    work: Callable[[AsyncSession], Awaitable[dict[str, Any]]],
    *,
    then: Callable[[dict[str, Any]], str],
    again: Callable[[str, int], Awaitable[Response]],
    own: Mapping[str, str] = {},
) -> Response:
    """Does what the form says, once, and goes on to another page; a refusal gives the page again with its message."""
    try:
        said = await do_once(request, caller, fields, work)
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return await again(refusal(request, error, own), STATUS.get(error.code, 400))
    return see(then(said))
