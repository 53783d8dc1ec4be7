"""Fixtures that every kind of test uses: planes over a temporary directory, with a clock that stands still."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from captcha_range.core.clock import StillClock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.provider.plane import Provider


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def provider(tmp_path: Path, clock: StillClock) -> Iterator[Provider]:
    """A provider with an empty store."""
    plane = Provider(
        tmp_path / "provider.sqlite",
        seed=b"tests",
        pepper=b"pepper",
        clock=clock,
        fence=Fence(),
        regions=Regions(),
    )
    yield plane
    plane.close()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP client."""
    async with aiohttp.ClientSession() as session:
        yield session
