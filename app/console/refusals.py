"""What refusals say on a page, by the code of the error or the field that it names (msgids)."""

from app.console.texts import N_

STALE = N_("This order has been handled by somebody else; please look at its newest state.")
ERROR = {
    "version_conflict": STALE,
    "forbidden_transition": N_("The order does not take this step in its present state."),
    "handler_may_not_review": N_("You handled this order yourself, so you may not review it."),
    "unfinished": N_("Tasks or parts of this order are unfinished; please say why that should not matter."),
    "recused": N_("You have declared an interest in this order, so you keep out of it."),
    "conflict_of_interest": N_(
        "The register of conflicts names you for what this order is about, so you keep out of it."
    ),
    "second_person_needed": N_(
        "A deadline of this order has passed: withdrawing it takes a request and a second person of the prefecture."
    ),
    "already_pending": N_("A request of this kind waits for its decision already."),
    "request_closed": N_("The request has been decided or taken back, or its ground is gone."),
    "past_due": N_("The deadline has passed: it can be answered late, but not be moved any more."),
    "limit_reached": N_("As often as this may be done it has been done already."),
    "transfer_locked": N_("The prefecture has decided who holds this order; it is not handed on any more."),
    "may_not_decide": N_("Whoever filed a request, or handles its order, cannot decide it."),
    "overlap": N_("Something else holds for that time already."),
    "forbidden": N_("Your duties do not allow this step."),
    "not_found": N_("There is no such page, or it lies outside your grids."),
    "idempotency_conflict": N_("This form was sent already; please look at the newest state."),
    "csrf_failed": N_("The form has expired; please send it again."),
    "invalid_credentials": N_("User name or password is wrong."),
    "too_large": N_("The files are too large: at most %(megabytes)s MB together."),
    "unsupported_media": N_("Only photos (JPEG, PNG, WebP, HEIC), PDF, DOCX and ZIP files are taken."),
    "database_unavailable": N_("The database cannot be reached just now; please try again shortly."),
    "invalid": N_("The form could not be understood; please check it and send it again."),
}
FIELD_ERROR = {
    "until": N_("The time lies outside what is possible; please look at the limits beside it."),
    "others": N_("Please name other units than the lead, each once, of the fitting level."),
    "checklist": N_("Please answer every item of the checklist; a no wants a reason."),
    "override_reason": N_("The station has not recovered: say why the order is closed all the same."),
}
"""Said instead, where a refusal names one of these fields."""
