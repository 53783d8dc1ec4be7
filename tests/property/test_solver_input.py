"""Whatever is sent to the solver, its dialects answer in their own closed form, and never with a server error."""

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from captcha_range.core.clock import StillClock
from captcha_range.solver.dialects.lenient_json import decode_lenient
from captcha_range.solver.orders import Solution, TokenOrder
from tests.asgi import Reply, ask
from tests.practice_range import ORIGIN, PAGE, PracticeRange, practice_range

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")

EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

CREATE_TASK = ["errorId", "errorCode", "errorDescription"]
UNIVERSAL = ["cost", "data", "id", "msg", "status"]


class QuickWorker:
    """Solves everything at once, so that accepted orders cost no time."""

    async def solve(self, order: TokenOrder) -> Solution:
        return Solution("P1_x", "E0_x", "agent")


class Sut:
    """A range that lives in an event loop of its own, to be asked from plain tests."""

    def __init__(self, runner: asyncio.Runner, target: PracticeRange) -> None:
        self._runner = runner
        self.target = target

    def post(self, path: str, body: bytes, headers: list[tuple[bytes, bytes]] | None = None) -> Reply:
        return self._runner.run(self._post(path, body, headers or []))

    async def _post(self, path: str, body: bytes, headers: list[tuple[bytes, bytes]]) -> Reply:
        # An answer that takes longer than this is a finding of its own; accepted orders are solved at once.
        return await asyncio.wait_for(ask(self.target.solver_app, "POST", path, body, headers), 20)

    @property
    def key(self) -> str:
        return self.target.client_key


@pytest.fixture(scope="module")
def sut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sut]:
    folder: Path = tmp_path_factory.mktemp("property")
    with asyncio.Runner() as runner:
        opening = practice_range(folder, StillClock(), worker=QuickWorker())
        target = runner.run(opening.__aenter__())
        runner.run(_enrich(target))
        yield Sut(runner, target)
        runner.run(opening.__aexit__(None, None, None))


async def _enrich(target: PracticeRange) -> None:
    values = (10**9, target.account.account)
    update = "UPDATE accounts SET balance = ?1, recognitions = ?1 WHERE account = ?2"
    await target.solver.database.write(lambda connection: connection.execute(update, values))


HOSTILE_TEXTS = [
    "",
    "\x00",
    "\x00" * 50,
    "é",
    "验",
    "\U0001f642",
    "%00",
    "' OR 1=1 --",
    "<script>",
    "x" * 3_000,
    "ERROR|",
    "\u202e",
    "\r\nx: y",
]
HOSTILE_JSON = [
    b'"\\ud800"',
    b'"\\udc00\\ud800"',
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"1e400",
    b"-0",
    b"-0.0",
    b"1e-400",
    str(2**31).encode(),
    str(2**53 + 1).encode(),
    str(2**63).encode(),
    str(-(2**63) - 1).encode(),
    str(2**64).encode(),
    b"9" * 300,
    b"9" * 5_000,
    b'"\\u0000"',
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b"[" * 10_000 + b"]" * 10_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b"[" * 10_000,
    b'{"a": 1, "a": 2}',
    b"'single'",
    b"true",
    b"null",
    b"{}",
    b"[]",
    b'""',
    b"01",
    b"1.",
    b"+1",
    b"0x10",
]

texts = st.one_of(st.text(max_size=40), st.sampled_from(HOSTILE_TEXTS))
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**31, 2**53, 2**63, 2**64, -(2**63), 10**40]),
    st.floats(allow_nan=True, allow_infinity=True),
    texts,
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)
header_values = st.binary(max_size=60).filter(lambda value: not set(value) & {0x0A, 0x0D, 0})

TASK_FIELDS = [
    "type",
    "websiteURL",
    "websiteKey",
    "userAgent",
    "isInvisible",
    "rqdata",
    "data",
    "enterprisePayload",
    "proxyType",
    "proxyAddress",
    "proxyPort",
    "proxyLogin",
    "proxyPassword",
    "callbackUrl",
]
UNIVERSAL_FIELDS = [
    "sitekey",
    "referer",
    "rqdata",
    "proxy",
    "region",
    "invisible",
    "need_ekey",
    "preflight_uuid",
    "timeout",
    "user_agent",
    "cookies",
]


