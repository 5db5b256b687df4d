"""Which columns the lists of supervision have as workbooks. Pure."""

from app.console.citing import cited
from app.console.duty_names import gap_in_words
from app.console.names import named
from app.console.shown import last_day
from app.console.texts import N_, Texts
from app.papers.acts import kind_in_words
from app.papers.listed import (
    GRID,
    STATE,
    Listing,
    Part,
    Row,
    Shown,
    grid_or_prefecture,
    instant,
    mark,
    name,
    place,
    plain,
    whether,
)
from app.papers.paper import Cell, Figure, Kind


def _due(_: Texts, row: Row) -> Cell:
    return last_day(row["due_at"]) if row["due_at"] else None


def _amount(_: Texts, row: Row) -> Cell:
    return Figure(float(row["amount"]))


def _cautions(words: Texts, row: Row) -> Cell:
    return "\n".join(named(words, "caution", one) for one in row["cautions"]) or None


def _act(_: Texts, row: Row) -> Cell:
    return None if row["act"] is None else str(row["act"]["number"] or "")


def _article(words: Texts, row: Row) -> Cell:
    return cited(words, row["article"])


_missed = whether("missed", N_("missed by its grid"), N_("not missed by its grid"))


def _missing(_: Texts, row: Row) -> Cell:
    return row["missing"] if row["id"] else None


PROBLEMS = Listing(
    N_("Problem list"), "problems", (
        Shown(N_("Problem number"), plain("number"), width=18),
        Shown(GRID, plain("grid_name"), width=14),
        Shown(N_("Town or village"), plain("place_grid_name"), width=14),
        Shown(N_("Kind"), name("problem", "category"), width=14),
        Shown(N_("Problem"), plain("title"), width=30),
        Shown(N_("What was found"), plain("text"), width=50),
        Shown(N_("Place"), place, width=24),
        Shown(STATE, name("problem_state", "state"), width=10),
        Shown(N_("When it was found"), instant("found_at"), Kind.INSTANT, 18),
        Shown(N_("Entered by"), plain("opened_by"), width=10),
        Shown(N_("Last day"), _due, width=12),
        Shown(N_("Remark"), mark("overdue", N_("Overdue")), width=8),
        Shown(N_("Ended at"), instant("ended_at"), Kind.INSTANT, 18),
        Shown(N_("Times found"), plain("findings"), Kind.COUNT, 8),
        Shown(N_("Checks that found it uncorrected"), plain("checks"), Kind.COUNT, 10),
        Shown(N_("Missed by the grid"), _missed, width=14),
    ),
)  # fmt: skip
PUBLIC_REPORTS = Listing(
    N_("Reports of the public"), "public_reports", (
        Shown(N_("Report number"), plain("number"), width=18),
        Shown(STATE, name("public_report_state", "state"), width=12),
        Shown(N_("Kind"), name("problem", "category"), width=14),
        Shown(N_("Way in"), name("public_report_channel", "channel"), width=12),
        Shown(GRID, grid_or_prefecture, width=14),
        Shown(N_("Place"), place, width=24),
        Shown(N_("What was reported"), plain("text"), width=50),
        Shown(N_("Received on"), instant("received_at"), Kind.INSTANT, 18),
        Shown(N_("Answer expected by"), instant("due_at"), Kind.INSTANT, 18),
        Shown(N_("Problem number"), plain("problem"), width=18),
        Shown(N_("Same as report"), plain("same_as_number"), width=18),
        Shown(N_("Answer"), plain("answer"), width=50),
        Shown(N_("Answered at"), instant("answered_at"), Kind.INSTANT, 18),
        Shown(N_("Solved"), whether("solved", N_("solved"), N_("not solved")), width=10),
        Shown(N_("Satisfaction"), plain("rating"), Kind.COUNT, 8),
    ),
)  # fmt: skip
"""Who reported stands in no column: that is kept encrypted and opened one by one."""
REWARDS = Listing(
    N_("Rewards for reports"), "rewards", (
        Shown(N_("Report number"), plain("number"), width=18),
        Shown(GRID, grid_or_prefecture, width=14),
        Shown(N_("Amount in yuan"), _amount, Kind.COUNT, 10),
        Shown(STATE, name("reward_state", "state"), width=10),
        Shown(N_("Ground of the reward"), plain("ground"), width=40),
        Shown(N_("Proposed by"), plain("proposed_by"), width=10),
        Shown(N_("Proposed at"), instant("proposed_at"), Kind.INSTANT, 18),
        Shown(N_("Decided by"), plain("decided_by"), width=10),
        Shown(N_("Decided at"), instant("decided_at"), Kind.INSTANT, 18),
        Shown(N_("Reason"), plain("decided_why"), width=24),
        Shown(N_("Paid by"), plain("paid_by"), width=10),
        Shown(N_("Paid on"), plain("paid_on"), width=12),
        Shown(N_("Document of the payment"), plain("document"), width=24),
    ),
)  # fmt: skip
PROPOSALS = Listing(
    N_("Proposals of the ladders"), "ladders", (
        Shown(N_("County or park"), plain("grid_name"), width=14),
        Shown(N_("Month"), plain("month"), width=10),
        Shown(N_("Ladder"), name("ladder", "ladder"), width=24),
        Shown(N_("What is proposed"), kind_in_words, width=14),
        Shown(N_("Done by"), name("act_by", "by"), width=18),
        Shown(N_("Article"), _article, width=24),
        Shown(N_("Caution"), _cautions, width=40),
        Shown(N_("Proposed at"), instant("proposed_at"), Kind.INSTANT, 18),
        Shown(STATE, name("proposal_state", "state"), width=10),
        Shown(N_("Decided by"), plain("decided_by"), width=10),
        Shown(N_("Decided at"), instant("decided_at"), Kind.INSTANT, 18),
        Shown(N_("Reason"), plain("decided_why"), width=30),
        Shown(N_("Rests no longer on what is so since"), instant("overtaken_at"), Kind.INSTANT, 18),
        Shown(N_("Act number"), _act, width=18),
    ),
)  # fmt: skip
YEARLY = Listing(
    N_("Yearly duties"), "yearly", (
        Shown(GRID, plain("grid_name"), width=18),
        Shown(N_("Level"), plain("level"), Kind.COUNT, 6),
        Shown(N_("Year"), plain("year"), Kind.COUNT, 6),
        Shown(N_("Duty"), name("yearly", "kind"), width=24),
        Shown(N_("Article"), _article, width=24),
        Shown(N_("Last day"), plain("due_on"), width=12),
        Shown(STATE, name("yearly_state", "state"), width=12),
        Shown(N_("Done on"), plain("done_on"), width=12),
        Shown(N_("Days late"), plain("days_late"), Kind.COUNT, 8),
    ),
)  # fmt: skip
SWEEPS = Listing(
    N_("Quarterly sweeps"), "sweeps", (
        Shown(N_("County or park"), plain("grid_name"), width=18),
        Shown(N_("Quarter"), plain("quarter"), width=10),
        Shown(N_("How it stands"), name("sweep_standing", "standing"), width=14),
        Shown(N_("Due on"), plain("due_on"), width=12),
        Shown(N_("Looked at"), plain("seen"), Kind.COUNT, 10),
        Shown(N_("Newly found"), plain("new"), Kind.COUNT, 10),
        Shown(N_("No longer there"), plain("gone"), Kind.COUNT, 10),
        Shown(N_("Not met"), _missing, Kind.COUNT, 10),
        Shown(N_("Finished at"), instant("finished_at"), Kind.INSTANT, 18),
        Shown(N_("Note"), plain("note"), width=30),
    ),
)  # fmt: skip
GAPS = Listing(
    N_("Gaps of the grids"), "gaps", (
        Shown(N_("County or park"), plain("county"), width=14),
        Shown(GRID, plain("grid_name"), width=18),
        Shown(N_("Item"), lambda words, row: named(words, "item", str(row["item"])) if row["item"] else None, width=24),
        Shown(N_("Missing"), gap_in_words, width=50),
        Shown(N_("Remark"), mark("unclear", N_("the registry does not say")), width=18),
        Shown(N_("Article"), _article, width=24),
    ),
)  # fmt: skip


