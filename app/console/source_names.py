"""What is said of sources, sweeps, key lists and patrols (msgids)."""

from collections.abc import Mapping
from typing import Any

from app.console.texts import N_
from models.enums import (
    DocumentKind,
    KeyListState,
    SourceKind,
    SourceState,
    SummaryKind,
    SweepFound,
    VisitFlaw,
    VisitFound,
)
from supervision.sources.key_list import Criterion
from supervision.sources.sweep import SweepStanding

SOURCE_KIND = {
    SourceKind.INDUSTRY: N_("Industrial enterprise"),
    SourceKind.CATERING: N_("Catering service"),
    SourceKind.VEHICLE_REPAIR: N_("Vehicle repair"),
    SourceKind.CONSTRUCTION: N_("Construction site"),
    SourceKind.STOCKYARD: N_("Stockyard"),
    SourceKind.LIVESTOCK: N_("Livestock farm"),
    SourceKind.OTHER: N_("Other source"),
}
SOURCE_STATE = {SourceState.ACTIVE: N_("On file"), SourceState.CLOSED: N_("Shut down")}
SOURCE_FIELD = {
    "code": N_("Code"),
    "name": N_("Name"),
    "grid": N_("Grid"),
    "kind": N_("Kind"),
    "category": N_("Line of business"),
    "lon": N_("Longitude"),
    "lat": N_("Latitude"),
    "pollutants": N_("Air pollutants"),
    "legal_name": N_("Legal name"),
    "credit_code": N_("Unified social credit code"),
    "contact": N_("Contact person"),
    "phone": N_("Telephone"),
    "emissions": N_("Discharge, tonnes a year"),
    "permit": N_("Number of the discharge permit"),
    "permit_until": N_("Permit valid until"),
    "state": N_("State"),
}
DISCHARGE = {
    "tsp": N_("Total suspended particles"),
    "nox": N_("Nitrogen oxides"),
    "voc": N_("Volatile organic compounds"),
    "nh3": N_("Ammonia"),
    "cod": N_("Chemical oxygen demand"),
    "ammonia_nitrogen": N_("Ammonia nitrogen"),
    "solid_waste": N_("General solid waste"),
    "hazardous_waste": N_("Hazardous waste"),
}
"""Beside the pollutants of the index."""
DOCUMENT_KIND = {
    DocumentKind.ASSESSMENT: N_("Environmental impact assessment"),
    DocumentKind.ACCEPTANCE: N_("Acceptance of completion"),
    DocumentKind.PERMIT: N_("Discharge permit"),
    DocumentKind.FACILITY_LOG: N_("Log of treatment facilities"),
    DocumentKind.EMERGENCY_PLAN: N_("Emergency plan"),
    DocumentKind.RISK_REPORT: N_("Risk assessment report"),
    DocumentKind.MONITORING: N_("Self-monitoring report"),
    DocumentKind.OTHER: N_("Other document"),
}
VALIDITY = {
    "open": N_("No end given"),
    "valid": N_("Valid"),
    "soon": N_("Ends within 60 days"),
    "over": N_("Run out"),
}
SWEEP_FOUND = {
    SweepFound.SEEN: N_("Looked at"),
    SweepFound.NEW: N_("Newly found"),
    SweepFound.GONE: N_("No longer there"),
}
SWEEP_STANDING = {
    SweepStanding.NOT_BEGUN: N_("Not begun"),
    SweepStanding.UNDER_WAY: N_("Under way"),
    SweepStanding.OVERDUE: N_("Past its day"),
    SweepStanding.DONE: N_("Finished in time"),
    SweepStanding.DONE_LATE: N_("Finished late"),
}
KEY_LIST_STATE = {
    KeyListState.DRAFT: N_("To be signed"),
    KeyListState.SIGNED: N_("List in force"),
    KeyListState.SUPERSEDED: N_("Replaced"),
}
CRITERION = {
    Criterion.KINDS: N_("Kinds of discharge"),
    Criterion.TONNES: N_("Tonnes a year"),
    Criterion.CONCERN: N_("Problems reported in twelve months"),
    Criterion.BY_HAND: N_("Put on by hand"),
}
VISIT_FOUND = {
    VisitFound.FINE: N_("Nothing unusual"),
    VisitFound.STOPPED: N_("Stopped on the spot"),
    VisitFound.PROBLEM: N_("Problem found"),
    VisitFound.SHUT: N_("Not working, nobody there"),
}
VISIT_FLAW = {
    VisitFlaw.UNPLACED: N_("Without a position"),
    VisitFlaw.VAGUE: N_("Position too inexact"),
    VisitFlaw.FAR: N_("Too far from the place"),
}
SUMMARY_KIND = {
    SummaryKind.TOWN_DAY: N_("Day collected by the town"),
    SummaryKind.COUNTY_WEEK: N_("Week dispatched by the county"),
}
SOURCE_NAMES: dict[str, Mapping[Any, str]] = {
    "source_kind": SOURCE_KIND,
    "source_state": SOURCE_STATE,
    "source_field": SOURCE_FIELD,
    "discharge": DISCHARGE,
    "document_kind": DOCUMENT_KIND,
    "validity": VALIDITY,
    "sweep_found": SWEEP_FOUND,
    "sweep_standing": SWEEP_STANDING,
    "key_list_state": KEY_LIST_STATE,
    "criterion": CRITERION,
    "visit_found": VISIT_FOUND,
    "visit_flaw": VISIT_FLAW,
    "summary_kind": SUMMARY_KIND,
}
