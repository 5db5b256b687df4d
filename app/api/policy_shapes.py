"""The shapes of answers about SLA policies, for OpenAPI."""

from typing import Any

from pydantic import AwareDatetime, Field

from app.api.shapes import Shape
from models.enums import PolicyState


class PolicyShape(Shape):
    version: int
    state: PolicyState
    revision: int = Field(description="Rises with every edit of a draft; its ETag.")
    parent: int | None
    author: str
    from_settings: bool = Field(description="Made out of the settings' durations.")
    note: str
    created_at: AwareDatetime
    changed_at: AwareDatetime | None
    tried_at: AwareDatetime | None
    activated_at: AwareDatetime | None
    retired_at: AwareDatetime | None


class PolicyDetail(PolicyShape):
    body: dict[str, Any]


class WhatIfShape(Shape):
    id: int
    policy_version: int
    revision: int
    result: dict[str, Any] = Field(
        description="`was` and `would` in whole and by grid and kind of clock, `newly_breached`, "
        "`no_longer_breached`, and up to 200 clocks for which that differs."
    )


class ApplyShape(Shape):
    id: int = Field(description="Of the act, or of the dry run.")
    policy_version: int
    dry_run: bool
    result: dict[str, Any] = Field(
        description="How many orders and clocks are moved, `left` by reason, and up to 200 of each one by one."
    )
