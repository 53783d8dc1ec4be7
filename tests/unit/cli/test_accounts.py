"""Accounts, keys and credits from the command line, against a running range."""

import re
import subprocess
import sys
from pathlib import Path

from captcha_range.http_call import call
from captcha_range.launch import LaunchedRange


def accounts(the_range: LaunchedRange, *arguments: str) -> str:
    options = ["--url", the_range.solver_url, "--data-dir", str(the_range.data_dir)]
    command = [sys.executable, "-m", "captcha_range", "accounts", arguments[0], *options, *arguments[1:]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def status(the_range: LaunchedRange, key: str, path: str) -> int:
    return call("GET", f"{the_range.solver_url}{path}", headers={"Authorization": f"Bearer {key}"}).status


def told(name: str, text: str) -> str:
    found = re.search(rf"^{name} +(\S+)", text, re.MULTILINE)
    assert found is not None, text
    return found[1]


def test_keys_credits_and_secrets_are_managed_from_the_command_line(tmp_path: Path) -> None:
    with LaunchedRange(tmp_path / "data") as the_range:
        opened = accounts(the_range, "add", "--balance", "5")
        account = told("account", opened)
        assert told("webhooks", opened).startswith("whsec_")
        added = accounts(the_range, "add-key", "--scope", "read", account)
        key = told("client key", added)
        assert status(the_range, key, "/v1/account") == 200
        assert status(the_range, key, "/v1/tasks/00000000-0000-4000-8000-000000000000/evidence") == 403
        assert accounts(the_range, "revoke-key", account, told("key id", added)) == "revoked\n"
        assert status(the_range, key, "/v1/account") == 401
        assert accounts(the_range, "top-up", account, "7") == "balance  12\n"
        assert told("webhooks", accounts(the_range, "renew-webhook-secret", account)) != told("webhooks", opened)
