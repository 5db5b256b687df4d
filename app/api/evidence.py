"""Photos and documents that feedback and reports cite."""

import asyncio
import re
import uuid
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from starlette.datastructures import UploadFile

from app import evidence, idempotency
from app.api.answers import answer
from app.api.described import problems
from app.api.order_shapes import UploadShape
from app.api.route import SIGN_IN, ActRoute, IdempotencyKeyHeader, Session, Shared, Whoever, claim_key
from app.rendition import rendition
from models.errors import Invalid, NotFound

log = structlog.get_logger()

router = APIRouter(prefix="/evidence", tags=["evidence"], route_class=ActRoute, dependencies=SIGN_IN)
_SHA256 = re.compile("[0-9a-f]{64}")
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "original_sha256": {
                            "type": "string",
                            "pattern": "^[0-9a-f]{64}$",
                            "description": "Of the photo as the camera gave it, where a smaller one is sent; "
                            "kept as claimed.",
                        },
                    },
                }
            }
        },
    }
}


@router.post(
    "",
    summary="Upload a photo or document",
    status_code=201,
    response_model=UploadShape,
    responses=problems(400, 403, 409, 413, 415),
    openapi_extra=_FORM,
)
async def upload(
    request: Request,
    session: Session,
    caller: Whoever,
    context: Shared,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """By a supervisor, patroller or duty officer. JPEG, PNG, WebP, HEIC, PDF, DOCX or ZIP, by content.

    Kept as it came. The same Idempotency-Key with the same file and name gives the first answer again.
    """
    evidence.grid_of(caller)
    data_dir = context.settings.data_dir
    # The session takes no connection before its first statement: a slow upload holds none.
    async with request.form(max_files=1, max_fields=4) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Invalid("the form wants a field `file` with a file", field="file")
        original = _digest(form.get("original_sha256"))
        received = await evidence.receive(
            file.file, file.filename, data_dir=data_dir, limit=context.settings.max_upload_mb * 1024 * 1024
        )
    try:
        content = received.digest + (original or b"") + received.filename.encode()
        request_hash = idempotency.fingerprint(request.method, request.url.path, content)
        await claim_key(request, session, caller, idempotency_key, request_hash)
        await evidence.place(received, data_dir=data_dir)
        evidence_id = await evidence.add(
            session, received, caller=caller, now=context.clock.now(), original=original
        )
    finally:
        await asyncio.to_thread(received.discard)
    body = {
        "id": str(evidence_id),
        "sha256": received.digest.hex(),
        "size": received.size,
        "media_type": received.media_type,
        "filename": received.filename,
        "original_sha256": original.hex() if original is not None else None,
    }
    return answer(body, 201, {"Location": f"/api/v1/evidence/{evidence_id}"})


def _digest(text: object) -> bytes | None:
    """The SHA-256 that a field names; None without the field."""
    if text is None:
        return None
    if not isinstance(text, str) or _SHA256.fullmatch(text) is None:
        raise Invalid("original_sha256 wants 64 hexadecimal digits", field="original_sha256")
    return bytes.fromhex(text)


@router.get(
    "/{evidence_id}",
    summary="Download a piece of evidence",
    response_class=FileResponse,
    responses=problems(404)
    | {200: {"description": "The original.", "content": {"application/octet-stream": {}}}},
)
async def download(
    evidence_id: uuid.UUID, session: Session, caller: Whoever, context: Shared
) -> FileResponse:
    """The original file, for its uploader and for whoever sees its grid or order.

    JPEG, PNG and WebP come inline, everything else as an attachment.
    """
    stored = await evidence.find(session, evidence_id, caller=caller, data_dir=context.settings.data_dir)
    if not await asyncio.to_thread(stored.path.is_file):
        log.error("evidence.missing", evidence_id=str(evidence_id), sha256=stored.digest.hex())
        raise NotFound(f"the file of evidence {evidence_id} is missing")
    return FileResponse(
        stored.path,
        media_type=stored.media_type,
        filename=stored.filename,
        content_disposition_type="inline" if stored.media_type in evidence.SHOWN else "attachment",
        headers={
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, max-age=3600",
        },
    )


@router.get(
    "/{evidence_id}/view",
    summary="Look at a picture",
    response_class=FileResponse,
    responses=problems(404) | {200: {"description": "A JPEG.", "content": {"image/jpeg": {}}}},
)
async def view(evidence_id: uuid.UUID, session: Session, caller: Whoever, context: Shared) -> FileResponse:
    """JPEG, PNG and WebP evidence, at most 1600 pixels wide and high, upright, without the camera's metadata.

    404 for other evidence, and for a picture that cannot be unpacked; the original is there all the same.
    """
    data_dir = context.settings.data_dir
    stored = await evidence.find(session, evidence_id, caller=caller, data_dir=data_dir)
    path = await rendition(stored, data_dir=data_dir)
    return FileResponse(
        path,
        media_type="image/jpeg",
        headers={
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, max-age=86400",
        },
    )
