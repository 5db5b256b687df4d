"""The HTTP application, put together from its routers."""

import asyncio
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter, FastAPI

from app.api import (
    act_replies,
    acts,
    air,
    air_records,
    air_values,
    alerts,
    answering,
    assessment,
    auth,
    backtests,
    board,
    conflicts,
    consultation,
    desk,
    errors,
    evidence,
    exposure_batches,
    exposures,
    fairness,
    feed,
    health,
    integrity,
    issued,
    joint,
    key_lists,
    ladders,
    notices,
    operations,
    orders,
    packs,
    papers,
    patrols,
    people,
    policies,
    problem_list,
    public,
    public_reports,
    readings,
    registry,
    reported_problems,
    reporters,
    reports,
    requests_of_orders,
    reviews,
    rewards,
    roster,
    rules,
    silences,
    sla,
    sources,
    stations,
    stats,
    summaries,
    sweeps,
    targets,
    tasks,
    units,
    unrouted,
    watchdog,
    yearly,
)
from app.api.answers import API
from app.api.described import Application
from app.api.head import HeadAsGet
from app.api.middleware import Surround
from app.auth.throttle import Throttle
from app.board.counters import SharedCells
from app.console import field, links, reporting
from app.console import public as public_console
from app.console import routes as console
from app.console.page_route import show_missing_pages
from app.console.public import public_pages
from app.context import Context
from app.open311 import routes as open311
from app.papers.make import AT_ONCE, Press
from app.public.gate import LOOKUPS, Floods
from app.public.keyring import Keys
from app.public.shared import PublicEdition

DESCRIPTION = """
Turns air-quality microstation readings into orders a county must answer, and keeps the clock on the answer.

Sign in with `POST /api/v1/auth/token` and send the token as `Authorization: Bearer …`; scripts use a personal
API key. Every instant is RFC 3339 with its offset. A caller sees only what belongs to the grids of their
duties: the rest answers 404. Errors are `application/problem+json` with a stable `code`. Every POST takes
`Idempotency-Key`.
"""


def create_app(
    context: Context, *, roles: frozenset[str], extra_routers: Iterable[APIRouter] = ()
) -> FastAPI:
    """The application of a process with these roles; without `api` only its health can be asked."""
    app = Application(
        title="Geshao", version=_version(), description=DESCRIPTION, docs_url=None, redoc_url=None
    )
    app.state.context = context
    app.state.throttle = Throttle()
    app.state.codes, app.state.links = Throttle(), Throttle()
    app.state.counters = SharedCells(context)
    app.state.public = PublicEdition(context, public_pages)
    app.state.reporter_keys = Keys(context.settings)
    app.state.floods = Floods(everybody=context.settings.public.reports_per_hour)
    app.state.lookups = Floods(everybody=LOOKUPS)
    app.state.press = Press(context, asyncio.Semaphore(AT_ONCE))
    app.add_middleware(HeadAsGet)
    app.add_middleware(Surround, max_upload_bytes=context.settings.max_upload_mb * 1024 * 1024)
    errors.install(app)
    app.include_router(health.router)
    if "api" in roles:
        app.include_router(auth.signing_in, prefix=API)
        for module in (
            auth,
            stations,
            alerts,
            orders,
            packs,
            papers,
            issued,
            summaries,
            # Before the sources: "sweeps" and "key-lists" are no codes.
            sweeps,
            key_lists,
            sources,
            patrols,
            joint,
            requests_of_orders,
            evidence,
            policies,
            problem_list,
            consultation,
            public,
            public_reports,
            reported_problems,
            reporters,
            rewards,
            fairness,
            sla,
            board,
            unrouted,
            roster,
            units,
            conflicts,
            rules,
            backtests,
            silences,
            integrity,
            ladders,
            acts,
            act_replies,
            notices,
            stats,
            tasks,
            reports,
            reviews,
            operations,
            people,
            registry,
            watchdog,
            desk,
            # Before the cases: "batches" is no case.
            exposure_batches,
            exposures,
            assessment,
            answering,
            yearly,
            air,
            air_records,
            air_values,
            readings,
            targets,
            feed,
        ):
            app.include_router(module.router, prefix=API)
        app.include_router(public_console.router)
        app.include_router(reporting.router)
        app.include_router(open311.router)
        app.include_router(links.router)
        app.include_router(field.router)
        app.include_router(console.router)
        show_missing_pages(app)
    for router in extra_routers:
        app.include_router(router)
    return app


def _version() -> str:
    try:
        return version("geshao")
    except PackageNotFoundError:
        return "0"
