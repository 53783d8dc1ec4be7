"""A range that only listens holds nothing of what draws, recognises and connects; the first visitor brings it in."""

from pathlib import Path

from captcha_range.http_call import call
from captcha_range.launch import LaunchedRange

ORIGIN = "http://shop.localhost:8000"
DRAWING = {"numpy", "cv2"}
CONNECTING = {"aiohttp"}


def held(launched: LaunchedRange) -> set[str]:
    """Which of the libraries the process has mapped into its memory."""
    maps = Path(f"/proc/{launched.pid}/maps").read_text()
    return {each for each in DRAWING | CONNECTING if f"/site-packages/{each}/" in maps}


def test_each_library_comes_with_the_first_who_needs_it(tmp_path: Path) -> None:
    with LaunchedRange(tmp_path / "data", "--seed", "start") as launched:
        assert call("GET", f"{launched.provider_url}/health").status == 200
        assert call("GET", f"{launched.solver_url}/health").status == 200
        launched.solver.open_account(name="idle")
        assert held(launched) == set()

        site = launched.provider.add_site([ORIGIN], level=1)["site"]["sitekey"]
        asked = call("POST", f"{launched.provider_url}/getcaptcha/{site}", json={"origin": ORIGIN})
        assert asked.status == 200
        assert held(launched) == DRAWING

        key = launched.solver.open_account(name="busy")["client_key"]
        task = {"type": "HCaptchaTaskProxyless", "websiteURL": f"{ORIGIN}/", "websiteKey": site}
        made = call("POST", f"{launched.solver_url}/createTask", json={"clientKey": key, "task": task})
        assert made.status == 200
        assert held(launched) == DRAWING | CONNECTING


def test_a_site_that_was_registered_before_does_not_bring_it_in(tmp_path: Path) -> None:
    with LaunchedRange(tmp_path / "data") as launched:
        launched.provider.add_site([ORIGIN])
    with LaunchedRange(tmp_path / "data") as again:
        assert len(again.provider.sites()) == 1
        assert held(again) == set()