def _reasons(words: Texts, row: Row) -> Cell:
    """Why a source is on the list, a reason a line."""
    return "\n".join(_reason(words, one) for one in row["reasons"]) or None


def _reason(words: Texts, one: Row) -> str:
    named_ = named(words, "criterion", one["criterion"])
    if "value" in one:
        return f"{named_} " + words.say(
            "%(value)s, from %(least)s on", value=one["value"], least=one["at_least"]
        )
    return named_ + words.say(": ") + str(one["why"])


def _level(key: str) -> Part:
    return lambda _, row: None if row[key] is None else Figure(float(row[key]))


TARGETS = Listing(
    N_("Air targets"), "targets", (
        Shown(N_("Place"), plain("name"), width=18),
        Shown(N_("Pollutant"), name("pollutant", "pollutant"), width=10),
        Shown(N_("Target of the month"), _level("target"), Kind.TENTHS, 10),
        Shown(N_("So far"), _level("to_date"), Kind.TENTHS, 10),
        Shown(N_("Valid days"), plain("measured"), Kind.COUNT, 10),
        Shown(N_("Remaining days"), plain("remaining"), Kind.COUNT, 10),
        Shown(N_("What they may average"), _level("may_average"), Kind.TENTHS, 12),
        Shown(N_("Days that may lie above"), plain("may_exceed"), Kind.COUNT, 12),
        Shown(N_("Outlook"), name("outlook", "outlook"), width=20),
    ),
)  # fmt: skip
KEY_LIST = Listing(
    N_("Key sources"), "key_sources", (
        Shown(N_("Code"), plain("code"), width=18),
        Shown(N_("Source"), plain("name"), width=28),
        Shown(N_("Why"), _reasons, width=50),
        Shown(N_("Why it is off"), lambda _, row: row.get("off"), width=40),
    ),
)  # fmt: skip
PAPERS = Listing(
    N_("Papers of the office"), "papers", (
        Shown(N_("Number"), plain("number"), width=22),
        Shown(N_("Title"), plain("title"), width=50),
        Shown(N_("Kind"), name("paper_kind", "kind"), width=16),
        Shown(GRID, lambda words, row: row["grid_name"] or words.say("All units"), width=14),
        Shown(N_("From"), plain("from"), width=12),
        Shown(N_("To"), plain("to"), width=12),
        Shown(STATE, name("paper_state", "state"), width=10),
        Shown(N_("Drafted by"), plain("drafted_by"), width=10),
        Shown(N_("Issued by"), plain("issued_by"), width=10),
        Shown(N_("Issued at"), instant("issued_at"), Kind.INSTANT, 18),
    ),
)  # fmt: skip
