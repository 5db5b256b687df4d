"""What the forms of typical cases are told: what was done, what is missing, what keeps a case back (msgids)."""

from collections.abc import Mapping, Sequence

from app.console.exposure_names import UNREADY
from app.console.names import named
from app.console.texts import N_, Texts
from models.errors import DomainError
from supervision.exposure.readiness import Unready

DONE = {
    "registered": N_("The case is registered."),
    "facts": N_("The case is corrected."),
    "parties": N_("The parties are kept."),
    "text": N_("The version is kept."),
    "submit": N_("The text is submitted to the bureau."),
    "sign": N_("It is signed."),
    "mark": N_("It is signed."),
    "return": N_("The text is returned."),
    "withdraw": N_("The case is withdrawn; it stays in the register."),
    "created": N_("The batch is made."),
    "put": N_("The case is in the batch."),
    "take-out": N_("The case is out of the batch."),
    "publish": N_("The batch is published."),
    "appeared": N_("It is entered where the batch appeared."),
    "appointed": N_("The officer is named."),
    "end": N_("The appointment has ended."),
}
FIELD = {
    "number": N_("Number of the decision"),
    "title": N_("Title without a name"),
    "kind": N_("Kind"),
    "grid": N_("County or park"),
    "violations": N_("What the case stands for"),
    "decided": N_("Decided on"),
    "served": N_("Served on"),
    "review": N_("Administrative review"),
    "suit": N_("Suit or appeal"),
    "source": N_("Pollution source"),
    "parties": N_("Parties by their real names"),
    "body": N_("Text of the case"),
    "standard": N_("Review standard for dossiers, its newest edition"),
    "panel": N_("Panel: when, and what it found"),
    "step": N_("Step"),
    "name": N_("Name"),
    "reason": N_("Reason"),
    "quarter": N_("Quarter"),
    "on": N_("Day"),
    "case": N_("Case"),
    "medium": N_("Medium"),
    "address": N_("Page, programme or web address"),
    "username": N_("User name"),
    "document": N_("Letter that names them"),
}
REFUSED = {
    "number": N_("A case with this number is registered already."),
    "grid": N_("There is no such county or park."),
    "source": N_("There is no such source in the register."),
    "title": N_("The title is one line, and names neither a party nor the number of the decision."),
    "parties": N_("Enter each party once, by its full name."),
    "decided": N_("The decision lies in the future."),
    "served": N_("A decision is served after it was made, and not in the future."),
    "review_filed": N_("A review follows the service of the decision; a judgment has none."),
    "review_concluded": N_("A review is concluded after it was asked for, and not in the future."),
    "suit_filed": N_("A suit follows the service of the decision."),
    "suit_concluded": N_("A suit is concluded after it was brought, and not in the future."),
    "reason": N_("The reason must not name a party: more people read it."),
    "person": N_("Each step is signed by another person; nobody signs or appoints for themselves."),
    "name": N_("Each of the three is another person, and none of them wrote the text."),
    "marks": N_("The publicity department signs when all reviews and proofreadings are signed."),
    "facts": N_("A dossier that falls short is not signed: return it with a reason."),
    "evidence": N_("A dossier that falls short is not signed: return it with a reason."),
    "law": N_("A dossier that falls short is not signed: return it with a reason."),
    "procedure": N_("A dossier that falls short is not signed: return it with a reason."),
    "panel": N_("What is said of the dossier must not name a party."),
    "dossier": N_("The bureau says what it found of the dossier."),
    "quarter": N_("A quarter is written like 2026-Q3, and has one batch."),
    "day": N_("The day is today or one of the last 31; where it appeared, not before it was published."),
    "cases": N_("The batch is empty."),
}


def in_words(words: Texts, error: DomainError) -> DomainError:
    """The same error with what a person reads: every reason of it, and of every case that is kept back."""
    if "shown" in error.extra:
        return error
    shown = None
    if isinstance(reasons := error.extra.get("reasons"), list):
        shown = words.say(
            "The text is not ready: %(reasons)s",
            reasons=_listed(words, [{"code": one, "detail": ""} for one in reasons]),
        )
    if isinstance(kept := error.extra.get("kept"), list):
        lines = [f"{one['title']}: {_listed(words, one['reasons'])}" for one in kept]
        shown = words.say("Nothing is published: %(cases)s", cases=" ".join(lines))
    if shown is not None:
        error.extra["shown"] = shown
    return error


def reason_said(words: Texts, reason: Mapping[str, str]) -> str:
    """One thing that keeps a case back, with the day, the count or the steps that it is about."""
    code, detail = reason["code"], reason["detail"]
    said = words.say(UNREADY.get(code, code))
    if not detail:
        return said
    if code in (Unready.UNSIGNED, Unready.UNREAD):
        names = words.say(", ").join(named(words, "exposure_step", one) for one in detail.split(","))
        return words.say("%(what)s Missing: %(names)s", what=said, names=names)
    if code in (Unready.TOO_SHORT, Unready.TOO_LONG):
        return words.say("%(what)s Counted: %(count)s", what=said, count=detail)
    if code == Unready.NAMED:
        return words.say("%(what)s Places: %(count)s", what=said, count=detail)
    return words.say("%(what)s Last day: %(day)s", what=said, day=detail)


def _listed(words: Texts, reasons: Sequence[Mapping[str, str]]) -> str:
    return " ".join(reason_said(words, one) for one in reasons)
