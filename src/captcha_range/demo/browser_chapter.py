"""The chapter in a real Chromium: a page of the shop, solved by the browser worker, and what a visitor sees of it."""

import asyncio
import contextlib
import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from captcha_range.core.clock import Clock
from captcha_range.core.lab_nets import Fence
from captcha_range.demo.shop import Shop, open_shop
from captcha_range.demo.story import Plan, Step, StepFailed, played
from captcha_range.http_call import call
from captcha_range.launch import LaunchedRange
from captcha_range.solver.browser_gateway import Gateway, Pass

CHAPTER: Final = "e  a page in Chromium"
_CHECKBOX: Final = 'iframe[src*="frame=checkbox"]'
_CHALLENGE: Final = 'iframe[src*="frame=challenge"]'


def why_left_out() -> str | None:
    """What this machine lacks for the chapter; None if it lacks nothing."""
    if importlib.util.find_spec("playwright") is None:
        return "Playwright is not installed (pip install 'captcha-range[browser]')"
    from captcha_range.solver.workers.chromium import NAMES

    if not any(map(shutil.which, NAMES)):
        return "Chromium is not on the PATH (apt-get install chromium)"
    return None


class BrowserChapter:
    """Plays the chapter against a range of its own, whose worker drives Chromium."""

    def __init__(self, data_dir: Path, clock: Clock) -> None:
        self._clock = clock
        self._shop: Shop
        self._range = LaunchedRange(data_dir, "--worker", "browser")
        self._opened = contextlib.ExitStack()
        self._secret = self._client_key = self._sitekey = self._token = ""
        self.answered: list[dict[str, Any]] = []
        """The provider's records of what the worker answered, in the order of issue."""
        self.screenshot = b""
        """The page as a visitor sees it, JPEG; empty until it was taken."""

    def steps(self) -> Iterator[Step]:
        """Play every step in order; a failed one does not stop the others."""
        with self._opened:
            yield from played(self._plan(), self._clock)

    def _plan(self) -> Plan:
        return [
            (CHAPTER, "start a range with the browser worker, open a shop", self._start),
            (CHAPTER, "createTask: the worker opens the page and passes its check", self._solve),
            (CHAPTER, "siteverify, asked by the shop", self._verify),
            (CHAPTER, "the page as a visitor sees it", self._photograph),
        ]

    def _start(self) -> str:
        self._opened.enter_context(self._range)
        self._shop = self._opened.enter_context(open_shop())
        added = self._range.provider.add_site([self._shop.origin], name="demo shop", level=1)
        self._sitekey, self._secret = added["site"]["sitekey"], added["secret"]
        self._client_key = self._range.solver.open_account(name="demo")["client_key"]
        self._shop.show(self._sitekey, self._range.provider_url)
        return self._shop.origin

    def _solve(self) -> str:
        page = f"{self._shop.origin}/register"
        task = {"type": "HCaptchaTaskProxyless", "websiteURL": page, "websiteKey": self._sitekey}
        created = self._ask("/createTask", {"task": task})
        if created["errorId"] != 0:
            raise StepFailed(f"createTask should accept; came {created}")
        result: dict[str, Any] = {"status": "processing"}
        while result["status"] == "processing":
            result = self._ask("/getTaskResult", {"taskId": created["taskId"]})
            if result["errorId"] != 0:
                raise StepFailed(f"the task should get ready; came {result}")
        self._token = result["solution"]["gRecaptchaResponse"]
        asked = self._range.provider.challenges(self._sitekey)
        self.answered = [record for record in reversed(asked) if record["reply"] is not None]
        return f"ready; {self.answered[-1]['family']} right on try {len(self.answered)}"

    def _verify(self) -> str:
        form = {"secret": self._secret, "response": self._token}
        verdict = call("POST", f"{self._range.provider_url}/siteverify", form=form).json()
        if verdict["success"] is not True:
            raise StepFailed(f"siteverify should accept; came {verdict}")
        return f"accepted, for a page of {verdict['hostname']}"

    def _photograph(self) -> str:
        self.screenshot = asyncio.run(_photograph(f"{self._shop.origin}/register"))
        return "the widget with its challenge, in the report"

    def _ask(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        asked = {"clientKey": self._client_key, **content}
        answer: dict[str, Any] = call("POST", self._range.solver_url + path, json=asked).json()
        return answer


async def _photograph(page_url: str) -> bytes:
    """The page with its challenge open, JPEG. Its connections pass the worker's gateway."""
    from captcha_range.solver.workers.chromium import Chromium

    chromium = Chromium(Gateway(Fence()), spares=0)
    await chromium.start()
    try:
        async with chromium.tab(Pass()) as tab:
            await tab.page.set_viewport_size({"width": 900, "height": 760})
            await tab.page.goto(page_url)
            await tab.page.frame_locator(_CHECKBOX).locator("#checkbox").click()
            await tab.page.frame_locator(_CHALLENGE).locator('#challenge[data-state="shown"]').wait_for()
            return await tab.page.screenshot(type="jpeg", quality=80)
    finally:
        await chromium.stop()