def dumps(value: Any) -> bytes:
    """JSON as Python writes it: with NaN, Infinity and lone surrogates as they come."""
    return json.dumps(value).encode()


def assert_create_task_answer(reply: Reply, *, of_result: bool) -> dict[str, Any]:
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    answer: dict[str, Any] = reply.json()
    if answer["errorId"] == 0:
        if of_result:
            assert list(answer) == [*CREATE_TASK, "solution", "status"]
            assert answer["status"] in ("processing", "ready")
        else:
            assert list(answer) == [*CREATE_TASK, "taskId"]
        return answer
    assert list(answer) == CREATE_TASK + (["status"] if of_result else [])
    assert all(isinstance(answer[name], str) and answer[name] for name in ("errorCode", "errorDescription"))
    assert answer["errorId"] in {1, 2, 10, 12, 14, 16, 22, 23, 24, 25, 31, 32, 52, 57}
    # Bad input is never told as a crash: nothing here can be unsolvable.
    assert answer["errorId"] != 12, answer
    return answer


def assert_universal_answer(reply: Reply) -> dict[str, Any]:
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    answer: dict[str, Any] = reply.json()
    assert list(answer) == UNIVERSAL
    assert (answer["status"] == 1) == (answer["data"] is not None)
    assert "内部错误" not in answer["msg"]
    return answer


def assert_preflight_answer(reply: Reply) -> None:
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    answer = reply.json()
    assert list(answer) in (["success", "data", "cost"], ["success", "data", "msg", "cost"])
    assert answer["success"] == (answer["data"] is not None)
    assert "内部错误" not in answer.get("msg", "")


def assert_recognition_answer(reply: Reply) -> None:
    assert reply.status in (400, 401, 429)
    answer = reply.json()
    assert list(answer) == ["success", "error", "trace_id"]
    assert list(answer["error"]) == ["code", "message"]
    assert answer["error"]["message"]


def assert_in_its_dialect(path: str, reply: Reply) -> None:
    checks: dict[str, Callable[[Reply], Any]] = {
        "/createTask": lambda found: assert_create_task_answer(found, of_result=False),
        "/getTaskResult": lambda found: assert_create_task_answer(found, of_result=True),
        "/getBalance": assert_balance_answer,
        "/api/wanda/hcaptcha/universal": assert_universal_answer,
        "/api/wanda/hcaptcha/preflight": assert_preflight_answer,
        "/captcha/recognition/hcaptcha": assert_recognition_answer,
    }
    checks[path](reply)


def assert_balance_answer(reply: Reply) -> None:
    if reply.json()["errorId"] == 0:
        assert [key for key, _ in reply.pairs()] == ["errorId", "balance"]
    else:
        assert_create_task_answer(reply, of_result=False)


PATHS = [
    "/createTask",
    "/getTaskResult",
    "/getBalance",
    "/api/wanda/hcaptcha/universal",
    "/api/wanda/hcaptcha/preflight",
    "/captcha/recognition/hcaptcha",
]


def known(sut: Sut) -> list[tuple[bytes, bytes]]:
    key = sut.key.encode()
    return [(b"user-token", key), (b"authorization", b"Bearer " + key)]


@pytest.mark.parametrize("path", PATHS)
@EXAMPLES
@given(body=st.binary(max_size=300))
def test_any_bytes_are_answered_in_the_dialect(sut: Sut, path: str, body: bytes) -> None:
    assert_in_its_dialect(path, sut.post(path, body, known(sut)))


@pytest.mark.parametrize("path", PATHS)
@EXAMPLES
@given(value=values)
def test_any_json_is_answered_in_the_dialect(sut: Sut, path: str, value: Any) -> None:
    assert_in_its_dialect(path, sut.post(path, dumps(value), known(sut)))


