"""Client libraries from PyPI and npm, unmodified, get their tokens from the range: tests/contract/client_libraries."""

from functools import cache
from typing import Any, NamedTuple

import aiohttp
import pytest

from tests.contract.client_environment import client_interpreter, client_node_modules
from tests.contract.client_libraries import (
    Installed,
    Library,
    Outcome,
    Request,
    anticaptcha,
    anticaptchaofficial,
    capmonstercloud,
    capmonstercloudclient,
    capsolver,
    capsolver_core,
    node_capmonster,
    pynocaptcha,
    python3_capsolver,
    python_anticaptcha,
    unicaptcha_as_anticaptcha,
    unicaptcha_as_capsolver,
)
from tests.contract.running_range import RunningRange

pytestmark = pytest.mark.cold


class Refusal(NamedTuple):
    replaced: dict[str, str]
    error_id: int
    error_code: str


PAGE_OUTSIDE = Refusal({"page_url": "http://not-registered.example/"}, 32, "ERROR_RECAPTCHA_INVALID_DOMAIN")
UNKNOWN_SITEKEY = Refusal({"sitekey": "00000000-0000-4000-8000-000000000000"}, 31, "ERROR_RECAPTCHA_INVALID_SITEKEY")
UNKNOWN_KEY = Refusal({"client_key": "no-such-key"}, 1, "ERROR_KEY_DOES_NOT_EXIST")
REFUSALS = [
    pytest.param(PAGE_OUTSIDE, id="page-outside-the-range"),
    pytest.param(UNKNOWN_SITEKEY, id="unknown-sitekey"),
    pytest.param(UNKNOWN_KEY, id="unknown-client-key"),
]
LIBRARIES = [
    pynocaptcha,
    python_anticaptcha,
    capsolver,
    capmonstercloudclient,
    python3_capsolver,
    capmonstercloud,
    anticaptcha,
    node_capmonster,
    capsolver_core,
    unicaptcha_as_capsolver,
]
THAT_NEED_INTEGER_IDS = [anticaptchaofficial, unicaptcha_as_anticaptcha]


@pytest.fixture(scope="session")
def installed() -> Installed:
    return Installed(python=cache(client_interpreter), node_modules=cache(client_node_modules))


@pytest.fixture
def request_for_a_token(running_range: RunningRange) -> Request:
    return Request(running_range.solver_url, running_range.client_key, running_range.sitekey, running_range.page_url)


@pytest.fixture
def request_with_integer_ids(running_range: RunningRange, request_for_a_token: Request) -> Request:
    account = running_range.launched.solver.open_account(name="integer ids", task_ids="integer")
    return request_for_a_token._replace(client_key=account["client_key"])


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.__name__)
async def test_a_library_obtains_a_token_that_siteverify_accepts_once(
    library: Library, installed: Installed, running_range: RunningRange, request_for_a_token: Request
) -> None:
    outcome = await library(installed, request_for_a_token)
    await assert_siteverify_accepts_once(running_range, outcome)


@pytest.mark.parametrize("library", THAT_NEED_INTEGER_IDS, ids=lambda library: library.__name__)
async def test_a_library_that_takes_no_uuid_obtains_its_token_with_integer_ids(
    library: Library, installed: Installed, running_range: RunningRange, request_with_integer_ids: Request
) -> None:
    outcome = await library(installed, request_with_integer_ids)
    await assert_siteverify_accepts_once(running_range, outcome)


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_pynocaptcha_returns_nothing_and_logs_the_reason_of_a_refusal(
    installed: Installed, request_for_a_token: Request, refusal: Refusal
) -> None:
    outcome = await pynocaptcha(installed, request_for_a_token._replace(**refusal.replaced))
    assert outcome.report == {"refusal": {"exception": None}}
    assert "验证失败" in outcome.log


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_python_anticaptcha_raises_its_exception_with_the_code_of_a_refusal(
    installed: Installed, request_for_a_token: Request, refusal: Refusal
) -> None:
    outcome = await python_anticaptcha(installed, request_for_a_token._replace(**refusal.replaced))
    assert_refused_with(outcome, "AnticaptchaException", refusal)


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_capsolver_raises_its_exception_with_the_code_of_a_refusal(
    installed: Installed, request_for_a_token: Request, refusal: Refusal
) -> None:
    outcome = await capsolver(installed, request_for_a_token._replace(**refusal.replaced))
    # It chooses the class by the HTTP status, and a refusal is an HTTP 200.
    assert_refused_with(outcome, "UnknownError", refusal)


async def test_capsolver_core_raises_its_exception_with_the_code_of_a_refusal(
    installed: Installed, request_for_a_token: Request
) -> None:
    outcome = await capsolver_core(installed, request_for_a_token._replace(**PAGE_OUTSIDE.replaced))
    assert_refused_with(outcome, "CapsolverError", PAGE_OUTSIDE)


