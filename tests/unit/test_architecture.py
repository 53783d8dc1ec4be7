"""The rules of the house are enforced: each one catches a deliberate violation, and the house itself keeps them."""

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SOURCE = PROJECT / "src"
SETTINGS: dict[str, Any] = tomllib.loads((PROJECT / "pyproject.toml").read_text())
CONTRACTS = [contract["name"] for contract in SETTINGS["tool"]["importlinter"]["contracts"]]
SCRIPTS = Path(sys.executable).parent

# For each contract in pyproject.toml: a file, and an import in it that breaks this contract and no other.
VIOLATIONS = {
    "Layers": [
        ("core/clock.py", "import captcha_range.app"),
        ("core/ids.py", "import captcha_range.provider.tokens"),
        ("challenges/prompts.py", "import captcha_range.provider.tokens"),
        ("challenges/prompts.py", "import captcha_range.recognition.labels"),
        ("provider/tokens.py", "import captcha_range.solver.tasks"),
        ("solver/tasks.py", "import captcha_range.provider.tokens"),
        ("measurement/intervals.py", "import captcha_range.provider.tokens"),
        ("provider/tokens.py", "import captcha_range.measurement.intervals"),
        ("lab_proxy/gate.py", "import captcha_range.solver.egress"),
        ("solver/tasks.py", "import captcha_range.lab_proxy.gate"),
        ("provider/tokens.py", "import captcha_range.app"),
        ("app.py", "import captcha_range.cli.main"),
        ("client/calls.py", "import captcha_range.operator_api"),
        ("testing/stage.py", "import captcha_range.cli.main"),
        ("operator_api.py", "import captcha_range.testing.stage"),
        ("launch.py", "import captcha_range.redirect.run"),
        ("redirect/run.py", "import captcha_range.demo.story"),
        ("solver/tasks.py", "import captcha_range.client"),
    ],
    "The attacker never sees": [
        ("recognition/labels.py", "import captcha_range.challenges.family"),
        ("solver/worker.py", "import captcha_range.challenges.family"),
    ],
    "What draws and what recognises": [
        ("challenges/prompts.py", "import sqlite3"),
        ("challenges/prompts.py", "import aiohttp"),
        ("recognition/labels.py", "import socket"),
        ("recognition/labels.py", "import captcha_range.core.journal"),
    ],
    "The Python client": [
        ("client/calls.py", "import captcha_range.solver.native_documents"),
        ("client/documents.py", "import captcha_range.provider.tokens"),
    ],
}
CASES = [(start, file, line) for start, cases in VIOLATIONS.items() for file, line in cases]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """import-linter over the package in `folder`, with the project's own contracts."""
    command = [str(SCRIPTS / "lint-imports"), "--no-cache", "--config", str(PROJECT / "pyproject.toml")]
    environment = {"PYTHONPATH": str(folder), "PATH": str(SCRIPTS), "COLUMNS": "500", "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the sources, to break rules in."""
    shutil.copytree(SOURCE, tmp_path / "house", ignore=shutil.ignore_patterns("__pycache__", "*.npz", "*.sprites"))
    return tmp_path / "house"


def test_every_contract_has_a_violation_here() -> None:
    assert len(CONTRACTS) == len(VIOLATIONS)
    assert all(name.startswith(start) for name, start in zip(CONTRACTS, VIOLATIONS, strict=True))


def test_the_house_keeps_its_contracts(house: Path) -> None:
    done = lint_imports(house)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in done.stdout


@pytest.mark.parametrize(("start", "file", "line"), CASES, ids=[f"{file}: {line}" for _, file, line in CASES])
def test_a_violation_of_a_contract_is_caught(house: Path, start: str, file: str, line: str) -> None:
    broken = house / "captcha_range" / file
    broken.write_text(f"{broken.read_text()}\n{line}\n")
    done = lint_imports(house)
    assert done.returncode != 0
    name = next(name for name in CONTRACTS if name.startswith(start))
    assert f"{name} BROKEN" in done.stdout, done.stdout + done.stderr


LATE_IMPORTS = {
    "demo/browser_chapter.py": {"captcha_range.solver.workers.chromium"},
    "provider/plane.py": {"captcha_range.challenges.catalogue"},
    "recognition/catalogue.py": {f"captcha_range.recognition.{name}" for name in ("blind", "classical", "network")},
    "solver/egress.py": {"captcha_range.solver.connectors"},
    "solver/workers/catalogue.py": {"captcha_range.solver.workers.browser"},
}
"""Which modules of the project are imported inside functions, and where: they bring in what a start can do without."""


def late_imports(source: str) -> set[str]:
    """The project's modules that are imported elsewhere than at the top."""
    tree = ast.parse(source)
    return {
        node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom) and "captcha_range" in ast.unparse(node)
    }


