"""What gaps, standings, lists and yearly duties are called (msgids)."""

from collections.abc import Mapping
from typing import Any

from app.console.texts import N_, Texts
from models.enums import ListKind, YearlyKind
from supervision.duties.gaps import GapCode, Standing
from supervision.yearly.due import YearlyState

GAP = {
    GapCode.NO_PARTY_HEAD: N_("no chief from the Party side"),
    GapCode.NO_GOVERNMENT_HEAD: N_("no chief from the government side"),
    GapCode.NO_OFFICE: N_("no office for its grids is entered"),
    GapCode.TOWN_UNCOVERED: N_("no sub-chief of the county answers for it"),
    GapCode.VILLAGES_UNCOVERED: N_("%(count)s villages have no sub-chief: %(names)s"),
    GapCode.NO_TOWNS: N_("no town is registered below it, so its cover cannot be shown"),
    GapCode.TOO_MANY_TOWNS: N_("%(person)s answers for %(count)s towns, two at most are allowed"),
    GapCode.COVERS_NOTHING: N_("%(person)s is a sub-chief without a town"),
    GapCode.NOT_PUBLISHED: N_("no published list is entered"),
    GapCode.NO_CONTACT: N_("the published list does not say how to complain"),
    GapCode.LIST_OUTDATED: N_(
        "chiefs or sub-chiefs changed on %(since)s; the published list is of %(as_of)s"
    ),
    GapCode.SUPERVISORS_OUTDATED: N_("supervisors changed on %(since)s; the published list is of %(as_of)s"),
    GapCode.NOT_FILED: N_("no list has been filed with the prefecture"),
    GapCode.FILING_OUTDATED: N_("a change of %(since)s is not filed; the last list is of %(as_of)s"),
    GapCode.FEW_SUPERVISORS: N_("supervisors: %(found)s of at least %(wanted)s"),
    GapCode.MANY_SUPERVISORS: N_("supervisors: %(found)s, at most %(wanted)s are asked for"),
    GapCode.FEW_FULL_TIME: N_("full-time supervisors on record: %(found)s of at least %(wanted)s"),
    GapCode.NO_KEY_GRID: N_("the station %(station)s has no key grid"),
    GapCode.KEY_GRID_WITHOUT_HEADS: N_("the two chiefs of the county do not hold this key grid themselves"),
    GapCode.NOBODY_IMPARTIAL: N_("every supervisor has declared an interest in %(what)s"),
    GapCode.ENDING: N_("the duty of %(person)s ends on %(until)s, with nobody to follow"),
}
STANDING = {
    Standing.MET: N_("in place"),
    Standing.UNCLEAR: N_("not recorded"),
    Standing.LACKING: N_("lacking"),
}
ITEM = {
    "1": N_("1 Two chiefs and an office"),
    "2": N_("2 Sub-chiefs cover everything"),
    "3": N_("3 Published and kept current"),
}
"""Of annex 2 art. 5(一)."""
LIST_KIND = {
    ListKind.FILED: N_("filed with the prefecture"),
    ListKind.PUBLISHED: N_("published"),
}
YEARLY = {
    YearlyKind.PLAN: N_("Yearly plan"),
    YearlyKind.LETTER: N_("Responsibility letter"),
    YearlyKind.TRAINING: N_("Training"),
    YearlyKind.SUMMARY: N_("Yearly summary"),
}
YEARLY_STATE = {
    YearlyState.DONE: N_("recorded"),
    YearlyState.DONE_LATE: N_("recorded, late"),
    YearlyState.OPEN: N_("still time"),
    YearlyState.DUE_SOON: N_("soon due"),
    YearlyState.OVERDUE: N_("overdue"),
}
DUTY_NAMES: Mapping[str, Mapping[Any, str]] = {
    "gap": GAP,
    "standing": STANDING,
    "item": ITEM,
    "list_kind": LIST_KIND,
    "yearly": YEARLY,
    "yearly_state": YEARLY_STATE,
}


def gap_in_words(words: Texts, gap: Mapping[str, Any]) -> str:
    """What is missing, in the reader's language, with the figures and names it is about."""
    shown = {
        name: words.say(", ").join(value) if isinstance(value, list) else value
        for name, value in gap["values"].items()
    }
    return words.say(GAP[GapCode(gap["code"])], **shown)


FIELD = {
    "as_of": N_("Day of the list"),
    "place": N_("Where it is published"),
    "contact": N_("How to complain"),
    "document": N_("Document: number and date"),
    "name": N_("Name of the office"),
    "head": N_("Its director"),
    "done_on": N_("Day it was done"),
    "note": N_("Remarks on it"),
    "attendees": N_("Who attended"),
}
"""What the fields of these pages are called in a fault."""
REFUSED = {
    "as_of": N_("The day of the list is today or before."),
    "place": N_("Say where the list is published, in at most 300 characters."),
    "contact": N_("Say how to complain, in at most 300 characters."),
    "document": N_("Give the document, in at most 300 characters."),
    "done_on": N_("That day cannot be: it is today or before, and of a training in the year itself."),
    "attendees": N_("Say who attended the training, one name a line, at most 1,000."),
    "note": N_("Remarks have at most 1,000 characters."),
}
"""What the domain refuses, by the field it names."""
