"""What is said at the desk: short texts, all of them optional."""

from pydantic import Field

from app.api.requests import Code, Reason, Remarks, Strict

_WHOSE = Field(None, description="Whose desk; the caller's own without it.")


class SignInIn(Strict):
    grid: Code | None = _WHOSE


class SignOutIn(Strict):
    grid: Code | None = _WHOSE
    remarks: Remarks | None = Field(
        None, description="What whoever comes next should know beside the open risks."
    )


class ConfirmIn(Strict):
    remark: Reason | None = None