def test_modules_of_the_project_are_imported_late_in_these_places_alone() -> None:
    package = SOURCE / "captcha_range"
    found = {file.relative_to(package).as_posix(): late_imports(file.read_text()) for file in package.rglob("*.py")}
    assert {file: modules for file, modules in found.items() if modules} == LATE_IMPORTS


@pytest.mark.parametrize("line", ["import captcha_range.app", "from captcha_range.app import Range"])
def test_an_import_inside_a_function_is_noticed(line: str) -> None:
    assert late_imports(f"async def start():\n    if True:\n        {line}\n") == {"captcha_range.app"}
    assert late_imports(f"{line}\n") == set()


TIME_AND_CHANCE = [
    "import random\n\n\nx = random.random()\n",
    "from random import choice\n\n\nx = choice([1])\n",
    "from datetime import UTC, datetime\n\n\nx = datetime.now(UTC)\n",
    "import datetime\n\n\nx = datetime.datetime.now(datetime.UTC)\n",
    "import time\n\n\nx = time.time()\n",
    "import time\n\n\nx = time.monotonic()\n",
    "from time import perf_counter\n\n\nx = perf_counter()\n",
    "import uuid\n\n\nx = uuid.uuid4()\n",
    "from uuid import uuid1\n\n\nx = uuid1()\n",
    "import secrets\n\n\nx = secrets.token_hex()\n",
    "import numpy as np\n\n\nx = np.random.default_rng()\n",
]


def ruff(file: Path, source: str) -> str:
    """What ruff says of a source, as if it stood in `file`, under the project's settings."""
    command = [str(SCRIPTS / "ruff"), "check", "--output-format", "concise", "--no-cache"]
    command += ["--config", str(PROJECT / "pyproject.toml"), "--stdin-filename", str(file), "-"]
    done = subprocess.run(command, cwd=PROJECT, input=source, capture_output=True, text=True, check=False)
    return done.stdout


@pytest.mark.parametrize("source", TIME_AND_CHANCE, ids=lambda source: source.splitlines()[-1])
@pytest.mark.parametrize("place", ["provider", "solver", "challenges", "core"])
def test_time_and_chance_are_refused_outside_their_three_files(place: str, source: str) -> None:
    assert "TID251" in ruff(SOURCE / "captcha_range" / place / "new_file.py", source)


@pytest.mark.parametrize("place", ["core/clock.py", "core/ids.py", "core/streams.py"])
def test_the_three_files_themselves_may(place: str) -> None:
    assert "TID251" not in ruff(SOURCE / "captcha_range" / place, TIME_AND_CHANCE[0])


def test_what_asks_for_no_time_or_chance_is_not_refused() -> None:
    assert "TID251" not in ruff(
        SOURCE / "captcha_range" / "solver" / "new_file.py", "import datetime\n\nx = datetime.UTC\n"
    )


def test_nobody_excuses_himself_from_the_rule_in_place() -> None:
    excused = [
        file.relative_to(SOURCE).as_posix()
        for file in SOURCE.rglob("*.py")
        for line in file.read_text().splitlines()
        if "noqa" in line and ("TID251" in line or line.rstrip().endswith("noqa"))
    ]
    assert excused == []


def test_the_exceptions_of_the_rule_are_these_and_no_others() -> None:
    ignored = SETTINGS["tool"]["ruff"]["lint"]["per-file-ignores"]
    places = {place for place, rules in ignored.items() if "TID251" in rules}
    assert {place for place in places if place.startswith("src")} == {
        "src/captcha_range/core/clock.py",
        "src/captcha_range/core/ids.py",
        "src/captcha_range/core/streams.py",
    }


def test_types_are_checked_strictly_everywhere(tmp_path: Path) -> None:
    assert SETTINGS["tool"]["mypy"]["strict"] is True
    assert {"src", "tests"} <= set(SETTINGS["tool"]["mypy"]["files"])
    (tmp_path / "untyped.py").write_text("def untyped(a, b):\n    return a + b\n")
    command = [sys.executable, "-m", "mypy", "--config-file", str(PROJECT / "pyproject.toml")]
    command += ["--cache-dir", str(tmp_path / "cache"), str(tmp_path / "untyped.py")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "[no-untyped-def]" in done.stdout
