"""What requests about SLA policies and excuses may say."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.api.requests import Code, Instant, LongText, Reason, SmallId, Strict
from app.api.rule_requests import RuleBody, Version
from models.enums import ExcuseGround, OrderState


class _Content(Strict):
    body: RuleBody | None = Field(None, description="The whole policy.")
    patch: RuleBody | None = Field(None, description="JSON merge patch (RFC 7396) over the policy it is of.")


class PolicyDraftIn(_Content):
    note: LongText = Field(description="Why there is this version.")
    parent: Version | None = Field(None, description="What `patch` is of; by default the active policy.")

    @model_validator(mode="after")
    def _one(self) -> "PolicyDraftIn":
        if (self.body is None) == (self.patch is None):
            raise ValueError("wants either body or patch")
        return self


class PolicyDraftEdit(_Content):
    note: LongText | None = None

    @model_validator(mode="after")
    def _not_both(self) -> "PolicyDraftEdit":
        if self.body is not None and self.patch is not None:
            raise ValueError("wants either body or patch")
        return self


class WhatIfIn(Strict):
    since: Instant = Field(alias="from", description="Clocks that were started at or after.")
    until: Instant = Field(description="And before; not in the future, at most 184 days on.")
    grid: Code | None = Field(None, description="Only the orders of this grid and below.")


class ApplyIn(Strict):
    grid: Code | None = Field(None, description="Only the open orders of this grid and below.")
    states: Annotated[list[OrderState], Field(min_length=1, max_length=7)] | None = Field(
        None, description="Only orders in these states; all open ones by default."
    )
    reason: Reason
    dry_run: SmallId | None = Field(
        None,
        description="The `id` of a dry run of the same grid and states, an hour old at most: carries it out. "
        "Without it this is the dry run.",
    )


class ExcuseIn(Strict):
    ground: ExcuseGround
    decision: Literal["approve", "decline"] | None = Field(
        None, description="By a duty officer of the prefecture; without it the excuse is proposed."
    )
    reason: Reason = Field(description="Of the decision, or what speaks for the proposal.")