@pytest.mark.parametrize(
    ("refusal", "exception"), [(PAGE_OUTSIDE, "ProviderError"), (UNKNOWN_KEY, "AuthenticationError")]
)
async def test_unicaptcha_raises_the_exception_of_the_kind_of_a_refusal(
    installed: Installed, request_for_a_token: Request, refusal: Refusal, exception: str
) -> None:
    outcome = await unicaptcha_as_capsolver(installed, request_for_a_token._replace(**refusal.replaced))
    assert_refused_with(outcome, exception, refusal)


async def test_python3_capsolver_hands_out_the_whole_answer_of_a_refusal(
    installed: Installed, request_for_a_token: Request
) -> None:
    outcome = await python3_capsolver(installed, request_for_a_token._replace(**PAGE_OUTSIDE.replaced))
    assert_refused_with(outcome, None, PAGE_OUTSIDE)


async def test_node_capmonster_throws_its_error_with_the_whole_answer_of_a_refusal(
    installed: Installed, request_for_a_token: Request
) -> None:
    outcome = await node_capmonster(installed, request_for_a_token._replace(**PAGE_OUTSIDE.replaced))
    assert_refused_with(outcome, "CapmonsterError", PAGE_OUTSIDE)


async def test_anticaptcha_throws_its_error_with_code_and_description_of_a_refusal(
    installed: Installed, request_for_a_token: Request
) -> None:
    outcome = await anticaptcha(installed, request_for_a_token._replace(**PAGE_OUTSIDE.replaced))
    told = refusal_of(outcome)
    assert told["exception"] == "AntiCaptchaError"
    assert told["error_code"] == PAGE_OUTSIDE.error_code
    assert told["message"]


async def test_anticaptchaofficial_throws_the_bare_code_of_a_refusal(
    installed: Installed, request_for_a_token: Request
) -> None:
    outcome = await anticaptchaofficial(installed, request_for_a_token._replace(**PAGE_OUTSIDE.replaced))
    assert refusal_of(outcome) == {"exception": None, "error_code": PAGE_OUTSIDE.error_code}


async def test_capmonstercloudclient_writes_the_code_of_a_refusal_into_its_exception(
    installed: Installed, request_for_a_token: Request
) -> None:
    outcome = await capmonstercloudclient(installed, request_for_a_token._replace(**PAGE_OUTSIDE.replaced))
    told = refusal_of(outcome)
    assert told["exception"] == "GetTaskError"
    assert told["message"].startswith(f"[{PAGE_OUTSIDE.error_code}] ")


async def test_capmonstercloud_returns_an_error_of_its_own_list_for_a_refusal(
    installed: Installed, request_for_a_token: Request
) -> None:
    outcome = await capmonstercloud(installed, request_for_a_token._replace(**PAGE_OUTSIDE.replaced))
    # Its list does not have the code of a page outside; the next test shows one that it has.
    assert refusal_of(outcome)["error_code"] == "Unknown"


async def test_capmonstercloud_knows_the_code_of_an_unknown_client_key(
    installed: Installed, request_for_a_token: Request
) -> None:
    outcome = await capmonstercloud(installed, request_for_a_token._replace(client_key="no-such-key"))
    assert refusal_of(outcome)["error_code"] == "KEY_DOES_NOT_EXIST"


async def assert_siteverify_accepts_once(running_range: RunningRange, outcome: Outcome) -> None:
    assert "token" in outcome.report, f"{outcome.report}\n{outcome.log}"
    assert outcome.report["token"].startswith(("P1_", "F1_"))
    assert outcome.report["resp_key"].startswith("E0_")
    assert outcome.report["user_agent"]
    first = await siteverify(running_range, outcome.report["token"])
    second = await siteverify(running_range, outcome.report["token"])
    assert first["success"] is True, first
    assert second["success"] is False
    assert "already-seen-response" in second["error-codes"]


async def siteverify(running_range: RunningRange, token: str) -> dict[str, Any]:
    form = {"secret": running_range.secret, "response": token}
    url = f"{running_range.provider_url.rstrip('/')}/siteverify"
    async with aiohttp.ClientSession() as session, session.post(url, data=form) as answer:
        verdict: dict[str, Any] = await answer.json()
        return verdict


def refusal_of(outcome: Outcome) -> dict[str, Any]:
    assert "refusal" in outcome.report, "a token was given where a refusal was due"
    told: dict[str, Any] = outcome.report["refusal"]
    return told


def assert_refused_with(outcome: Outcome, exception: str | None, refusal: Refusal) -> None:
    told = refusal_of(outcome)
    assert told["exception"] == exception
    assert told["error_id"] == refusal.error_id
    assert told["error_code"] == refusal.error_code
    assert told["message"]
