"""A table that came with a form: read into memory within the limit, and done once under its Idempotency-Key."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData, UploadFile

from app import idempotency
from app.api.route import claim_key
from app.auth.callers import storable
from app.auth.scope import Caller
from app.context import Context
from app.evidence import safe_name
from models.errors import Invalid, TooLarge


@dataclass(frozen=True, slots=True)
class Upload:
    """A file with the fields beside it."""

    name: str
    content: bytes
    fields: Mapping[str, str]

    def field(self, name: str, *, longest: int) -> str:
        """What a field says; raises Invalid without it, and for one that is too long."""
        said = self.fields.get(name, "").strip()
        if not 0 < len(said) <= longest or not storable(said):
            raise Invalid(f"wants {name}, at most {longest} characters", field=name)
        return said


async def upload_of(
    request: Request, session: AsyncSession, caller: Caller, context: Context, key: str | None
) -> Upload:
    """The file of the field `file` and the texts beside it; raises Invalid without one, TooLarge over the limit."""
    async with request.form(max_files=1, max_fields=12) as form:
        upload = await read_upload(form, megabytes=context.settings.max_upload_mb)
    said = [f"{name}={upload.fields[name]}".encode() for name in sorted(upload.fields)]
    content = b"\0".join([*said, upload.name.encode(), upload.content])
    request_hash = idempotency.fingerprint(request.method, request.url.path, content)
    await claim_key(request, session, caller, key, request_hash)
    return upload


async def read_upload(form: FormData, *, megabytes: int) -> Upload:
    """The file out of a form that is open."""
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise Invalid("the form wants a field `file` with a file", field="file")
    limit = megabytes * 1024 * 1024
    content = await file.read(limit + 1)
    if len(content) > limit:
        raise TooLarge(f"more than {limit} bytes")
    texts = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    return Upload(safe_name(file.filename), content, texts)
