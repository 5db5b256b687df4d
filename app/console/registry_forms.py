"""What the forms of registry and people share: who changes what and why, days in Beijing, secrets, refusals."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from fastapi import Request

from app.auth import tokens
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.faults import in_words
from app.console.forms import once_key
from app.console.page_route import Message, message_of
from app.console.pages import words_of
from app.console.texts import N_
from app.context import Context
from app.registry.editor import Author, checked_reason
from app.registry.said import SaidTerms
from models.clock import BEIJING
from models.errors import DomainError, Invalid

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
REFUSED = {
    "own_administration": N_(
        "You cannot take your own administration from yourself; another administrator has to."
    ),
    "last_administrator": N_("The prefecture would have no administrator left who can sign in."),
    "disabled": N_("This person's account has been changed meanwhile; please look at its newest state."),
    "from": N_("A duty begins today or later."),
    "to": N_("A duty ends today or later, and after it has begun."),
    "reason": N_("A reason has at most 200 characters."),
    "parent": N_("A new grid wants a grid above it that is in the registry, of level 1 to 3."),
    "boundary": N_("The boundary is not GeoJSON that could be read."),
    "lon": N_("A position wants both longitude and latitude, in degrees."),
    "cadence_s": N_("The reporting interval is a whole number of seconds."),
    "when": N_("Choose either now or a last day."),
    "day": N_("A day is written like 2026-01-31."),
    "utf8": N_("The file is not text in UTF-8."),
    "no_file": N_("Choose a file or paste its text."),
    "changed": N_("The file or the registry is no longer what was checked; please check it again."),
    "keys": N_("A person has at most 20 API keys; revoke one first."),
}
TAKEN = N_("This code or user name is taken already.")
STALE = N_(
    "Somebody changed this since the page was shown. This is the newest state; please look and try again."
)


def author_of(caller: Caller, fields: Mapping[str, str]) -> Author:
    return Author(caller.id, caller.name, checked_reason(fields.get("reason")))


def day_of(fields: Mapping[str, str], name: str, now: datetime, *, end: bool = False) -> datetime | None:
    """The beginning of the day a field names in Beijing, or its last moment for an `end`; None without one.

    Today begins now, so it is None as well. Raises Invalid for what is no day.
    """
    text = fields.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
        if day is None or not 1970 <= day.year <= 2200:
            raise ValueError
    except ValueError:
        raise Invalid("a day is written like 2026-01-31", field="day") from None
    if not end and day == now.astimezone(BEIJING).date():
        return None
    return datetime.combine(day + timedelta(days=1 if end else 0), time(), BEIJING)


def terms_of(fields: Mapping[str, str]) -> SaidTerms:
    """What a form says of a duty beside its role; fields that the form does not have, or leaves empty, say nothing."""
    covers = fields.get("covers", "").replace(",", " ").replace("、", " ").replace("，", " ").split()
    full_time = {"yes": True, "no": False}.get(fields.get("full_time", ""))
    return SaidTerms(fields.get("post") or None, full_time, covers or None)


def shown_secret(context: Context, purpose: str, fields: Mapping[str, str]) -> str:
    """The secret that this very form makes; raises Invalid for a form without its token."""
    return tokens.secret_for(context.secret_key, purpose, once_key(fields))


def refusal(request: Request, error: DomainError) -> Message:
    """What went wrong, in the reader's language, with the field that is wrong."""
    return Message.of(error, _refusal(request, error))


def _refusal(request: Request, error: DomainError) -> str:
    words = words_of(request)
    if error.code == "version_conflict" and "field" not in error.extra:
        return words.say(STALE)
    if error.extra.get("taken"):
        return words.say(TAKEN)
    faults = error.extra.get("faults")
    if isinstance(faults, list) and faults:
        return " ".join(dict.fromkeys(in_words(words, fault["message"]) for fault in faults[:5]))
    if "shown" not in error.extra and (text := REFUSED.get(str(error.extra.get("field")))) is not None:
        return words.say(text)
    return message_of(words, error, megabytes=context_of(request).settings.max_upload_mb)


async def renew(context: Context) -> None:
    """Reads this process's directory anew at once; the others are told by the database."""
    async with context.sessions() as session:
        await context.directory.refresh(session)