@pytest.mark.parametrize("path", PATHS)
@EXAMPLES
@given(
    headers=st.lists(
        st.tuples(
            st.sampled_from([b"user-token", b"authorization", b"content-type", b"x-capsolver-client-user-agent"]),
            header_values,
        ),
        max_size=5,
    )
)
def test_any_headers_are_answered_in_the_dialect(sut: Sut, path: str, headers: list[tuple[bytes, bytes]]) -> None:
    reply = sut.post(path, b"{}", headers)
    assert_in_its_dialect(path, reply)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("hostile", HOSTILE_JSON, ids=lambda body: repr(body[:16]))
def test_a_hostile_body_is_answered_in_the_dialect(sut: Sut, path: str, hostile: bytes) -> None:
    assert_in_its_dialect(path, sut.post(path, hostile, known(sut)))


@pytest.mark.parametrize("field", TASK_FIELDS)
@pytest.mark.parametrize("hostile", HOSTILE_JSON, ids=lambda body: repr(body[:16]))
def test_a_hostile_scalar_in_any_field_of_a_task_is_answered(sut: Sut, field: str, hostile: bytes) -> None:
    assert_create_task_answer(sut.post("/createTask", task_with(sut, field, hostile)), of_result=False)


def task_with(sut: Sut, field: str, raw: bytes) -> bytes:
    fields = {
        "type": b'"HCaptchaTask"',
        "websiteURL": dumps(PAGE),
        "websiteKey": dumps(sut.target.site.sitekey),
        "proxyType": b'"http"',
        "proxyAddress": b'"127.0.0.1"',
        "proxyPort": b"3128",
    } | {field: raw}
    members = b",".join(dumps(name) + b":" + value for name, value in fields.items())
    return b'{"clientKey":' + dumps(sut.key) + b',"task":{' + members + b"}}"


@pytest.mark.parametrize("field", UNIVERSAL_FIELDS)
@pytest.mark.parametrize("hostile", HOSTILE_JSON, ids=lambda body: repr(body[:16]))
def test_a_hostile_scalar_in_any_field_of_universal_is_answered(sut: Sut, field: str, hostile: bytes) -> None:
    fields = {"sitekey": dumps(sut.target.site.sitekey), "referer": dumps(PAGE)} | {field: hostile}
    body = b"{" + b",".join(dumps(name) + b":" + value for name, value in fields.items()) + b"}"
    assert_universal_answer(sut.post("/api/wanda/hcaptcha/universal", body, known(sut)))


@pytest.mark.parametrize("hostile", HOSTILE_JSON, ids=lambda body: repr(body[:16]))
def test_a_hostile_task_id_is_of_no_task(sut: Sut, hostile: bytes) -> None:
    body = b'{"clientKey":' + dumps(sut.key) + b',"taskId":' + hostile + b"}"
    assert assert_create_task_answer(sut.post("/getTaskResult", body), of_result=True)["errorId"] in (16, 22)


@pytest.mark.parametrize("field", ["queries", "question"])
@pytest.mark.parametrize("hostile", HOSTILE_JSON, ids=lambda body: repr(body[:16]))
def test_a_hostile_scalar_in_a_recognition_is_answered(sut: Sut, field: str, hostile: bytes) -> None:
    fields = {"queries": b'["aaaa"]', "question": b'"Which?"'} | {field: hostile}
    body = b"{" + b",".join(dumps(name) + b":" + value for name, value in fields.items()) + b"}"
    assert_recognition_answer(sut.post("/captcha/recognition/hcaptcha", body, known(sut)))


@EXAMPLES
@given(
    task=st.dictionaries(st.sampled_from(TASK_FIELDS), values, max_size=6),
    extra=st.dictionaries(texts, values, max_size=2),
)
def test_any_task_is_answered(sut: Sut, task: dict[str, Any], extra: dict[str, Any]) -> None:
    base = {"type": "HCaptchaTaskProxyless", "websiteURL": PAGE, "websiteKey": sut.target.site.sitekey}
    body = {**extra, "clientKey": sut.key, "task": {**base, **task}}
    assert_create_task_answer(sut.post("/createTask", dumps(body)), of_result=False)


@EXAMPLES
@given(page=st.text(max_size=60))
@example(page=f"{ORIGIN}@evil.example/")
@example(page=f"{ORIGIN}.evil.example/")
@example(page=f" {ORIGIN}/")
@example(page=f"{ORIGIN}\\@evil.example")
def test_no_page_is_accepted_whose_text_does_not_begin_with_the_origin(sut: Sut, page: str) -> None:
    reply = sut.post("/createTask", dumps({"clientKey": sut.key, "task": task_for(sut, page)}))
    answer = assert_create_task_answer(reply, of_result=False)
    assert answer["errorId"] in (24, 32)


