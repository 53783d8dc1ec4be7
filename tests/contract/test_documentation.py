"""What the tutorial and the how-to guides tell a reader to type is typed here, against a running range."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from captcha_range.http_call import call
from tests.contract.running_range import RunningRange

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall((DOCS / page).read_text()) if kind == language]


def typed(script: str, at: RunningRange) -> str:
    """A shell block as a reader runs it, with this range's addresses instead of the usual ports."""
    command = f"{sys.executable} -m captcha_range"
    script = script.replace("http://127.0.0.1:8480", at.provider_url).replace("http://127.0.0.1:8481", at.solver_url)
    script = script.replace("captcha-range sites add", f"captcha-range sites add --url {at.provider_url}")
    script = script.replace("captcha-range accounts add", f"captcha-range accounts add --url {at.solver_url}")
    script = script.replace(".venv/bin/captcha-range", command)
    data_dir = str(at.launched.data_dir)
    script = script.replace("~/.local/share/captcha-range", data_dir)
    environment = {**os.environ, "CAPTCHA_RANGE_DATA_DIR": data_dir, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(["bash", "-ec", script], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_tutorial_leads_to_a_token_that_is_accepted_once(running_range: RunningRange) -> None:
    shell, answers = blocks("tutorial.md", "sh"), [json.loads(text) for text in blocks("tutorial.md", "json")]
    _serve, register, variables, order, verify = shell
    told = dict(re.findall(r"^(sitekey|secret|client key) +(\S+)", typed(register, running_range), re.MULTILINE))
    for name, value in (("SITEKEY", "sitekey"), ("SECRET", "secret"), ("KEY", "client key")):
        variables = re.sub(rf"\b{name}=…", f"{name}={told[value]}", variables)
    created = json.loads(typed(variables + order, running_range))
    assert created.keys() == answers[0].keys()
    verify = variables + verify.replace('"taskId":"…"', f'"taskId":"{created["taskId"]}"')
    accepted = json.loads(typed(verify, running_range))
    assert accepted.keys() == answers[1].keys()
    assert accepted["success"] is True
    assert json.loads(typed(verify, running_range)) == answers[2]


def test_the_back_end_of_the_how_to_accepts_a_test_token_and_refuses_rubbish(running_range: RunningRange) -> None:
    (source,) = blocks("how-to/point-a-back-end.md", "python")
    namespace: dict[str, Any] = {}
    exec(source, namespace)  # noqa: S102 - the document's own example is what is tested
    url = f"{running_range.provider_url}/siteverify"
    assert namespace["is_human"]("10000000-aaaa-bbbb-cccc-000000000001", "0x" + "0" * 40, url) is True
    assert namespace["is_human"]("rubbish", running_range.secret, url) is False


def test_the_passive_site_of_the_how_to_challenges_nobody(running_range: RunningRange) -> None:
    always, passive = blocks("how-to/add-the-widget.md", "sh")
    for script, key in ((always, "prompt"), (passive, "token")):
        told = dict(re.findall(r"^(sitekey|secret) +(\S+)", typed(script, running_range), re.MULTILINE))
        url = f"{running_range.provider_url}/getcaptcha/{told['sitekey']}"
        assert key in call("POST", url, json={"origin": "http://127.0.0.1:5000"}).json()


def test_the_readme_verifies_a_test_token_with_curl(running_range: RunningRange) -> None:
    readme = (DOCS.parent / "README.md").read_text()
    (block,) = [text for kind, text in BLOCK.findall(readme) if kind == "sh" and "curl" in text]
    curl = block[block.index("curl") :]
    assert json.loads(typed(curl, running_range))["hostname"] == "dummy-key-pass"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"response": "rubbish"}, "invalid-input-response"),
        ({"response": ""}, "missing-input-response"),
        ({"response": "10000000-aaaa-bbbb-cccc-000000000001"}, "not-using-dummy-secret"),
    ],
)
def test_the_refusals_of_the_how_to_are_as_its_table_says(
    running_range: RunningRange, form: dict[str, str], code: str
) -> None:
    assert code in (DOCS / "how-to/see-refusals.md").read_text()
    answer = call("POST", f"{running_range.provider_url}/siteverify", form={"secret": running_range.secret, **form})
    assert answer.json()["error-codes"] == [code]
