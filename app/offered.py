"""All that the role `api` offers: the API, the console, the field page, the public's pages and Open311."""

import asyncio

from fastapi import FastAPI

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
    evidence,
    exposure_batches,
    exposures,
    fairness,
    feed,
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
from app.auth.throttle import Throttle
from app.board.counters import SharedCells
from app.console import field, links, reporting
from app.console import public as public_console
from app.console import routes as console
from app.console.page_route import show_missing_pages
from app.console.pages import ready
from app.console.public import public_pages
from app.context import Context
from app.open311 import routes as open311
from app.papers.make import AT_ONCE, Press
from app.public.gate import LOOKUPS, Floods
from app.public.keyring import Keys
from app.public.shared import PublicEdition

__all__ = ["offer", "ready"]


def offer(app: FastAPI, context: Context) -> None:
    """Adds the routes, and what they keep between requests, to the application."""
    app.state.throttle = Throttle()
    app.state.codes, app.state.links = Throttle(), Throttle()
    app.state.counters = SharedCells(context)
    app.state.public = PublicEdition(context, public_pages)
    app.state.reporter_keys = Keys(context.settings)
    app.state.floods = Floods(everybody=context.settings.public.reports_per_hour)
    app.state.lookups = Floods(everybody=LOOKUPS)
    app.state.press = Press(context, asyncio.Semaphore(AT_ONCE))
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
