"""The environment of the npm client libraries says what it needs, and its lock file binds nobody to a registry."""

import json
from pathlib import Path

import pytest

from tests.contract.client_environment import CLIENTS, PROJECT, client_node_modules

MANIFESTS = [CLIENTS, PROJECT / "web", PROJECT / "tests" / "browser" / "pages"]


def test_without_node_the_environment_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"need `node`: install Node\.js 20 or newer, with npm"):
        client_node_modules(cache=tmp_path)


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest.name)
def test_the_lock_file_pins_every_package_by_its_hash_and_names_no_registry(manifest: Path) -> None:
    # Written by: npm install --package-lock-only --omit-lockfile-registry-resolved
    packages = json.loads((manifest / "package-lock.json").read_bytes())["packages"]
    named = {name: entry for name, entry in packages.items() if name}
    assert named
    for name, entry in named.items():
        assert entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry, name
