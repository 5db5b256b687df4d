"""Everything a request or a job may use, built once at the start and handed down; there are no globals."""

from dataclasses import dataclass

from app.database import Sessions
from app.feed import FeedHub
from app.health import Health
from app.metrics import Metrics
from app.pipeline import Pipeline
from app.registry.directory import Directory
from app.settings import Settings
from models.clock import Clock


@dataclass(frozen=True, slots=True)
class Context:
    settings: Settings
    clock: Clock
    sessions: Sessions
    secret_key: str
    directory: Directory
    pipeline: Pipeline
    feed: FeedHub
    metrics: Metrics
    health: Health
