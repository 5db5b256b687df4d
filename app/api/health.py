"""Liveness, readiness and metrics; no sign-in, nothing that names a person or a place."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app.context import Context

router = APIRouter(tags=["operations"])


@router.get("/healthz", summary="The process answers")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/readyz", summary="Database, broker, and an engine pass completed lately")
async def readyz(request: Request) -> JSONResponse:
    """200 when ready, else 503 with every fault by name.

    `notes` are what the watchdog finds wrong, and ways out that are down: something is late or missing, but
    this process does its duty.
    """
    context: Context = request.app.state.context
    faults = await context.health.check(context.clock.now())
    body: dict[str, Any] = {"status": "not ready", "faults": faults} if faults else {"status": "ready"}
    if context.health.findings:
        body["notes"] = list(context.health.findings)
    if "database" not in faults and (down := await context.health.ways_down()):
        body["notes"] = [*body.get("notes", ()), *down]
    return JSONResponse(body, status_code=503 if faults else 200)


@router.get("/metrics", summary="Prometheus metrics")
async def metrics(request: Request) -> Response:
    context: Context = request.app.state.context
    return Response(context.metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")
