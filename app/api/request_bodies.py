"""What requests on orders, and decisions about them, may say."""

from typing import Annotated, Literal

from pydantic import Field

from app.api.requests import Code, Id, Instant, LongText, Reason, Strict
from dispatch.requests.joint import MOST
from models.enums import FalseAlarm, JointMode, TransferPolicy, TransferReason


class ExtensionIn(Strict):
    kind: Literal["extension"]
    clock_id: Id = Field(description="Of the order's clocks; one that runs and is the holder's.")
    until: Instant = Field(description="The new deadline; at most once more the original limit.")
    reason: Reason


class TransferIn(Strict):
    kind: Literal["transfer"]
    grid: Code = Field(description="The county or park whose order it is, as the holder sees it.")
    code: TransferReason
    reason: Reason


class JointIn(Strict):
    kind: Literal["joint"]
    mode: JointMode
    lead: Code = Field(description="The grid that leads.")
    others: Annotated[list[Code], Field(min_length=1, max_length=MOST)]
    reason: Reason


class RecusalIn(Strict):
    kind: Literal["recusal"]
    reason: Reason = Field(
        description="Seen by duty officers and administrators of the prefecture, and by whoever wrote it."
    )


class SuspensionIn(Strict):
    kind: Literal["suspension"]
    plan: LongText
    until: Instant = Field(description="At most 180 days ahead.")
    reason: Reason


class VoidRequestIn(Strict):
    kind: Literal["void"]
    reason: Reason
    false_alarm: FalseAlarm | None = None


RequestIn = Annotated[
    ExtensionIn | TransferIn | JointIn | RecusalIn | SuspensionIn | VoidRequestIn,
    Field(discriminator="kind"),
]


class DecisionIn(Strict):
    decision: Literal["approve", "reject"]
    comment: LongText | None = Field(None, description="Demanded for `reject`.")
    grid: Code | None = Field(
        None,
        description="Transfer: another receiver than the proposed one. Recusal: the grid that takes over, when the "
        "whole unit is concerned.",
    )
    policy: TransferPolicy | None = Field(
        None,
        description="Where the order changes its holder: `restart_for_receiver` by default when it was "
        "dispatched wrongly, else `continue`.",
    )
    misdispatched: bool = Field(False, description="Transfer: the dispatch was wrong, not the holder.")
    alternate: Code | None = Field(
        None, description="Recusal: username of whoever takes over in the same unit."
    )


class AssignIn(Strict):
    grid: Code = Field(description="May be the one that holds it.")
    reason: Reason
    policy: TransferPolicy | None = None
    misdispatched: bool = False


class RecheckIn(Strict):
    comment: LongText | None = None
