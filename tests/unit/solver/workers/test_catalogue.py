"""Workers are made by name, and one whose parts are missing says what to install."""

import sys
from typing import Any

import pytest

from captcha_range.core import settings
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.recognition.blind import Blind
from captcha_range.solver.egress import Egress
from captcha_range.solver.provider_link import ProviderLink
from captcha_range.solver.worker import StartedWorker, Worker
from captcha_range.solver.workers.catalogue import WORKERS, WorkerUnavailable


def made(name: str) -> Worker:
    fence = Fence()
    return WORKERS[name](ProviderLink(Egress(fence), "http://127.0.0.1:9", "key"), fence, Regions(), Blind(), 1)


def test_the_setting_names_exactly_the_workers_that_there_are() -> None:
    assert set(settings.WORKERS) == set(WORKERS)


def test_only_the_browser_worker_is_started() -> None:
    assert isinstance(made("browser"), StartedWorker)
    assert not isinstance(made("protocol"), StartedWorker)


def test_without_its_extra_the_browser_worker_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    missing: Any = None
    for module in [name for name in sys.modules if name.startswith("captcha_range.solver.workers.")]:
        if module.endswith(("browser", "canary", "chromium", "widget_page")):
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "playwright.async_api", missing)
    with pytest.raises(WorkerUnavailable, match=r"captcha-range\[browser\]"):
        made("browser")
