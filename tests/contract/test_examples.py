"""Each demo site passes its own tests, as a reader runs them, and a worse one does not."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.contract.client_environment import client_node_modules

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
HOW_TO = ROOT / "docs/how-to/test-your-site.md"
OLD, ONCE = "test_a_token_is_too_old_after_two_minutes", "test_a_token_counts_once"
SCORE = "test_a_visitor_with_a_high_score_stays_outside"
TESTS = {
    "test_a_visitor_who_passes_the_check_signs_up": 1,
    "test_nobody_signs_up_without_a_token": 2,
    OLD: 1,
    ONCE: 1,
    SCORE: 2,
    "test_nobody_signs_up_while_siteverify_is_down": 6,
    "test_a_visitor_is_told_when_the_script_is_blocked": 1,
}


class Example(NamedTuple):
    """A demo site and what it looks like with a hole: `sound` in its `source` becomes `flawed`."""

    name: str
    source: str
    sound: str
    flawed: str


TRUTH = 'verdict["success"] is True'
SITES = [
    Example("flask", "app.py", TRUTH, "True"),
    Example("django", "shop/forms.py", TRUTH, "True"),
    Example("fastapi", "app.py", TRUTH, "True"),
    Example("express", "server.js", "return success === true &&", "return"),
    Example("plain", "server.py", TRUTH, "True"),
]
each_site = pytest.mark.parametrize("example", SITES, ids=lambda example: example.name)
pytestmark = pytest.mark.cold


def copied(example: Example, folder: Path) -> Path:
    shutil.copytree(EXAMPLES / example.name, folder / example.name, ignore=shutil.ignore_patterns("node_modules"))
    shutil.copy(EXAMPLES / "conftest.py", folder)
    return folder / example.name


def spoiled(example: Example, folder: Path) -> None:
    source = copied(example, folder) / example.source
    assert source.read_text().count(example.sound) == 1
    source.write_text(source.read_text().replace(example.sound, example.flawed))


def run(folder: Path, *options: str) -> str:
    """What pytest says of the tests in `folder`, which knows nothing of this project's settings."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    if (folder / "express").exists():
        environment["NODE_PATH"] = str(client_node_modules(EXAMPLES / "express"))
    without = ["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:asyncio"]
    command = [sys.executable, "-m", "pytest", "-q", "-rA", *without, "--rootdir", str(folder), *options]
    done = subprocess.run(
        [*command, str(folder)], capture_output=True, text=True, cwd=folder, env=environment, check=False, timeout=300
    )
    return done.stdout + done.stderr


def counted(outcome: str, told: str) -> dict[str, int]:
    names = re.findall(rf"(?m)^{outcome} \S+::(\w+)", told)
    return {name: names.count(name) for name in names}


@each_site
def test_a_demo_site_passes_its_own_tests(example: Example, tmp_path: Path) -> None:
    copied(example, tmp_path)
    told = run(tmp_path)
    assert counted("PASSED", told) == TESTS, told


@pytest.mark.cold
def test_the_tests_of_every_demo_site_notice_that_it_lets_everybody_in(tmp_path: Path) -> None:
    for example in SITES:
        spoiled(example, tmp_path)
    told = run(tmp_path, "-k", "too_old or once or 0.95")
    assert counted("FAILED", told) == dict.fromkeys([ONCE, OLD], len(SITES)), told
    assert counted("PASSED", told) == {SCORE: len(SITES)}, told


@each_site
def test_each_test_of_a_demo_site_is_at_most_ten_lines(example: Example) -> None:
    (written,) = (EXAMPLES / example.name).glob("test_*.py")
    found = [node for node in ast.parse(written.read_text()).body if isinstance(node, ast.FunctionDef)]
    lines = {node.name: _lines(node) for node in found if node.name.startswith("test_")}
    assert lines.keys() == TESTS.keys()
    assert max(lines.values()) <= 10


def _lines(node: ast.FunctionDef) -> int:
    """From the first decorator to the last line."""
    assert node.end_lineno is not None
    return node.end_lineno - min([node.lineno, *(each.lineno for each in node.decorator_list)]) + 1


def test_the_how_to_shows_what_the_examples_do() -> None:
    blocks = re.findall(r"```py\n(.*?)```", HOW_TO.read_text(), re.DOTALL)
    written = (EXAMPLES / "conftest.py").read_text() + (EXAMPLES / "flask/test_flask_site.py").read_text()
    assert len(blocks) == 4
    assert [block for block in blocks if block not in written] == []


@pytest.mark.parametrize("url", ["https://js.hcaptcha.com/1/api.js", "https://api.hcaptcha.com/siteverify"])
@each_site
def test_a_demo_site_is_for_the_live_service_where_nothing_else_is_said(example: Example, url: str) -> None:
    sources = [path.read_text() for path in (EXAMPLES / example.name).rglob("*.[pj][ys]") if "test_" not in path.name]
    assert any(url in source for source in sources)
