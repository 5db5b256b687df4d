from pathlib import Path

import pytest_asyncio

from app.database import Sessions
from tests.factories import make_world
from tests.fakes import FakeClock
from tests.timeline import Story


@pytest_asyncio.fixture
async def story(sessions: Sessions, clock: FakeClock, tmp_path: Path) -> Story:
    return Story(await make_world(sessions, clock, tmp_path))
