"""Problem details: one table, complete, told under `/v1` only."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from captcha_range.core.errors import RangeError
from captcha_range.solver.admin import STATUS
from captcha_range.solver.errors import SolverError
from captcha_range.solver.idempotency import Replayed
from captcha_range.solver.operations import OPERATIONS
from captcha_range.solver.problems import MEDIA_TYPE, PROBLEMS, problem_of, type_of
from tests.solver_desk import Desk


def concrete(root: type[RangeError]) -> Iterator[type[RangeError]]:
    children = root.__subclasses__()
    if not children:
        yield root
    for child in children:
        yield from concrete(child)


def of_the_solver() -> set[type[RangeError]]:
    """Every kind that the solver may meet: its own, and those of core that it lets through."""
    inside = (
        "captcha_range.solver",
        "captcha_range.core.bodies",
        "captcha_range.core.exposition",
        "captcha_range.core.keys",
        "captcha_range.core.pixels",
        "captcha_range.core.sqlite",
    )
    return {kind for kind in concrete(RangeError) if kind.__module__.startswith(inside)}


AT_START = {
    "BrowserMissing",
    "BrowserNotStarted",
    "CanarySilent",
    "LeakFound",
    "SolverUnreachable",
    "StoreTooNew",
    "WorkerUnavailable",
}
"""Kinds that keep the range from starting, or that only a worker apart meets, so that no request ever does."""


def test_the_table_has_every_kind_and_no_other() -> None:
    never_told = {Replayed}
    at_start = {kind for kind in of_the_solver() if kind.__name__ in AT_START}
    assert set(PROBLEMS) == of_the_solver() - never_told - at_start


def test_a_kind_that_is_left_out_would_be_noticed() -> None:
    assert set(PROBLEMS) - {SolverError.__subclasses__()[0]} != of_the_solver()


@pytest.mark.parametrize("kind", list(PROBLEMS), ids=lambda kind: kind.code)
def test_a_problem_has_the_members_of_the_rfc_and_an_error_status(kind: type[RangeError]) -> None:
    problem = msgspec.to_builtins(problem_of(kind("a detail")))
    assert problem["status"] == PROBLEMS[kind].status >= 400
    assert (problem["detail"], problem["code"]) == ("a detail", kind.code)
    assert problem["title"]
    assert problem["type"].startswith(("/docs#", "https://iana.org/"))


async def test_the_type_of_every_problem_leads_to_a_row_of_the_page(desk: Desk) -> None:
    page = (await desk.call("GET", "/docs")).body.decode()
    for kind in PROBLEMS:
        if type_of(kind).startswith("/docs#"):
            assert f'<tr id="{type_of(kind).removeprefix("/docs#")}">' in page


async def test_a_missing_key_is_a_problem_with_a_challenge(desk: Desk) -> None:
    refused = await desk.call("GET", "/v1/tasks", key="")
    assert (refused.status, refused.headers["content-type"]) == (401, MEDIA_TYPE)
    assert refused.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/nothing", 404), ("PUT", "/v1/tasks", 405)])
async def test_what_is_not_there_is_a_problem_too(desk: Desk, method: str, path: str, status: int) -> None:
    refused = await desk.call(method, path)
    assert (refused.status, refused.headers["content-type"]) == (status, MEDIA_TYPE)
    assert status == 404 or {"GET", "POST"} <= set(refused.headers["allow"].replace(" ", "").split(","))


@pytest.mark.parametrize("path", ["/createTask", "/api/wanda/hcaptcha/universal", "/captcha/recognition/hcaptcha"])
async def test_the_dialects_never_speak_in_problems(desk: Desk, path: str) -> None:
    assert (await desk.call("POST", path, {})).headers["content-type"] == "application/json"


async def test_a_crash_is_told_without_internals(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr(desk.solver.tasks, "page", crash)
    answer = await desk.call("GET", "/v1/tasks")
    assert (answer.status, answer.body["code"]) == (500, "crashed")
    assert "secret" not in str(answer.body)


async def test_a_refusal_never_repeats_what_was_sent(desk: Desk) -> None:
    for field in ("page_url", "sitekey", "region", "callback_url", "hostile"):
        answer = await desk.call("POST", "/v1/tasks", {**desk.order, field: "echo<me>please"})
        assert answer.status >= 400
        assert "echo" not in str(answer.body)


def test_every_error_of_the_admin_api_has_a_status_that_its_operations_name() -> None:
    named = {status for each in OPERATIONS if each.tag == "admin" for status in each.answers}
    assert set(STATUS.values()) - {500} <= named


def test_every_problem_that_the_native_api_tells_is_in_its_reference() -> None:
    page = (Path(__file__).parents[3] / "docs/reference/native-api.md").read_text()
    told = {kind for each in OPERATIONS if each.tag == "native" for kind in each.errors}
    rows = {int(row[0]): row[1] for row in re.findall(r"^\| (\d{3}) \| (.*) \|$", page, re.MULTILINE)}
    assert [kind.code for kind in told if f"`{kind.code}`" not in rows[PROBLEMS[kind].status]] == []
