"""What typical cases, their steps and what keeps them back are called (msgids)."""

from collections.abc import Mapping
from typing import Any

from app.console.texts import N_
from models.enums import (
    DecisionKind,
    ExposureBatchKind,
    ExposureMedium,
    ExposureState,
    ExposureStep,
    PartyKind,
    Violation,
)
from supervision.exposure.finality import Hindrance
from supervision.exposure.masking import Leak
from supervision.exposure.readiness import Unready

DECISION_KIND = {
    DecisionKind.ORDER: N_("Administrative order"),
    DecisionKind.PENALTY: N_("Administrative penalty"),
    DecisionKind.DAILY_PENALTY: N_("Penalty by the day"),
    DecisionKind.SEALING: N_("Sealing and seizure"),
    DecisionKind.LIMITED: N_("Production limited or stopped"),
    DecisionKind.DETENTION: N_("Handed to the police for detention"),
    DecisionKind.CRIME: N_("Environmental crime"),
}
VIOLATION = {
    Violation.COVERT_DISCHARGE: N_("Covert discharge"),
    Violation.EXCESS: N_("Discharge above the standard"),
    Violation.MONITORING_FRAUD: N_("Falsified online monitoring"),
    Violation.LEDGER_FRAUD: N_("Falsified ledgers"),
    Violation.FACILITIES: N_("Treatment not running as it should"),
    Violation.HEAVY_POLLUTION: N_("Measures on heavy-pollution days not carried out"),
    Violation.REPEATED: N_("Repeated after inspections"),
    Violation.UNCORRECTED: N_("Not put right"),
    Violation.OTHER: N_("Another violation"),
}
EXPOSURE_STATE = {
    ExposureState.PREPARING: N_("In preparation"),
    ExposureState.BUREAU: N_("With the bureau: dossier"),
    ExposureState.LEADER: N_("With the chief in charge"),
    ExposureState.PUBLICITY: N_("With the publicity department"),
    ExposureState.APPROVED: N_("Approved, not published yet"),
    ExposureState.PUBLISHED: N_("Made public"),
    ExposureState.WITHDRAWN: N_("Withdrawn case"),
}
EXPOSURE_STEP = {
    ExposureStep.SUBMITTED: N_("Submitted for review"),
    ExposureStep.BUREAU: N_("Bureau: dossier examined"),
    ExposureStep.LEADER: N_("Chief in charge"),
    ExposureStep.PUBLICITY: N_("Publicity department"),
    ExposureStep.REVIEW_1: N_("First review"),
    ExposureStep.REVIEW_2: N_("Second review"),
    ExposureStep.REVIEW_3: N_("Third review"),
    ExposureStep.PROOF_1: N_("First proofreading"),
    ExposureStep.PROOF_2: N_("Second proofreading"),
    ExposureStep.PROOF_3: N_("Third proofreading"),
    ExposureStep.RETURNED: N_("Returned with a reason"),
}
BATCH_KIND = {
    ExposureBatchKind.QUARTERLY: N_("Batch of a quarter"),
    ExposureBatchKind.AD_HOC: N_("Published in between"),
}
MEDIUM = {
    ExposureMedium.DAILY: N_("Changji Daily"),
    ExposureMedium.BROADCAST: N_("Changji Radio and Television"),
    ExposureMedium.WEBSITE: N_("News website"),
    ExposureMedium.APP: N_("News app"),
    ExposureMedium.ACCOUNT: N_("New-media account"),
}
PARTY_KIND = {PartyKind.COMPANY: N_("Company or unit"), PartyKind.PERSON: N_("Natural person")}
LEAK = {
    Leak.NAME: N_("a party's name"),
    Leak.CORE: N_("the telling part of a company's name"),
    Leak.NUMBER: N_("the number of the decision"),
    Leak.IDENTITY: N_("an identity card number"),
    Leak.CREDIT_CODE: N_("a unified social credit code"),
    Leak.TELEPHONE: N_("a telephone number"),
    Leak.PLATE: N_("a vehicle's number plate"),
}
UNREADY: dict[str, str] = {
    Hindrance.NOT_DECIDED: N_("There is no decision."),
    Hindrance.NOT_SERVED: N_("The decision is not served."),
    Hindrance.REVIEW_OPEN: N_("Administrative review may still be asked for."),
    Hindrance.SUIT_OPEN: N_("A suit may still be brought."),
    Hindrance.REVIEW_PENDING: N_("The administrative review is not concluded."),
    Hindrance.SUIT_PENDING: N_("The suit is not concluded."),
    Hindrance.REVOKED: N_("The decision was set aside."),
    Unready.PUBLISHED: N_("It has been published."),
    Unready.WITHDRAWN: N_("It has been withdrawn."),
    Unready.NO_TEXT: N_("There is no text."),
    Unready.NO_PARTIES: N_("No party is entered, so the masking cannot be checked."),
    Unready.TOO_SHORT: N_("The text has fewer than 1,000 characters."),
    Unready.TOO_LONG: N_("The text has more than 1,500 characters."),
    Unready.NAMED: N_("The text names somebody."),
    Unready.UNSIGNED: N_("Signatures are missing."),
    Unready.UNREAD: N_("Reviews or proofreadings are missing."),
    Unready.SIGNED_LATER: N_("It was signed after that day."),
}
PERIOD: dict[str, str] = {
    Hindrance.REVIEW_OPEN: N_("Period for a review"),
    Hindrance.SUIT_OPEN: N_("Period for a suit or an appeal"),
}
EXPOSURE_NAMES: Mapping[str, Mapping[Any, str]] = {
    "decision_kind": DECISION_KIND,
    "violation": VIOLATION,
    "exposure_state": EXPOSURE_STATE,
    "exposure_step": EXPOSURE_STEP,
    "batch_kind": BATCH_KIND,
    "medium": MEDIUM,
    "party_kind": PARTY_KIND,
    "leak": LEAK,
    "unready": UNREADY,
    "period": PERIOD,
}
