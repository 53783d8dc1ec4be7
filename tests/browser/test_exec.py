"""A page that loads hCaptcha's own addresses, in a real Chromium of a run: the widget passes it in one click."""

import json
import subprocess
import sys
from pathlib import Path

from captcha_range.solver.workers.chromium import NAMES

TOKEN = "10000000-aaaa-bbbb-cccc-000000000001"
PAGE = """<!doctype html><title>Register</title>
<form><div class="h-captcha" data-sitekey="10000000-ffff-ffff-ffff-000000000001"></div></form>
<script src="https://js.hcaptcha.com/1/api.js" async defer></script>"""

# What a user's end-to-end test would be, under `captcha-range exec`.
VISIT = f"""
import http.server, json, os, shutil, threading
from playwright.sync_api import Error, sync_playwright

class Shop(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write({PAGE!r}.encode())

    def log_message(self, *_):
        pass

shop = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
threading.Thread(target=shop.serve_forever, daemon=True).start()
trusted = ["--ignore-certificate-errors-spki-list=" + os.environ["CAPTCHA_RANGE_LEAF_PIN"]]
program = next(filter(None, map(shutil.which, {NAMES!r})))
seen = {{}}
with sync_playwright() as playwright:
    for name, arguments in (("trusting", trusted), ("not trusting", [])):
        browser = playwright.chromium.launch(
            executable_path=program,
            args=arguments,
            chromium_sandbox=os.geteuid() != 0,
            proxy={{"server": os.environ["HTTPS_PROXY"]}},
        )
        page = browser.new_page()
        failed = []
        page.on("requestfailed", lambda request: failed.append([request.url, request.failure]))
        page.goto(f"http://127.0.0.1:{{shop.server_port}}/")
        if name == "trusting":
            checkbox = page.frame_locator("iframe[title^='Widget containing checkbox']")
            checkbox.locator("#checkbox").click()
            checkbox.locator("#checkbox[aria-checked=true]").wait_for()
            seen["token"] = page.locator("textarea[name=h-captcha-response]").input_value()
            seen["frame"] = page.locator("iframe").first.get_attribute("src")
        seen[name] = [url for url in failed if "hcaptcha.com" in url[0]]
        browser.close()
print(json.dumps(seen))
"""


def test_the_test_key_passes_in_one_click_on_a_page_with_the_live_scripts_address(tmp_path: Path) -> None:
    (tmp_path / "visit.py").write_text(VISIT)
    run = [sys.executable, "-m", "captcha_range", "exec", "--sealed", "--", sys.executable, str(tmp_path / "visit.py")]
    done = subprocess.run(run, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["token"] == TOKEN
    assert seen["frame"].startswith("https://js.hcaptcha.com/widget/")
    assert seen["trusting"] == []
    # Without the pin the browser takes no certificate of the run's: the control.
    assert seen["not trusting"] == [["https://js.hcaptcha.com/1/api.js", "net::ERR_CERT_AUTHORITY_INVALID"]]
    assert "script 1" in done.stderr
    assert "hcaptcha.com, unknown to the range" not in done.stderr
