"""What the forms on an order's page say: checked like the API's bodies, faults told in the reader's language."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile

from app.api.requests import MAX_EVIDENCE, FeedbackIn, ReportIn, ReviewIn, VoidIn
from app.console.refusals import ERROR
from app.console.texts import N_, Texts
from app.idempotency import checked_key
from dispatch.commands import Accept, Acknowledge, Command, FileReport, GiveFeedback, Return, Withdraw
from dispatch.review.rules import Answer
from models.clock import BEIJING
from models.enums import ReturnReason
from models.errors import Invalid

Act = Literal["acknowledge", "feedback", "report", "review", "void"]
FIELD = {
    "finding": N_("What was found on site"),
    "cause": N_("Cause"),
    "cause_code": N_("Kind of cause"),
    "measures": N_("Measures taken"),
    "result": N_("Result"),
    "comment": N_("Comment"),
    "reason": N_("Reason for withdrawing"),
    "false_alarm": N_("False alarm"),
    "unfinished_tasks_reason": N_("Why tasks are left unfinished"),
    "open_children_reason": N_("Why parts are not waited for"),
    "with_children": N_("Withdraw every open part too"),
    "override_reason": N_("Why it is closed although the station has not recovered"),
    "claims": N_("Outcome of the disposal"),
    "location": N_("Position"),
    "evidence": N_("Photos or documents"),
}
_Body = TypeVar("_Body", bound=BaseModel)


def typed(form: FormData) -> dict[str, str]:
    """The texts somebody typed, with the line ends of forms made plain; empty fields are left out."""
    return {
        name: value.replace("\r\n", "\n")
        for name, value in form.multi_items()
        if isinstance(value, str) and value.strip()
    }


def uploads(form: FormData, words: Texts) -> list[UploadFile]:
    """The files chosen; raises Invalid for more than an act may cite."""
    files = [file for file in form.getlist("photos") if isinstance(file, UploadFile) and file.filename]
    if len(files) > MAX_EVIDENCE:
        raise _fault(words.say("At most %(most)s files may be attached.", most=MAX_EVIDENCE))
    return files


def expected_version(fields: Mapping[str, str]) -> int:
    """The version of the order that the page showed; one that no order has, where the form names none."""
    text = fields.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def once_key(fields: Mapping[str, str]) -> str:
    """The idempotency key of this rendering of the form; raises Invalid where there is none."""
    token = fields.get("once", "").strip()
    if not token:
        raise Invalid("the form carries no token")
    return checked_key(f"console:{token}")


def command_of(act: Act, fields: Mapping[str, str], evidence: Sequence[Any], words: Texts) -> Command:
    """The command a form stands for; raises Invalid with `shown`, what the person has to mend."""
    match act:
        case "acknowledge":
            return Acknowledge()
        case "feedback":
            location = location_of(fields, words)
            said = checked_by(
                FeedbackIn,
                only(fields, "finding", "cause", "cause_code") | ({"location": location} if location else {}),
                words,
            )
            return GiveFeedback(said.finding, said.cause, tuple(evidence), location, said.cause_code)
        case "report":
            overrides = ("unfinished_tasks_reason", "open_children_reason")
            done = checked_by(ReportIn, only(fields, "measures", "result", "claims", *overrides), words)
            return FileReport(
                done.measures,
                done.result,
                tuple(evidence),
                done.unfinished_tasks_reason,
                done.open_children_reason,
                done.claims,
            )
        case "review":
            return review_of(fields, words)
        case "void":
            withdrawn = checked_by(VoidIn, only(fields, "reason", "false_alarm", "with_children"), words)
            return Withdraw(withdrawn.reason, withdrawn.false_alarm, withdrawn.with_children)


def review_of(fields: Mapping[str, str], words: Texts) -> Accept | Return:
    """A review as the form says it: `check_KEY` and `why_KEY` of the checklist, `reason_CODE` of a return."""
    said = only(fields, "decision", "comment", "false_alarm", "override_reason")
    accepting = said.get("decision") == "accept"
    if not accepting:
        said.pop("override_reason", None)
        said["reasons"] = [reason.value for reason in ReturnReason if f"reason_{reason.value}" in fields]
    lines = [
        {"item": name.removeprefix("check_"), "answer": answer}
        | ({"reason": why} if (why := fields.get(f"why_{name.removeprefix('check_')}")) else {})
        for name, answer in sorted(fields.items())
        if name.startswith("check_")
    ]
    judged = checked_by(ReviewIn, said | ({"checklist": lines} if lines else {}), words)
    answers = None
    if judged.checklist is not None:
        answers = tuple(Answer(line.item, line.answer, line.reason) for line in judged.checklist)
    if accepting:
        return Accept(judged.comment, judged.false_alarm, answers, False, judged.override_reason)
    if judged.false_alarm is not None:
        raise _fault(words.say("A report that is returned is no false alarm."), "false_alarm")
    if judged.comment is None:
        raise _fault(words.say("To return a report, say in the comment what is to be done again."), "comment")
    return Return(judged.comment, tuple(judged.reasons), answers)


def only(fields: Mapping[str, str], *names: str) -> dict[str, Any]:
    """What was typed into these fields."""
    return {name: fields[name] for name in names if name in fields}


def location_of(fields: Mapping[str, str], words: Texts) -> dict[str, float] | None:
    """The position a form says, None without one; raises Invalid in words for what is no position."""
    given = {name: fields[name] for name in ("lon", "lat") if name in fields}
    if not given:
        return None
    try:
        position = {name: float(fields[name]) for name in ("lon", "lat")}
        if "accuracy_m" in fields:
            position["accuracy_m"] = float(fields["accuracy_m"])
    except (KeyError, ValueError):
        raise _fault(words.say("A position wants both longitude and latitude, in degrees.")) from None
    return position


def checked_by(
    shape: type[_Body], values: Mapping[str, Any], words: Texts, names: Mapping[str, str] = FIELD
) -> _Body:
    """The values as the API's body takes them; raises Invalid with `shown`, the first fault in words."""
    try:
        return shape.model_validate(values)
    except ValidationError as error:
        raise fault_of(error, words, names) from None


