import pytest_asyncio

from app.database import Sessions
from tests.detection.world import World


@pytest_asyncio.fixture
async def world(sessions: Sessions) -> World:
    return await World(sessions).begin()
