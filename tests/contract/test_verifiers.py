"""Server packages with a setting for the verify URL, unmodified: tests/contract/clients."""

import json
import subprocess

import pytest

from captcha_range.client import Client
from tests.contract.client_environment import CLIENTS, client_interpreter
from tests.contract.running_range import RunningRange

pytestmark = pytest.mark.cold
VERIFIERS = {"Flask-xCaptcha": "flask_xcaptcha_client.py", "aiohcaptcha": "aiohcaptcha_client.py"}


@pytest.fixture
def token(running_range: RunningRange) -> str:
    client = Client(running_range.solver_url, running_range.client_key)
    token = client.solve(running_range.sitekey, running_range.page_url, within=30).token
    assert token is not None
    return token


@pytest.mark.parametrize("script", VERIFIERS.values(), ids=VERIFIERS)
def test_a_verifier_passes_a_token_once_and_neither_rubbish_nor_nothing(
    running_range: RunningRange, token: str, script: str
) -> None:
    verify_url = f"{running_range.provider_url.rstrip('/')}/siteverify"
    asked = [verify_url, running_range.secret, token, token, "rubbish", ""]
    # Nothing is inherited: a proxy of the person who runs the tests would leak in.
    command = [str(client_interpreter()), "-I", str(CLIENTS / script), *asked]
    done = subprocess.run(command, env={}, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [True, False, False, False]