@EXAMPLES
@given(rest=st.text(alphabet=st.characters(max_codepoint=126, min_codepoint=33, exclude_characters="\\"), max_size=40))
def test_any_path_of_a_registered_page_is_accepted(sut: Sut, rest: str) -> None:
    reply = sut.post("/createTask", dumps({"clientKey": sut.key, "task": task_for(sut, f"{ORIGIN}/{rest}")}))
    assert assert_create_task_answer(reply, of_result=False)["errorId"] == 0


def task_for(sut: Sut, page: str) -> dict[str, str]:
    return {"type": "HCaptchaTaskProxyless", "websiteURL": page, "websiteKey": sut.target.site.sitekey}


@EXAMPLES
@given(task_id=st.one_of(st.integers(), texts, st.floats(), st.uuids().map(str)))
def test_any_other_task_id_is_of_no_task(sut: Sut, task_id: Any) -> None:
    count = sut.target.count_tasks()
    if str(task_id).isascii() and str(task_id).isdigit() and 1 <= int(task_id) <= count:
        return
    reply = sut.post("/getTaskResult", dumps({"clientKey": sut.key, "taskId": task_id}))
    # A body that is no JSON at all (NaN, a lone surrogate) is told as such.
    assert assert_create_task_answer(reply, of_result=True)["errorId"] in (16, 22)


@EXAMPLES
@given(body=st.dictionaries(st.sampled_from(UNIVERSAL_FIELDS), values, max_size=6))
def test_any_universal_order_is_answered(sut: Sut, body: dict[str, Any]) -> None:
    base = {"sitekey": sut.target.site.sitekey, "referer": PAGE}
    assert_universal_answer(sut.post("/api/wanda/hcaptcha/universal", dumps({**base, **body}), known(sut)))


@EXAMPLES
@given(
    image=st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=200).map(lambda data: b"\x89PNG\r\n\x1a\n" + data),
        st.binary(max_size=200).map(lambda data: b"\xff\xd8\xff\xe0" + data),
        st.binary(max_size=200).map(lambda data: b"RIFF\x00\x00\x00\x00WEBPVP8 " + data),
    ),
    question=values,
)
def test_any_image_is_answered_and_none_is_recognised(sut: Sut, image: bytes, question: Any) -> None:
    body = dumps({"queries": [base64.b64encode(image).decode()], "question": question})
    assert_recognition_answer(sut.post("/captcha/recognition/hcaptcha?extended=1", body, known(sut)))


@EXAMPLES
@given(
    value=values,
    comment=st.text(alphabet=st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=30),
)
def test_comments_and_trailing_commas_change_nothing(value: Any, comment: str) -> None:
    strict = json.dumps({"value": value}, allow_nan=False) if _is_json(value) else None
    if strict is None:
        return
    pasted = strict.removesuffix("}") + f", // {comment}\n}}"
    assert decode_lenient(pasted.encode()) == decode_lenient(strict.encode())


def _is_json(value: Any) -> bool:
    try:
        decode_lenient(json.dumps(value, allow_nan=False).encode())
    except (ValueError, UnicodeError):
        return False
    return True


def test_an_order_within_the_range_is_accepted_here_at_all(sut: Sut) -> None:
    """The negative control: these tests would be worthless if every order were refused."""
    reply = sut.post("/createTask", dumps({"clientKey": sut.key, "task": task_for(sut, PAGE)}))
    task_id = assert_create_task_answer(reply, of_result=False)["taskId"]
    reply = sut.post("/getTaskResult", dumps({"clientKey": sut.key, "taskId": task_id}))
    assert assert_create_task_answer(reply, of_result=True)["status"] == "ready"
    body = dumps({"sitekey": sut.target.site.sitekey, "referer": PAGE})
    assert assert_universal_answer(sut.post("/api/wanda/hcaptcha/universal", body, known(sut)))["status"] == 1
