"""A range for the tests of one session."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from captcha_range.launch import LaunchedRange
from captcha_range.operator_api import Operator
from captcha_range.testing.stage import Stage


class PracticeRange:
    """A running range, by its provider's URL and its operator's API."""

    def __init__(self, provider_url: str, operator: Operator) -> None:
        self.provider_url = provider_url.rstrip("/")
        self.operator = operator

    @contextlib.contextmanager
    def stage(self, *, seed: str | None = None) -> Iterator[Stage]:
        """A stage of its own for one test: sites, a clock, scenarios and a journal that no other test meets.

        With a `seed` the stage's sites show the same challenges every time.
        """
        name = self.operator.add_namespace(seed=seed)
        try:
            yield Stage(self.provider_url, self.operator, name)
        finally:
            self.operator.remove_namespace(name)


@contextlib.contextmanager
def run_range(data_dir: Path | None = None) -> Iterator[PracticeRange]:
    """Start a range on free ports, and stop it again. LaunchFailed says why it did not start."""
    with contextlib.ExitStack() as stack:
        folder = data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "range"
        launched = stack.enter_context(LaunchedRange(folder))
        yield PracticeRange(launched.provider_url, launched.provider)
