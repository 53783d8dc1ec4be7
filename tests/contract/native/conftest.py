"""A desk for each test of the native API."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from captcha_range.core.clock import StillClock
from tests.solver_desk import Desk, open_desk


@pytest.fixture
async def desk(tmp_path: Path, clock: StillClock) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path, clock) as opened:
        yield opened
