"""The demonstration is green, and its exit code is not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from captcha_range.core.clock import SystemClock
from captcha_range.demo.story import Story
from captcha_range.launch import LaunchedRange


def demo(report: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "captcha_range", "demo", "--report", str(report)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=180, check=False, env={**os.environ, **environment}
    )


def test_the_demo_ends_with_every_step_as_it_must_be_and_writes_its_report(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    done = demo(report)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "15 of 15 steps" in done.stdout
    assert "accepted, for a page of shop.localhost" in done.stdout
    page = report.read_text()
    assert page.count("<image href=") >= 5
    assert page.count('<img class="page" src="data:image/jpeg;base64,/9j/') == 1
    assert "http://" not in page.replace("http://shop.localhost", "")


def test_without_a_browser_the_demo_says_what_it_left_out_and_is_green(tmp_path: Path) -> None:
    report, nothing = tmp_path / "report.html", tmp_path / "nothing"
    nothing.mkdir()
    done = demo(report, PATH=str(nothing))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "11 of 11 steps" in done.stdout
    told = "Left out: chapter e, a page in a real Chromium. Chromium is not on the PATH (apt-get install chromium)."
    assert told in done.stdout
    page = report.read_text()
    assert told in page
    assert '<img class="page"' not in page


def test_a_range_that_solves_blindly_turns_the_demo_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the recogniser that does not look, a step must fail, and the story must say so."""
    with LaunchedRange(tmp_path / "data", "--recogniser", "random") as the_range:
        monkeypatch.setattr("captcha_range.demo.story.MAX_TRIES", 1)
        the_range.provider.add_site(["http://shop.localhost:8000"])
        steps = list(Story(the_range, SystemClock()).steps())
    assert not all(step.passed for step in steps)
