"""The command's errors name what is wrong and how to mend it, and its exit codes can be relied on."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from captcha_range.cli.main import COMMANDS, cli
from captcha_range.http_call import call
from captcha_range.launch import LaunchedRange, LaunchFailed
from captcha_range.provider.magic_keys import MAGIC_SECRET
from captcha_range.provider.scenarios import SCENARIOS


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "captcha_range", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **environment}
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["serve", "--provider-port", "99999"], ["provider_port", "65535"]),
        (["serve", "--lab-net", "8.8.8.0/24"], ["lab_nets", "8.8.8.0/24", "10.0.0.0/8"]),
        (["serve", "--host", "8.8.8.8"], ["host", "127.0.0.1"]),
        (["serve", "--recogniser", "oracle"], ["oracle", "classical"]),
        (["serve", "--worker", "telepathy"], ["worker", "protocol", "browser"]),
        (["sites", "list"], ["serve", "--data-dir"]),
    ],
)
def test_a_refused_command_says_what_to_mend_and_ends_with_1(
    tmp_path: Path, arguments: list[str], words: list[str]
) -> None:
    done = run(*arguments, "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 1
    assert all(word in done.stderr for word in words)
    assert "Traceback" not in done.stderr


def test_an_unknown_environment_setting_is_refused_by_name() -> None:
    done = run("doctor", CAPTCHA_RANGE_COLOUR="blue")
    assert done.returncode == 1
    assert "CAPTCHA_RANGE_COLOUR" in done.stderr


def test_wrong_usage_ends_with_2() -> None:
    assert run("sites", "add").returncode == 2


def test_the_doctor_finds_a_healthy_machine_healthy(tmp_path: Path) -> None:
    done = run("doctor", "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 0, done.stdout
    assert "FAIL" not in done.stdout


def test_the_doctor_ends_with_1_when_the_data_directory_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    done = run("doctor", "--data-dir", str(tmp_path / "file" / "data"))
    assert done.returncode == 1
    assert "FAIL  data directory" in done.stdout


def test_scenarios_are_listed_without_a_range() -> None:
    done = run("scenarios", "list", COLUMNS="200")
    assert done.returncode == 0
    assert all(scenario.name in done.stdout for scenario in SCENARIOS)
    assert MAGIC_SECRET in done.stdout


def test_keys_are_announced_at_the_first_start_only(tmp_path: Path) -> None:
    with LaunchedRange(tmp_path / "data") as first:
        assert first.announcement["provider_admin_key"] is not None
    with LaunchedRange(tmp_path / "data") as second:
        assert second.announcement["provider_admin_key"] is None
        assert second.provider.sites() == []


def test_two_ranges_cannot_share_a_data_directory(tmp_path: Path) -> None:
    with LaunchedRange(tmp_path / "data"), pytest.raises(LaunchFailed, match="another range uses"):
        LaunchedRange(tmp_path / "data").start()


def test_sites_and_accounts_are_managed_from_the_command_line(tmp_path: Path) -> None:
    data_dir = str(tmp_path / "data")
    with LaunchedRange(tmp_path / "data") as the_range:
        provider, solver = ["--url", the_range.provider_url], ["--url", the_range.solver_url]
        added = run("sites", "add", "--origin", "http://127.0.0.1:5000", "--data-dir", data_dir, *provider)
        sitekey = added.stdout.split()[1]
        assert sitekey in run("sites", "list", "--json", "--data-dir", data_dir, *provider).stdout
        composed = ["sites", "add", "--origin", "http://127.0.0.1:5000", "--data-dir", data_dir, *provider, "--rounds"]
        assert run(*composed, "2").returncode == 0
        assert [site["rounds"] for site in the_range.provider.sites()] == [1, 2]
        too_many = run(*composed, "4")
        assert (too_many.returncode, "--rounds" in too_many.stderr) == (2, True)
        refused = run("sites", "add", "--origin", "http://8.8.8.8", "--data-dir", data_dir, *provider)
        assert refused.returncode == 1
        assert "origins" in refused.stderr
        rotated = run("sites", "rotate-secret", sitekey, "--data-dir", data_dir, *provider)
        assert rotated.stdout.split()[1].startswith("0x")
        assert run("sites", "retire-secret", sitekey, "--data-dir", data_dir, *provider).returncode == 0
        call("POST", f"{the_range.provider_url}/siteverify", form={"secret": "x", "response": "y"})
        for command, *more in (["show"], ["tail", "--after", "0", "--count", "1"], ["export"]):
            told = run("journal", command, "--call", "siteverify", *more, "--data-dir", data_dir, *provider)
            assert told.stdout.count("\n") == 1, told.stderr
            assert "did not issue the token" in told.stdout
        assert (
            run("scenarios", "stage", "expired", "--requests", "2", "--data-dir", data_dir, *provider).returncode == 0
        )
        assert "expired  every site  2 more" in run("scenarios", "staged", "--data-dir", data_dir, *provider).stdout
        assert run("scenarios", "clear", "--data-dir", data_dir, *provider).returncode == 0
        assert run("scenarios", "staged", "--data-dir", data_dir, *provider).stdout == ""
        unknown = run("scenarios", "stage", "earthquake", "--data-dir", data_dir, *provider)
        assert (unknown.returncode, "scenario" in unknown.stderr) == (1, True)
        opened = run("accounts", "add", "--name", "me", "--data-dir", data_dir, *solver)
        assert "cr_client_" in opened.stdout
        assert run("sites", "remove", sitekey, "--data-dir", data_dir, *provider).returncode == 0
        assert run("sites", "remove", sitekey, "--data-dir", data_dir, *provider).returncode == 1
        listed = run("accounts", "list", "--json", "--data-dir", data_dir, *solver)
        assert '"name": "me"' in listed.stdout
        assert "cr_client_" not in listed.stdout


def test_help_names_every_command_and_each_has_help_of_its_own() -> None:
    group = run("--help").stdout
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        assert command.name == name
        assert f"\n  {name}" in group
        assert command.help is not None
        assert command.help[:12] in group


def test_an_unknown_command_is_wrong_usage() -> None:
    done = run("sevre")
    assert done.returncode == 2
    assert "No such command 'sevre'" in done.stderr
    assert "serve" in run("--help").stdout
