"""The demonstration is green, and its exit code is not."""

import subprocess
import sys
from pathlib import Path

import pytest

from captcha_range.core.clock import SystemClock
from captcha_range.demo.story import Story
from captcha_range.launch import LaunchedRange


def test_the_demo_ends_with_every_step_as_it_must_be_and_writes_its_report(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    command = [sys.executable, "-m", "captcha_range", "demo", "--report", str(report)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "11 of 11 steps" in done.stdout
    page = report.read_text()
    assert page.count("<image href=") >= 4
    assert "http://" not in page.replace("http://shop.localhost:8000", "")


def test_a_range_that_solves_blindly_turns_the_demo_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the recogniser that does not look, a step must fail, and the story must say so."""
    with LaunchedRange(tmp_path / "data", "--recogniser", "random") as the_range:
        monkeypatch.setattr("captcha_range.demo.story.MAX_TRIES", 1)
        the_range.provider.add_site(["http://shop.localhost:8000"])
        steps = list(Story(the_range, SystemClock()).steps())
    assert not all(step.passed for step in steps)
