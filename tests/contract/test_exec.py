"""`captcha-range exec`: unmodified clients whose addresses are constants are answered by the range, and nothing leaves.

Every run here is sealed: what missed the range would be refused, not forwarded.
"""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from captcha_range.client import Client
from captcha_range.redirect.environment import system_bundle
from tests.contract.client_environment import CLIENTS, client_interpreter, client_node_modules, node_interpreter
from tests.contract.running_range import RunningRange

MODULE = [sys.executable, "-m", "captcha_range"]
DUMMY_SECRET = "0x" + "0" * 40
DUMMY_TOKEN = "10000000-aaaa-bbbb-cccc-000000000001"
CURL = "curl -sS -d secret=$CAPTCHA_RANGE_SECRET -d response=rubbish"
Done = subprocess.CompletedProcess[str]
Execute = Callable[..., Done]


@pytest.fixture
def command(running_range: RunningRange) -> list[str]:
    """The start of a command line that uses the running range."""
    data_dir = str(running_range.launched.data_dir)
    return [*MODULE, "exec", "--range", running_range.provider_url, "--data-dir", data_dir, "--sealed"]


@pytest.fixture
def execute(command: list[str]) -> Execute:
    """Run something to its end."""

    def run(*what: str, **environment: str) -> Done:
        given = {**os.environ, **environment}
        return subprocess.run(
            [*command, "--", *what], capture_output=True, text=True, env=given, check=False, timeout=60
        )

    return run


def own_python(script: str) -> list[str]:
    return [sys.executable, str(CLIENTS / script)]


def library_python(script: str) -> list[str]:
    return [str(client_interpreter()), str(CLIENTS / script)]


def node(script: str) -> list[str]:
    return [str(node_interpreter()), str(CLIENTS / script)]


CLIENT_PROGRAMS = {
    "urllib": lambda: own_python("urllib_client.py"),
    "aiohttp": lambda: own_python("aiohttp_client.py"),
    "fetch of Node.js": lambda: node("fetch_client.mjs"),
    "Flask-hCaptcha of PyPI, by requests": lambda: library_python("flask_hcaptcha_client.py"),
    "hcaptcha of npm, by https": lambda: node("hcaptcha_client.cjs"),
    "express-hcaptcha of npm, by https": lambda: node("express_hcaptcha_client.cjs"),
    "captcha-verifier of npm, in chunks": lambda: node("captcha_verifier_client.cjs"),
    "the hCaptcha plugin for Cloudflare Pages, in parts": lambda: node("cloudflare_pages_client.mjs"),
    "axios of npm": lambda: node("axios_client.cjs"),
    "a program of Node.js that looks names up by itself": lambda: node("own_lookup_client.cjs"),
}


@pytest.mark.cold
@pytest.mark.parametrize("program", CLIENT_PROGRAMS.values(), ids=CLIENT_PROGRAMS)
def test_a_client_with_a_constant_address_is_answered_by_the_range(
    execute: Execute, program: Callable[[], list[str]]
) -> None:
    modules = {"NODE_PATH": str(client_node_modules())}
    done = execute(*program(), DUMMY_SECRET, DUMMY_TOKEN, "rubbish", **modules)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [True, False]
    assert "1 × siteverify accepted for dummy-key-pass" in done.stderr
    assert "1 × siteverify refused with not-using-dummy-passcode" in done.stderr
    assert "nothing else tried to leave" in done.stderr


def has_php_with_curl() -> bool:
    php = shutil.which("php")
    return (
        php is not None and "\ncurl\n" in subprocess.run([php, "-m"], capture_output=True, text=True, check=True).stdout
    )


@pytest.mark.skipif(not has_php_with_curl(), reason="needs PHP with its extension curl")
def test_curl_of_php_is_answered_by_the_range(execute: Execute) -> None:
    done = execute("php", str(CLIENTS / "curl_client.php"), DUMMY_SECRET, DUMMY_TOKEN, "rubbish")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [True, False]
    assert "nothing else tried to leave" in done.stderr


def test_a_token_of_the_range_is_accepted_once_and_the_report_says_why_not_twice(
    running_range: RunningRange, execute: Execute
) -> None:
    client = Client(running_range.solver_url, running_range.client_key)
    token = client.solve(running_range.sitekey, running_range.page_url, within=30).token
    assert token is not None
    done = execute(*own_python("urllib_client.py"), running_range.secret, token, token)
    assert json.loads(done.stdout) == [True, False]
    assert "1 × siteverify accepted for shop.localhost" in done.stderr
    assert "1 × siteverify refused with already-seen-response: verified before" in done.stderr
    assert token not in done.stderr


