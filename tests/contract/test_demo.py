"""The demonstration is green, and its exit code is not."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from captcha_range.core.clock import SystemClock
from captcha_range.demo.browser_chapter import BrowserChapter
from captcha_range.demo.story import Story
from captcha_range.launch import LaunchedRange


def played(report: Path, *python: str, **environment: str) -> tuple[str, str]:
    """What the demo printed, and its report."""
    command = [sys.executable, *(python or ("-m", "captcha_range")), "demo", "--report", str(report)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=180, check=False, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    page = report.read_text()
    assert "http://" not in re.sub(r"http://shop\.localhost:\d+", "", page)
    return done.stdout, page


def test_the_demo_ends_with_every_step_as_it_must_be_and_writes_its_report(tmp_path: Path) -> None:
    told, page = played(tmp_path / "report.html")
    assert "15 of 15 steps" in told
    assert "Left out" not in told + page
    assert page.count("<image href=") >= 5
    assert 'class="page" src="data:image/jpeg;base64,/9j/' in page


def test_without_chromium_the_demo_says_that_its_chapter_is_left_out_and_is_green(tmp_path: Path) -> None:
    told, page = played(tmp_path / "report.html", PATH=str(tmp_path))
    assert "11 of 11 steps" in told
    line = "Left out: chapter e, a page in a real Chromium. Chromium is not on the PATH (apt-get install chromium)."
    assert line in told.splitlines()
    assert line in page
    assert 'class="page"' not in page


def test_without_playwright_too(tmp_path: Path) -> None:
    blocked = "import sys; sys.modules['playwright'] = None; from captcha_range.cli.main import main; main()"
    told, _ = played(tmp_path / "report.html", "-c", blocked)
    assert "11 of 11 steps" in told
    assert "Playwright is not installed (pip install 'captcha-range[browser]')." in told


def test_a_chapter_whose_range_does_not_start_is_red_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    steps = list(BrowserChapter(tmp_path / "data", SystemClock()).steps())
    assert not any(step.passed for step in steps)
    assert steps[0].outcome.startswith("LaunchFailed: it did not start")


def test_a_range_that_solves_blindly_turns_the_demo_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the recogniser that does not look, a step must fail, and the story must say so."""
    with LaunchedRange(tmp_path / "data", "--recogniser", "random") as the_range:
        monkeypatch.setattr("captcha_range.demo.story.MAX_TRIES", 1)
        the_range.provider.add_site(["http://shop.localhost:8000"])
        steps = list(Story(the_range, SystemClock()).steps())
    assert not all(step.passed for step in steps)
