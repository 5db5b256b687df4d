"""Photos and documents that feedback and reports cite."""

import asyncio
import uuid
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from starlette.datastructures import UploadFile

from app import evidence, idempotency
from app.api.answers import answer
from app.api.described import problems
from app.api.order_shapes import EvidenceShape
from app.api.route import SIGN_IN, ActRoute, IdempotencyKeyHeader, Session, Shared, Whoever, claim_key
from models.errors import Invalid, NotFound

log = structlog.get_logger()

router = APIRouter(prefix="/evidence", tags=["evidence"], route_class=ActRoute, dependencies=SIGN_IN)
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


@router.post(
    "",
    summary="Upload a photo or document",
    status_code=201,
    response_model=EvidenceShape,
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
        received = await evidence.receive(
            file.file, file.filename, data_dir=data_dir, limit=context.settings.max_upload_mb * 1024 * 1024
        )
    try:
        content = received.digest + received.filename.encode()
        request_hash = idempotency.fingerprint(request.method, request.url.path, content)
        await claim_key(request, session, caller, idempotency_key, request_hash)
        await evidence.place(received, data_dir=data_dir)
        evidence_id = await evidence.add(session, received, caller=caller, now=context.clock.now())
    finally:
        await asyncio.to_thread(received.discard)
    body = {
        "id": str(evidence_id),
        "sha256": received.digest.hex(),
        "size": received.size,
        "media_type": received.media_type,
        "filename": received.filename,
    }
    return answer(body, 201, {"Location": f"/api/v1/evidence/{evidence_id}"})


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