def test_curl_is_answered_under_every_name_of_the_api_with_tls_and_without(execute: Execute) -> None:
    urls = ("https://api.hcaptcha.com", "https://hcaptcha.com", "http://hcaptcha.com")
    done = execute("sh", "-c", "; ".join(f"{CURL} {url}/siteverify" for url in urls))
    assert done.stdout.count('"error-codes":["invalid-input-response"]') == 3, done.stderr
    assert "3 × siteverify refused with invalid-input-response: this provider did not issue the token" in done.stderr


def test_a_client_that_trusts_only_the_system_refuses_the_runs_certificate(execute: Execute, tmp_path: Path) -> None:
    bundle = tmp_path / "system.pem"
    bundle.write_text(system_bundle())
    done = execute("sh", "-c", f"{CURL} --cacert {bundle} https://api.hcaptcha.com/siteverify")
    assert done.returncode == 60, done.stderr


TLS_SCENARIOS = {
    "tls-expired": (60, "certificate has expired"),
    "tls-wrong-name": (60, "no alternative certificate subject name matches"),
    "tls-broken": (35, "SSL_connect"),
}


@pytest.mark.parametrize("scenario", TLS_SCENARIOS)
def test_a_staged_tls_failure_ends_the_handshake_once_and_the_report_counts_it(
    running_range: RunningRange, execute: Execute, scenario: str
) -> None:
    code, said = TLS_SCENARIOS[scenario]
    running_range.launched.provider.stage(scenario, requests=1)
    urls = ("https://js.hcaptcha.com/1/api.js -o /dev/null", *2 * ["https://api.hcaptcha.com/siteverify"])
    done = execute("sh", "-c", "; ".join(f"{CURL} {url}; echo code $?" for url in urls).replace(CURL, "curl -sS -G", 1))
    codes = [line for line in done.stdout.splitlines() if "code " in line]
    # The script's host is not siteverify's, and the second verification is answered again.
    assert [int(line.rpartition("code ")[2]) for line in codes] == [0, code, 0], done.stderr
    assert said in done.stderr
    assert f"  1 × {scenario}" in done.stderr
    assert "1 × siteverify refused with invalid-input-response" in done.stderr
    assert running_range.launched.provider.journal(scenario=scenario, event="ScenarioPlayed")


def test_the_script_arrives_and_an_unknown_host_of_the_zone_is_refused(execute: Execute) -> None:
    done = execute("sh", "-c", "curl -sS https://js.hcaptcha.com/1/api.js; curl -sS https://accounts.hcaptcha.com/me")
    assert "g-recaptcha" in done.stdout
    assert "not_answered" in done.stdout
    assert "script 1" in done.stderr
    assert "1 × GET accounts.hcaptcha.com/me" in done.stderr


PROGRAMS_THAT_LEAVE = {
    "curl": "curl -sS https://elsewhere.test/",
    "node": "node -e \"fetch('https://elsewhere.test/').catch(() => process.exit(9))\"",
    "python": "python3 -c \"import urllib.request; urllib.request.urlopen('https://elsewhere.test/')\"",
}


@pytest.mark.parametrize("program", PROGRAMS_THAT_LEAVE.values(), ids=PROGRAMS_THAT_LEAVE)
def test_a_sealed_run_refuses_another_host_and_reports_it(execute: Execute, program: str) -> None:
    done = execute("sh", "-c", program)
    assert done.returncode != 0
    assert "refused, because the run is sealed:" in done.stderr
    assert "1 × elsewhere.test" in done.stderr


@pytest.mark.parametrize(
    "target", ["25, 'elsewhere.test'", "{port: 25, host: 'elsewhere.test'}", "8443, 'hcaptcha.com'"]
)
def test_a_connection_of_node_for_which_there_is_no_way_fails_and_says_so(execute: Execute, target: str) -> None:
    done = execute("node", "-e", f"require('net').connect({target})")
    assert done.returncode == 1
    assert "captcha-range exec: no connection to" in done.stderr


def test_the_exit_code_is_the_commands(execute: Execute) -> None:
    assert execute("true").returncode == 0
    assert execute("sh", "-c", "exit 7").returncode == 7
    assert execute("sh", "-c", "kill -KILL $$").returncode == 128 + signal.SIGKILL


def test_options_after_the_command_are_the_commands(execute: Execute) -> None:
    assert execute("echo", "--sealed", "--help").stdout == "--sealed --help\n"


