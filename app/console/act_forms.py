"""What the forms of ladders and acts say: checked like the API's bodies, and refusals in the reader's language."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.act_shapes import ActIn
from app.auth.scope import Caller
from app.console.administering import do_or_again
from app.console.forms import checked_by
from app.console.pages import words_of
from app.console.texts import N_, Texts
from models.errors import DomainError

FIELD = {
    "sha256": N_("What was shown"),
    "note": N_("Remark"),
    "reason": N_("Reason"),
    "month": N_("Month"),
    "grid": N_("County or park"),
    "kind": N_("Kind"),
    "by": N_("Done by"),
    "in_public": N_("Public interview"),
    "ground": N_("Ground of the act"),
    "facts": N_("Facts of the act"),
    "document": N_("Document it rests on"),
    "period_from": N_("First day"),
    "period_to": N_("Last day"),
    "held_on": N_("Day it was delivered or held"),
    "attended": N_("Who attended"),
    "minutes": N_("Where the minutes are"),
    "follow_up_due": N_("Follow-up due"),
    "report_due": N_("Report of correction due"),
    "report": N_("Report of correction"),
    "text": N_("Statement or answer"),
    "result": N_("Outcome of the act"),
}
REFUSED = {
    "month": N_("A month is judged once it has begun."),
    "grid": N_("Choose a county or park."),
    "in_public": N_("Only an interview is held in public."),
    "document": N_(
        "Body §3(9) prescribes interviews: for anything else name the document it rests on, in at most 300 characters."
    ),
    "period_to": N_("A period ends after it begins, and is over."),
    "held_on": N_("It is delivered or held after it was signed, and not in days to come."),
    "attended": N_("Of an interview say who attended."),
    "minutes": N_("Of an interview say where the minutes are."),
    "follow_up_due": N_("The follow-up is due after that day, within two years."),
    "report_due": N_(
        "A report is due from the day it was held until the follow-up is; sent back, from today and within a year."
    ),
}
"""By the field a refusal names."""
CODE = {
    "unfinished": N_("What comes before this step is not done; please look at its newest state."),
    "second_person_needed": N_(
        "Whoever entered or wrote it does not sign or issue it: another chief has to."
    ),
}
_EARLIER = N_("The act of the proposal before it is in force: withdraw that act first.")
_Body = TypeVar("_Body", bound=BaseModel)


def body_of(shape: type[_Body], fields: Mapping[str, str], words: Texts) -> _Body:
    """The body that the API would have taken, out of a form's fields; raises Invalid with `shown`."""
    values: dict[str, Any] = {name: fields[name] for name in shape.model_fields if name in fields}
    if not values.get("report_due", "x"):
        del values["report_due"]
    if shape is ActIn:
        values["in_public"] = "in_public" in fields
    return checked_by(shape, values, words, FIELD)


async def do_act(
    request: Request,
    caller: Caller,
    fields: Mapping[str, str],
    work: Callable[[AsyncSession], Awaitable[dict[str, Any]]],
    *,
    then: Callable[[dict[str, Any]], str],
    again: Callable[[str, int], Awaitable[Response]],
    earlier: bool = False,
) -> Response:
    """As `do_or_again`, with the refusals of these forms; `earlier`: what is unfinished is the act before."""
    words = words_of(request)

    async def told(session: AsyncSession) -> dict[str, Any]:
        try:
            return await work(session)
        except DomainError as error:
            text = _EARLIER if earlier and error.code == "unfinished" else CODE.get(error.code)
            if text is not None:
                error.extra["shown"] = words.say(text)
            raise

    return await do_or_again(request, caller, fields, told, then=then, again=again, own=REFUSED)
