"""`captcha-range serve --worker browser`, from createTask to siteverify over HTTP."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from captcha_range.http_call import call
from captcha_range.launch import LaunchedRange, LaunchedWorker, LaunchFailed


class Shop(ThreadingHTTPServer):
    page = b""


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Shop)
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(self.server.page)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def shop() -> Iterator[Shop]:
    server = Shop(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@contextlib.contextmanager
def working_inside(data_dir: Path) -> Iterator[LaunchedRange]:
    with LaunchedRange(data_dir, "--worker", "browser", "--seed", "serving") as launched:
        yield launched


@contextlib.contextmanager
def working_apart(data_dir: Path) -> Iterator[LaunchedRange]:
    with contextlib.ExitStack() as stack:
        launched = stack.enter_context(LaunchedRange(data_dir, "--workers", "0", "--seed", "serving"))
        urls = (launched.provider_url, launched.solver_url)
        stack.enter_context(LaunchedWorker(data_dir, *urls, "--kind", "browser", "--slots", "1"))
        yield launched


@pytest.mark.parametrize("working", [working_inside, working_apart])
def test_a_task_ends_with_a_token_that_siteverify_accepts(
    tmp_path: Path, shop: Shop, working: Callable[[Path], AbstractContextManager[LaunchedRange]]
) -> None:
    origin = f"http://shop.localhost:{shop.server_address[1]}"
    with working(tmp_path / "data") as launched:
        site = launched.provider.add_site([origin], level=1)
        sitekey = site["site"]["sitekey"]
        script = f'<script src="{launched.provider_url}/1/api.js"></script>'
        shop.page = f'<!doctype html>{script}<div class="h-captcha" data-sitekey="{sitekey}"></div>'.encode()
        key = launched.solver.open_account()["client_key"]
        task = {"type": "HCaptchaTaskProxyless", "websiteURL": f"{origin}/login", "websiteKey": sitekey}
        created = call("POST", f"{launched.solver_url}/createTask", json={"clientKey": key, "task": task}).json()
        asked = {"clientKey": key, "taskId": created["taskId"]}
        while (found := call("POST", f"{launched.solver_url}/getTaskResult", json=asked).json())["status"] != "ready":
            assert found["errorId"] == 0, found
        form = {"secret": site["secret"], "response": found["solution"]["gRecaptchaResponse"]}
        verdict = call("POST", f"{launched.provider_url}/siteverify", form=form).json()
    assert verdict["success"] is True
    assert verdict["hostname"] == "shop.localhost"
    assert "Chrome" in found["solution"]["userAgent"]


def test_without_chromium_the_range_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(LaunchFailed, match="apt-get install chromium"),
        LaunchedRange(tmp_path / "data", "--worker", "browser"),
    ):
        """It must not get here."""