@pytest.mark.parametrize("command_name", ["no-such-command", "/", "/etc/passwd"])
def test_a_command_that_cannot_be_started_ends_with_127_and_says_why(execute: Execute, command_name: str) -> None:
    done = execute(command_name)
    assert done.returncode == 127
    assert f"captcha-range: {command_name}: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_a_signal_goes_to_the_command_which_may_answer_it(command: list[str], number: signal.Signals) -> None:
    script = f"trap 'exit 42' {number.name[3:]}; echo ready; for turn in $(seq 600); do sleep 0.05; done"
    with subprocess.Popen(
        [*command, "--", "sh", "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # without a terminal
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdin is not None
        # A shell takes the signal when its read returns.
        process.stdin.close()
        assert process.wait(timeout=30) == 42


COUNTING = """
import os, signal, threading
os.setsid()
counted, told = [], threading.Event()
signal.signal(signal.SIGINT, lambda *_: counted.append(1))
signal.signal(signal.SIGUSR1, lambda *_: told.set())
print("ready", flush=True)
while not told.is_set():
    told.wait(0.1)
print("interrupts", len(counted), flush=True)
"""


def test_ctrl_c_at_a_terminal_is_not_handed_on_because_the_command_has_its_own() -> None:
    # This command has left the terminal: an interrupt that it gets can only have been handed on.
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [*MODULE, "exec", "--", sys.executable, "-c", COUNTING])  # noqa: S606
    seen = read_until(b"ready", terminal)
    os.write(terminal, b"\x03")
    seen += read_until(b"^C", terminal)
    # It comes after the interrupt, here and, if that were handed on too, there.
    os.kill(child, signal.SIGUSR1)
    seen += read_until(b"siteverify 0", terminal)
    assert b"interrupts 0" in seen, seen
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def read_until(awaited: bytes, terminal: int) -> bytes:
    seen = b""
    while awaited not in seen:
        seen += os.read(terminal, 65_536)
    return seen


def test_a_terminals_ctrl_c_does_not_reach_a_launched_range(running_range: RunningRange) -> None:
    assert os.getpgid(running_range.launched.pid) != os.getpgrp()


def test_no_key_lies_in_a_file_during_the_run_and_nothing_lies_there_afterwards(execute: Execute) -> None:
    done = execute("sh", "-c", 'cd "$(dirname "$CAPTCHA_RANGE_CA_FILE")"; pwd; ls; cat *')
    folder, *rest = done.stdout.splitlines()
    assert "authority.pem" in rest
    assert "-----BEGIN CERTIFICATE-----" in rest
    assert "PRIVATE KEY" not in done.stdout
    assert not Path(folder).exists()


def test_without_a_range_one_is_started_with_a_site_and_stopped_afterwards() -> None:
    script = f"{CURL} $CAPTCHA_RANGE_URL/siteverify; captcha_range sites list 2>&1 | tail -1; echo $CAPTCHA_RANGE_URL"
    script = script.replace("captcha_range ", f"{sys.executable} -m captcha_range ")
    done = subprocess.run(
        [*MODULE, "exec", "--seed", "x", "sh", "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    url = done.stdout.splitlines()[-1]
    assert "invalid-input-response" in done.stdout
    # The command's own variables are no unknown settings to a range's commands.
    assert "there is no setting" not in done.stdout
    assert subprocess.run(["curl", "-s", f"{url}/health"], check=False).returncode == 7


def test_the_site_of_a_run_is_registered_for_it_and_removed_afterwards(
    running_range: RunningRange, execute: Execute
) -> None:
    before = running_range.launched.provider.sites()
    sitekey = execute("sh", "-c", "echo $CAPTCHA_RANGE_SITEKEY").stdout.strip()
    assert len(sitekey) == 36
    assert running_range.launched.provider.sites() == before


@pytest.mark.parametrize(
    "url",
    ["http://192.0.2.1:8480", "https://127.0.0.1:8480", "http://hcaptcha.com", "http://localhost:8480", "http://[::"],
)
def test_a_range_outside_the_fence_is_refused_before_anything_starts(url: str) -> None:
    done = subprocess.run([*MODULE, "exec", "--range", url, "true"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "--range names a running range by its address" in done.stderr


def test_without_the_extra_the_command_says_what_to_install() -> None:
    blocked = "import sys; sys.modules['cryptography'] = None; from captcha_range.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", blocked, "exec", "true"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'captcha-range[exec]'" in done.stderr
