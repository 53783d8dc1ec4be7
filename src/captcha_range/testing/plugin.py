"""The pytest plugin: `captcha_range`, a range for the session, and `captcha`, a stage of its own for each test."""

from collections.abc import Iterator

import pytest

from captcha_range.testing.practice_range import PracticeRange, run_range
from captcha_range.testing.stage import Stage


@pytest.fixture(scope="session")
def captcha_range(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeRange]:
    """A running range on free ports, one for each worker process of pytest-xdist."""
    with run_range(tmp_path_factory.mktemp("captcha-range") / "data") as running:
        yield running


@pytest.fixture
def captcha(captcha_range: PracticeRange) -> Iterator[Stage]:
    """This test's own sites, clock, scenarios and journal."""
    with captcha_range.stage() as stage:
        yield stage
