"""Nothing that a registered page does gets out of the browser past the gate; without the gate, most of it does."""

import asyncio

import pytest

from captcha_range.core.lab_nets import Fence
from captcha_range.solver.browser_gateway import Gateway
from captcha_range.solver.workers.canary import LeakFound, send_canary
from captcha_range.solver.workers.chromium import Chromium
from tests.browser import leak_vectors
from tests.browser.leak_vectors import REBOUND


def test_no_vector_gets_out_past_the_controls() -> None:
    outcome = asyncio.run(leak_vectors.with_controls())
    assert outcome.out == []
    assert len(outcome.hits) >= 40
    # The vectors were tried: the gate had much to refuse, and looked up no name but the site's own.
    assert outcome.refused >= 40
    assert set(outcome.looked_up) == {REBOUND}


def test_most_vectors_get_out_without_the_controls() -> None:
    """The control: a test that finds no leak in a browser that leaks would prove nothing."""
    outcome = asyncio.run(leak_vectors.without_controls())
    assert len(outcome.out) >= 0.8 * len(outcome.hits)


async def test_the_canary_comes_back_from_the_guarded_browser() -> None:
    chromium = Chromium(Gateway(Fence()))
    await chromium.start()
    try:
        await send_canary(chromium)
    finally:
        await chromium.stop()


async def test_the_canary_finds_the_leak_of_a_browser_without_its_guards() -> None:
    chromium = Chromium(Gateway(Fence()), guards=())
    await chromium.start()
    try:
        with pytest.raises(LeakFound, match="udp"):
            await send_canary(chromium)
    finally:
        await chromium.stop()
