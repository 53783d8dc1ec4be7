"""What is committed of the widget and the dashboard is what its sources compile to, byte for byte."""

import shutil
import subprocess
from pathlib import Path

import pytest

from captcha_range.provider import web
from tests.contract.client_environment import PROJECT, client_node_modules, node_interpreter

pytestmark = pytest.mark.cold
SOURCES = PROJECT / "web"
COMMITTED = Path(web.__file__).parent


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The sources in a folder of their own, with the locked compilers beside them."""
    folder = tmp_path / "web"
    shutil.copytree(SOURCES, folder, ignore=shutil.ignore_patterns("node_modules"))
    (folder / "node_modules").symlink_to(client_node_modules(SOURCES, optional=True))
    return folder


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(node_interpreter()), *command], cwd=project, capture_output=True, text=True, check=False)


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_sources_compile_to_what_is_committed(project: Path, tmp_path: Path) -> None:
    built = run(project, "build.mjs", str(tmp_path / "built"))
    assert built.returncode == 0, built.stderr
    names = files_below(tmp_path / "built")
    assert "dashboard/dashboard.js" in names
    assert names == [name for name in files_below(COMMITTED) if not name.endswith((".py", ".pyc"))]
    for name in names:
        assert (tmp_path / "built" / name).read_bytes() == (COMMITTED / name).read_bytes(), f"{name}: run `make web`"


def test_the_types_of_the_sources_hold_and_a_mistake_in_them_is_found(project: Path) -> None:
    check = ["node_modules/typescript/bin/tsc", "-p", "."]
    assert run(project, *check).stdout == ""
    (project / "src" / "wrong.ts").write_text("export const count: number = 'three';\n")
    assert "not assignable" in run(project, *check).stdout
