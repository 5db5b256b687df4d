"""The API's description as a file: `python -m tests.docs.openapi` writes docs/openapi.json anew."""

import json
from datetime import timedelta
from typing import Any

from app.context import Context
from app.database import make_engine, make_sessions
from app.feed import FeedHub
from app.health import Health
from app.main import create_app
from app.metrics import Metrics
from app.registry.directory import Directory
from app.settings import load_settings
from models.clock import SystemClock
from tests.docs.markdown import ROOT

FILE = ROOT / "docs" / "openapi.json"


def description() -> str:
    """The description as text; no database is asked for it."""
    clock, metrics = SystemClock(), Metrics()
    sessions = make_sessions(make_engine("postgresql://nobody@127.0.0.1/nothing"))
    no_acts: Any = None  # nobody acts on an application that only describes itself
    context = Context(
        settings=load_settings({}),
        clock=clock,
        sessions=sessions,
        secret_key="for the description alone, signs nothing",
        directory=Directory(),
        pipeline=no_acts,
        feed=FeedHub(sessions, clock=clock, metrics=metrics),
        metrics=metrics,
        health=Health(sessions, timedelta(seconds=10)),
    )
    document = create_app(context, roles=frozenset({"api"})).openapi()
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(description(), encoding="utf-8")
