"""A person's own API keys: how one is made, and its text, which is kept nowhere and derived again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import people, tokens
from app.auth.scope import Caller
from app.views.paging import instant
from models.errors import Invalid
from models.journal import ApiKey

MAX_KEYS = 20  # a person with more has forgotten what they are for


async def make(
    session: AsyncSession, caller: Caller, name: str, *, secret_key: str, now: datetime
) -> dict[str, Any]:
    """A further key of the caller, as it is shown without its text; raises Invalid for one too many."""
    await people.lock_person(session, caller.id)
    if len(await people.keys_of(session, caller.id)) >= MAX_KEYS:
        raise Invalid(f"a person has at most {MAX_KEYS} API keys; delete one first", field="keys")
    row = ApiKey(id=await people.next_key_id(session), person_id=caller.id, name=name, created_at=now)
    shown = shown_of(row)
    row.digest = tokens.key_digest(text_of(secret_key, caller, shown))
    session.add(row)
    return shown


def shown_of(row: ApiKey) -> dict[str, Any]:
    """A key as its owner sees it later."""
    return {"id": row.id, "name": row.name, "created_at": instant(row.created_at)}


def text_of(secret_key: str, caller: Caller, shown: Mapping[str, Any]) -> str:
    """The key itself, for the answer that makes it and for that answer repeated."""
    return tokens.api_key(secret_key, person_id=caller.id, key_id=shown["id"], created_at=shown["created_at"])