def beijing_instant(
    fields: Mapping[str, str], name: str, words: Texts, names: Mapping[str, str]
) -> datetime | None:
    """What a field for a date and time says, read as Beijing time; None where it is empty, Invalid for no instant."""
    said = fields.get(name)
    if said is None:
        return None
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None or not 2000 <= at.year < 2200:
        raise _fault(
            words.say("%(field)s: please give a date and a time.", field=words.say(names[name])), name
        )
    return at.replace(tzinfo=BEIJING)


def fault_of(
    error: ValidationError, words: Texts, names: Mapping[str, str] = FIELD, whole: Mapping[str, str] = {}
) -> Invalid:
    """The first fault of a body in the reader's language; `names` say what its fields are called (msgids).

    `whole` says what the body as a whole can be refused for, by the message of its check.
    """
    first = error.errors(include_url=False, include_input=False)[0]
    if not first["loc"]:
        return _fault(words.say(whole.get(first["msg"].removeprefix("Value error, "), ERROR["invalid"])))
    # Where a body is one of several kinds, the kind stands before the field.
    name = next((str(part) for part in first["loc"] if part in names), str(first["loc"][-1]))
    field = words.say(names.get(name, name))
    match first["type"]:
        case "missing" | "string_too_short" | "too_short":
            return _fault(words.say("Please fill in: %(field)s.", field=field), name)
        case "string_too_long":
            most = first.get("ctx", {}).get("max_length", "")
            return _fault(words.say("%(field)s: at most %(most)s characters.", field=field, most=most), name)
        case _:
            return _fault(words.say("%(field)s: this cannot be taken.", field=field), name)


def _fault(shown: str, field: str = "") -> Invalid:
    return Invalid(
        "a field of the form is missing or wrong", shown=shown, **({"field": field} if field else {})
    )
