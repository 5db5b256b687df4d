"""What the forms of sources share: fields read as the API's bodies, and refusals in words."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from app.api.source_requests import SourceIn, SourcePatch
from app.console.administering import told
from app.console.forms import checked_by
from app.console.source_names import SOURCE_FIELD
from app.console.texts import N_, Texts
from models.errors import Invalid
from supervision.sources.file import DISCHARGES, IN_AIR

REFUSED = {
    "code": N_("This code is taken, or is none: 1 to 64 characters without blanks or slashes."),
    "grid": N_("There is no such grid of level 2 to 4 among those you may keep files of."),
    "credit_code": N_("This is no unified social credit code: its check character differs."),
    "permit_until": N_("This is no day on which a permit could end."),
    "emissions": N_("Amounts are 0 or more tonnes a year, with at most four decimals."),
    "pollutants": N_("One of these is no air pollutant that is known here."),
    "lon": N_("A longitude is -180 to 180, a latitude -90 to 90."),
    "number": N_("A document wants its number or title, at most 100 characters."),
    "dated": N_("A document is dated between 1990 and today."),
    "valid_until": N_("A document is valid until some day after its own date."),
    "evidence": N_("This file cannot be used: it is not yours, or belongs to something else."),
    "why": N_("Please say why, in at most 500 characters."),
    "due_on": N_("A sweep is due between today and the end of the quarter."),
    "sources": N_("Choose 1 to 500 sources that are on file there."),
    "note": N_("Please say something about it: where sources were not met, why."),
    "year": N_("A list is for this year or the next, and differs from the one in force."),
    "kinds": N_("Kinds of discharge are 1 to 20."),
    "tonnes": N_("Tonnes a year are above zero."),
    "concern": N_("Reported problems are 1 to 1000."),
    "include": N_("What is put on by hand is written as one source a line: code, blank, reason."),
    "exclude": N_("Taken off by hand is only what is proposed, one source a line: code, blank, reason."),
    "file": N_("This is no workbook (XLSX) with the columns of the export."),
}
_DEMANDED = ("name", "grid", "lon", "lat", "category", "kind")
_TEXTS = ("legal_name", "credit_code", "contact", "phone", "permit", "permit_until")


def new_of(fields: Mapping[str, str], words: Texts) -> SourceIn:
    """The source that a form registers."""
    values = _values(fields, words) | {"code": fields.get("code")}
    if fields.get("why"):
        values["why"] = fields["why"]
    given = {name: value for name, value in values.items() if value is not None}
    return checked_by(SourceIn, given, words, SOURCE_FIELD)


def patch_of(fields: Mapping[str, str], words: Texts) -> SourcePatch:
    """The whole file as a form leaves it: what is empty is taken out."""
    values = _values(fields, words)
    if fields.get("why"):
        values["why"] = fields["why"]
    for name in _DEMANDED:
        if values[name] is None:
            del values[name]
            raise told(words.say("Please fill in: %(field)s.", field=words.say(SOURCE_FIELD[name])))
    return checked_by(SourcePatch, values, words, SOURCE_FIELD)


def _values(fields: Mapping[str, str], words: Texts) -> dict[str, Any]:
    found: dict[str, Any] = {name: fields.get(name) for name in (*_DEMANDED, *_TEXTS)}
    for name in ("lon", "lat"):
        try:
            found[name] = None if found[name] is None else float(found[name])
        except ValueError:
            field = words.say(SOURCE_FIELD[name])
            raise told(words.say("%(field)s: this cannot be taken.", field=field)) from None
    found["pollutants"] = [name for name in IN_AIR if f"pollutant_{name}" in fields]
    found["emissions"] = {kind: fields[f"t_{kind}"].strip() for kind in DISCHARGES if f"t_{kind}" in fields}
    return found


def by_hand(fields: Mapping[str, str], name: str) -> dict[str, str]:
    """Reasons by code, out of lines of a code, a blank and a reason; raises Invalid naming the field."""
    found: dict[str, str] = {}
    for line in fields.get(name, "").splitlines():
        if not line.strip():
            continue
        code, _, why = line.strip().partition(" ")
        if not why.strip() or code in found or len(why) > 500 or len(found) >= 200:
            raise Invalid("a line is a code, a blank and a reason", field=name)
        found[code] = why.strip()
    return found


def day_of(fields: Mapping[str, str], name: str) -> date | None:
    """The day a field names; raises Invalid for none."""
    said = fields.get(name)
    try:
        return None if said is None else date.fromisoformat(said)
    except ValueError:
        raise Invalid("no day of the calendar", field=name) from None


def number_of(fields: Mapping[str, str], name: str, otherwise: Decimal) -> Decimal:
    """The figure a field says; raises Invalid for none."""
    try:
        found = Decimal(fields.get(name, str(otherwise)).strip())
    except ArithmeticError:
        raise Invalid("no figure", field=name) from None
    if not found.is_finite():
        raise Invalid("no figure", field=name)
    return found
