"""What is settled of the browser worker before any browser runs."""

from captcha_range.challenges.family import KINDS
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.solver.egress import Egress
from captcha_range.solver.provider_link import ProviderLink
from captcha_range.solver.tasks import LEASE
from captcha_range.solver.workers.browser import REPLY_KINDS, WALL_LIMIT
from captcha_range.solver.workers.catalogue import WORKERS
from tests.practice_range import BlindEye


def test_a_task_has_time_to_end_before_its_lease() -> None:
    """The queue gives a worker nine tenths of the lease."""
    assert WALL_LIMIT == 60.0
    assert WALL_LIMIT < LEASE * 0.9


def test_it_keeps_a_context_warm_for_each_task_that_may_run() -> None:
    link = ProviderLink(Egress(Fence()), "http://127.0.0.1:9", "key")
    worker = WORKERS["browser"](link, Fence(), Regions(), BlindEye(), 7)
    assert worker._chromium._size == 7  # type: ignore[attr-defined]


def test_it_has_controls_for_every_kind_of_reply() -> None:
    assert set(KINDS) == REPLY_KINDS
