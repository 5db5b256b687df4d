"""What is said at the desk: short texts, all of them optional."""

from typing import Annotated

from pydantic import Field
from pydantic import StringConstraints as Constraints

from app.api.requests import Code, LongText, Reason, Strict
from dispatch.desk.rules import LONGEST_REMARKS

_WHOSE = Field(None, description="Whose desk; the caller's own without it.")


class SignInIn(Strict):
    grid: Code | None = _WHOSE


class SignOutIn(Strict):
    grid: Code | None = _WHOSE
    remarks: Annotated[LongText, Constraints(max_length=LONGEST_REMARKS)] | None = Field(
        None, description="What whoever comes next should know beside the open risks."
    )


class ConfirmIn(Strict):
    remark: Reason | None = None
