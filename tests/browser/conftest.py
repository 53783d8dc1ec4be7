"""One Chromium and one practice range for all tests of a file. Without Chromium these tests fail; they never skip."""

import shutil
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.recognition.catalogue import load_recogniser
from captcha_range.solver.browser_gateway import Gateway, Pass
from captcha_range.solver.workers.browser import BrowserWorker
from captcha_range.solver.workers.chromium import NAMES, Chromium
from tests.browser.practice import Practice, practising


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def practice(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Practice]:
    async with practising(tmp_path_factory.mktemp("practice")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    running = Chromium(Gateway(Fence()))
    await running.start()
    yield running
    await running.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def page(chromium: Chromium) -> AsyncIterator[Page]:
    """A fresh page of a visitor."""
    async with chromium.tab(Pass()) as opened:
        yield opened.page


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def operators_browser() -> AsyncIterator[Browser]:
    """A browser as an operator has it, without the worker's gateway."""
    async with async_playwright() as playwright:
        program = next(filter(None, map(shutil.which, NAMES)))
        browser = await playwright.chromium.launch(executable_path=program)
        yield browser
        await browser.close()


@pytest.fixture(scope="module")
def working(practice: Practice, chromium: Chromium) -> Callable[..., BrowserWorker]:
    """A browser worker on the file's Chromium, with parts exchanged by name."""

    def make(**parts: object) -> BrowserWorker:
        worker = BrowserWorker(practice.link, Fence(), Regions(), load_recogniser("classical"), patience=5.0)
        worker._chromium = chromium
        for name, part in parts.items():
            setattr(worker, f"_{name}", part)
        return worker

    return make
