"""What the pages of the air say (msgids)."""

from app.console.texts import N_
from models.enums import AirSource, MonthState

STATE = {
    MonthState.DRAFT: N_("Draft"),
    MonthState.SIGNED: N_("In force"),
    MonthState.SUPERSEDED: N_("Replaced"),
}
SOURCE = {
    AirSource.READINGS: N_("from the station's readings"),
    AirSource.IMPORTED: N_("official values"),
    "published": N_("published by the Region"),
    "own": N_("computed here"),
}
NOT_RANKED = {
    "no_index": N_("not ranked: no valid index this month"),
    "no_base": N_("not ranked: no index of the same month last year"),
    "other_rules": N_("not ranked: the two indices follow different rules"),
}
CATEGORY = {
    1: N_("Excellent"),
    2: N_("Good"),
    3: N_("Lightly polluted"),
    4: N_("Moderately polluted"),
    5: N_("Heavily polluted"),
    6: N_("Severely polluted"),
}
DONE = {
    "computed": N_("The draft is computed. A chief of the prefecture signs it."),
    "signed": N_("The month is signed and in force."),
    "excluded": N_("The day is taken out of the ranking."),
    "withdrawn": N_("The day is put back."),
    "published": N_("The published indices are entered."),
    "imported": N_("The official values are taken in."),
}
OWN_REFUSALS = {
    "why": N_("Say why a month that is signed is computed anew."),
    "grid": N_("Choose a county or park."),
    "day": N_("Choose a day that is over."),
    "pollutants": N_("Choose at least one pollutant."),
    "document": N_("Name the document it rests on, number and date."),
    "rules": N_("No composite index follows these rules."),
    "value": N_("An index is above 0 and below 100, with three decimals at most."),
    "draft": N_("The draft was computed anew meanwhile: please look at it before you sign."),
    "signer": N_("You computed this month yourself: another chief of the prefecture signs it."),
    "no_file": N_("Choose a file."),
    "sha256": N_("The form could not be understood; please check it and send it again."),
}
