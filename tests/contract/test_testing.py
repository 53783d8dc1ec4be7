"""What users import in their tests does what the how-to says, with pytest's own runner."""

import contextlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from captcha_range import testing
from captcha_range.http_call import Unreachable, call
from captcha_range.operator_api import OperatorRefused
from captcha_range.testing.practice_range import PracticeRange
from captcha_range.testing.site_process import SiteNotStarted, run_site
from captcha_range.testing.stage import PassRefused
from tests.contract.running_range import RunningRange

ROOT = Path(__file__).parents[2]
HOW_TO = ROOT / "docs/how-to/test-your-site.md"


@pytest.fixture
def practice(running_range: RunningRange) -> PracticeRange:
    return PracticeRange(running_range.provider_url, running_range.launched.provider)


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", HOW_TO.read_text(), re.DOTALL)


def run(folder: Path, backend: str, tests: str) -> subprocess.CompletedProcess[str]:
    """The how-to's tests of a back end, as a reader runs them."""
    (folder / "backend.py").write_text(backend)
    (folder / "test_site.py").write_text(tests)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "--rootdir",
        str(folder),
    ]
    return subprocess.run([*command, str(folder)], capture_output=True, text=True, cwd=folder, check=False, timeout=300)


def test_the_how_tos_back_end_passes_the_how_tos_tests_and_worse_ones_do_not(tmp_path: Path) -> None:
    backend, tests = blocks()
    done = run(tmp_path, backend, tests)
    assert done.returncode == 0, done.stdout
    assert "12 passed" in done.stdout
    for sound, flawed, failures in (
        ("        return False\n", "        return True\n", ["hang", "http-500", "connection-reset", "html"]),
        (' is True and verdict.get("score", 0.0) < 0.8', "", ["success-as-text", "0.95"]),
    ):
        assert sound in backend
        done = run(tmp_path, backend.replace(sound, flawed), tests)
        assert all(re.search(rf"FAILED .*{re.escape(name)}", done.stdout) for name in failures), done.stdout


def test_each_of_the_how_tos_tests_is_at_most_ten_lines() -> None:
    functions = re.split(r"(?m)^(?=def test_)", blocks()[1])[1:]
    assert len(functions) == 6
    assert max(len(text.strip().splitlines()) for text in functions) <= 10


def test_the_plugin_is_announced_to_pytest() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"captcha-range": "captcha_range.testing.plugin"}


def test_the_public_names_are_exactly_these() -> None:
    errors, parts = ["PassRefused", "SiteNotStarted"], ["PracticeRange", "SiteOnStage", "Stage"]
    names = [*errors, *parts, "route_to_range", "run_range", "run_site"]
    assert set(testing.__all__) == set(names)
    assert all(hasattr(testing, name) for name in names)


def test_two_stages_share_nothing(practice: PracticeRange) -> None:
    with practice.stage() as one, practice.stage() as two:
        tokens = [one.token(), two.token()]
        one.advance(121)
        one.play("bad-request", requests=1)
        for stage, token, success in ((two, tokens[1], True), (one, tokens[0], False), (one, tokens[0], False)):
            form = {"secret": stage.secret, "response": token}
            assert call("POST", stage.verify_url, form=form).json()["success"] is success
        assert [entry["facts"]["code"] for entry in one.calls(event="TokenRefused")] == [
            "bad-request",
            "expired-input-response",
        ]
        assert two.calls(event="TokenRefused") == []


def test_a_stage_can_begin_again(practice: PracticeRange) -> None:
    with practice.stage(seed="alpha") as stage:
        old = stage.token()
        stage.advance(50)
        stage.play("expired")
        stage.reset()
        for token, success in ((old, False), (stage.token(), True)):
            form = {"secret": stage.secret, "response": token}
            assert call("POST", stage.verify_url, form=form).json()["success"] is success


def test_a_stage_is_gone_with_its_test(practice: PracticeRange) -> None:
    with practice.stage() as stage:
        site = stage.site
    assert site.sitekey not in {each["sitekey"] for each in practice.operator.sites()}
    with pytest.raises(OperatorRefused, match="namespace"):
        stage.advance(1)


def test_a_token_that_the_widget_would_not_get_is_refused(practice: PracticeRange) -> None:
    with practice.stage() as stage:
        stage.play("rate-limited", requests=1)
        with pytest.raises(PassRefused, match="429"):
            stage.token()


def test_a_stages_first_site_is_for_a_free_port_of_localhost(practice: PracticeRange) -> None:
    with practice.stage() as one, practice.stage() as two:
        assert re.fullmatch(r"http://localhost:\d+", one.origin)
        assert one.origin == one.site.origin != two.origin


SERVER = """
import http.server, os
assert os.environ["SECRET"] == "known"
http.server.test(http.server.SimpleHTTPRequestHandler, port={port}, bind="localhost")
"""


def test_a_site_is_run_at_its_origin_with_its_environment_and_stopped(practice: PracticeRange, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("the shop")
    with practice.stage() as stage:
        origin = stage.origin
    with run_site(["python", "-c", SERVER], origin, {"SECRET": "known"}, folder=tmp_path) as url:
        assert url == origin
        assert call("GET", f"{url}/").body == b"the shop"
    with pytest.raises(Unreachable):
        call("GET", f"{url}/")


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["python", "-c", "raise SystemExit('no database')"], "exit code 1: no database"),
        (["python", "-c", "import threading; threading.Event().wait()"], "nothing listens"),
        (["no-such-program"], "no-such-program could not be run: No such file"),
    ],
)
def test_a_site_that_does_not_start_says_why(practice: PracticeRange, command: list[str], reason: str) -> None:
    patience = 30 if "exit" in reason else 0.2
    with practice.stage() as stage, pytest.raises(SiteNotStarted, match=reason):
        contextlib.ExitStack().enter_context(run_site(command, stage.origin, patience=patience))


def test_a_site_is_not_run_where_something_listens_already(practice: PracticeRange) -> None:
    with pytest.raises(SiteNotStarted, match=r"listens at .* already"):
        contextlib.ExitStack().enter_context(run_site(["true"], practice.provider_url))
