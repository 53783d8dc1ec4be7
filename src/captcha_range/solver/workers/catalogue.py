"""The workers by name. A new one is one file, one line here, and one test."""

from collections.abc import Callable
from typing import Final

from captcha_range.core.errors import RangeError
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.recognition.recogniser import Recogniser
from captcha_range.solver.provider_link import ProviderLink
from captcha_range.solver.worker import Worker
from captcha_range.solver.workers.protocol import ProtocolWorker


class WorkerUnavailable(RangeError):
    """The browser worker needs the extra `browser`: pip install 'captcha-range[browser]'."""

    code = "worker_unavailable"


def _protocol(link: ProviderLink, fence: Fence, regions: Regions, recogniser: Recogniser, slots: int) -> Worker:
    return ProtocolWorker(link, regions, recogniser)


def _browser(link: ProviderLink, fence: Fence, regions: Regions, recogniser: Recogniser, slots: int) -> Worker:
    try:
        # Playwright is an extra: only who chooses this worker needs it.
        from captcha_range.solver.workers.browser import BrowserWorker
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("playwright"):
            raise
        raise WorkerUnavailable from None
    return BrowserWorker(link, fence, regions, recogniser, slots=slots)


WORKERS: Final[dict[str, Callable[[ProviderLink, Fence, Regions, Recogniser, int], Worker]]] = {
    "protocol": _protocol,
    "browser": _browser,
}
"""The last argument is how many tasks the worker gets at the same time."""
