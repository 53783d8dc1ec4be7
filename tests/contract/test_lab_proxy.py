"""A task that brings a lab proxy is seen coming from the proxy's region."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from captcha_range.http_call import call
from tests.contract.running_range import RunningRange

pytestmark = pytest.mark.cold

ORIGIN = "http://regions.localhost:8000"
LOGIN = "me:secret"
COMMAND = [sys.executable, "-m", "captcha_range", "lab-proxy"]


@pytest.fixture
def proxy_in_gb() -> Iterator[str]:
    """Where a lab proxy of region gb listens."""
    command = [*COMMAND, "--region", "gb", "--login", LOGIN, "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        yield f"{told['address']}:{told['port']}"
        process.terminate()


@pytest.fixture(scope="module")
def site(running_range: RunningRange) -> dict[str, Any]:
    return running_range.launched.provider.add_site([ORIGIN], enterprise=True, level=1)


def preflight_of_gb(running_range: RunningRange, sitekey: str) -> str:
    """A preflight of region gb; the provider draws the region of each."""
    url = f"{running_range.solver_url}/api/wanda/hcaptcha/preflight"
    for _ in range(200):
        agreed = call("POST", url, json={"sitekey": sitekey}).json()["data"]["data"]
        if agreed["region"] == "gb":
            return str(agreed["preflight_uuid"])
    raise AssertionError("200 preflights, and none of region gb")


def solve(running_range: RunningRange, site: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The universal call's answer for a task that names a preflight of region gb."""
    sitekey = site["site"]["sitekey"]
    preflight = preflight_of_gb(running_range, sitekey)
    body = {"sitekey": sitekey, "referer": f"{ORIGIN}/register", "preflight_uuid": preflight, **fields}
    headers = {"User-Token": running_range.client_key}
    url = f"{running_range.solver_url}/api/wanda/hcaptcha/universal"
    answer: dict[str, Any] = call("POST", url, json=body, headers=headers).json()
    return answer


def reasons(running_range: RunningRange, site: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    assert answer["data"] is not None, answer
    form = {"secret": site["secret"], "response": answer["data"]["generated_pass_UUID"]}
    verdict = call("POST", f"{running_range.provider_url}/siteverify", form=form).json()
    assert verdict["success"] is True
    return list(verdict["score_reason"])


@pytest.mark.parametrize("scheme", ["", "socks5://"])
def test_a_task_through_the_regions_proxy_keeps_its_preflight(
    running_range: RunningRange, site: dict[str, Any], proxy_in_gb: str, scheme: str
) -> None:
    answer = solve(running_range, site, proxy=f"{scheme}{LOGIN}@{proxy_in_gb}")
    assert "preflight-not-kept" not in reasons(running_range, site, answer)


def test_the_same_task_without_the_proxy_breaks_its_preflight(
    running_range: RunningRange, site: dict[str, Any]
) -> None:
    answer = solve(running_range, site)
    assert "preflight-not-kept" in reasons(running_range, site, answer)


@pytest.mark.parametrize("scheme", ["", "socks5://"])
def test_a_task_with_a_wrong_login_of_the_proxy_is_told_so(
    running_range: RunningRange, site: dict[str, Any], proxy_in_gb: str, scheme: str
) -> None:
    answer = solve(running_range, site, proxy=f"{scheme}me:wrong@{proxy_in_gb}")
    assert answer["data"] is None
    assert "代理账号或密码错误" in answer["msg"]


@pytest.mark.parametrize("kind", ["http", "socks5"])
def test_create_task_numbers_a_wrong_login_as_49(
    running_range: RunningRange, site: dict[str, Any], proxy_in_gb: str, kind: str
) -> None:
    address, _, port = proxy_in_gb.rpartition(":")
    proxy = {"proxyType": kind, "proxyAddress": address, "proxyPort": port, "proxyLogin": "me", "proxyPassword": "no"}
    task = {"type": "HCaptchaTask", "websiteURL": ORIGIN, "websiteKey": site["site"]["sitekey"], **proxy}
    key = {"clientKey": running_range.client_key}
    created = call("POST", f"{running_range.solver_url}/createTask", json={**key, "task": task}).json()
    wanted = {**key, "taskId": created["taskId"]}
    result = call("POST", f"{running_range.solver_url}/getTaskResult", json=wanted).json()
    assert (result["errorId"], result["errorCode"]) == (49, "ERROR_PROXY_NOT_AUTHORISED")
    assert result["status"] == "failed"


def test_an_unknown_region_is_refused_with_the_regions_that_there_are() -> None:
    done = subprocess.run([*COMMAND, "--region", "mars"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "region 'mars': the regions are us, gb, hk, ca, sg" in done.stderr
