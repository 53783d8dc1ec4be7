"""The documents' own requests, byte for byte over real sockets: refused as they are, answered once they are at home.

"At home" means that the sitekey and origin of the example are registered as a site, and that the example's key is
replaced by one of an account; nothing else is changed.
"""

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from captcha_range.core.clock import StillClock
from captcha_range.provider.observation import Observation, Opening
from captcha_range.solver import routes
from captcha_range.solver.orders import Solution, TokenOrder
from tests.practice_range import SECRET, PracticeRange, practice_range

GOLDEN = Path(__file__).parent / "golden"
CREATE_TASK = (GOLDEN / "003_create_task_request.txt").read_bytes()
GET_TASK_RESULT = (GOLDEN / "003_get_task_result_request.txt").read_bytes()
PREFLIGHT = (GOLDEN / "000_preflight_request.txt").read_bytes()
UNIVERSAL = (GOLDEN / "001_universal_request.txt").read_bytes()
UNIVERSAL_HEAD = (GOLDEN / "001_universal_request_head.txt").read_bytes()
RECOGNITION = (GOLDEN / "002_recognition_request.txt").read_bytes()

CREATE_TASK_KEY = b"cc9c18d3e263515c2c072b36a7125eecc078618f"
GET_TASK_RESULT_KEY = b"cc9c18d3e263515c2c072b36a7125eecc078618f3"
EXAMPLE_TASK_ID = b"61138bb6-19fb-11ec-a9c8-0242ac110006"
EXAMPLE_IMAGE = json.loads(RECOGNITION)["queries"][0].encode()
QUESTION = "Please click on the UNIQUE object among the others."

CREATE_TASK_SITE = ("338af34c-7bcb-4c7c-900b-acbec73d7d43", "https://democaptcha.com")
UNIVERSAL_SITE = ("a9b5fb07-92ff-493f-86fe-352a2803b3df", "https://discord.com")
USER_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36"
)

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
COST = re.compile(r"\d+\.\d\dms")


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


async def send(url: str, path: str, body: bytes, *headers: str, head: bytes | None = None) -> Reply:
    """One request as raw bytes over a socket of its own; `head` replaces the request line and headers."""
    host, _, port = url.removeprefix("http://").partition(":")
    if head is None:
        lines = [f"POST {path} HTTP/1.1", f"Host: {host}:{port}", f"Content-Length: {len(body)}", "Connection: close"]
        head = "\r\n".join([*lines, *(headers or ["Content-Type: application/json"]), "", ""]).encode()
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(head + body)
    answered = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    found = {name.lower(): value for name, _, value in (line.partition(": ") for line in answered[1:] if line)}
    content = await reader.readexactly(int(found["content-length"]))
    writer.close()
    await writer.wait_closed()
    return Reply(int(answered[0].split()[1]), found, content)


def is_json_200(reply: Reply) -> bool:
    return (reply.status, reply.headers["content-type"]) == (200, "application/json")


@pytest.fixture
async def target(tmp_path: Path, clock: StillClock) -> AsyncIterator[PracticeRange]:
    """A range that knows none of the documents' sites."""
    async with practice_range(tmp_path, clock, serve_solver=True) as opened:
        yield opened


@pytest.fixture
async def at_home(target: PracticeRange) -> PracticeRange:
    """A range where the documents' sites are registered."""
    for sitekey, origin in (CREATE_TASK_SITE, UNIVERSAL_SITE):
        await target.add_site(sitekey=sitekey, origins=(origin,), level=1)
    return target


def trailing_commas(body: bytes) -> bytes:
    """The example with a comma after the last member of each object, as its document writes its answers."""
    commented = re.sub(rb'("rqdata": "")', rb"\1,", body)
    closed = re.sub(rb"\}(\s*)\}(\s*)$", rb"},\1}\2", commented)
    assert closed.count(b",") == body.count(b",") + 2
    return closed


def test_the_examples_are_not_strict_json_where_the_document_is_not() -> None:
    for body in (CREATE_TASK, trailing_commas(CREATE_TASK)):
        with pytest.raises(json.JSONDecodeError):
            json.loads(body)
    assert b"//" in CREATE_TASK
    for body in (GET_TASK_RESULT, PREFLIGHT, UNIVERSAL, RECOGNITION):
        json.loads(body)


# As they are: nobody here knows their keys, and nothing is queued.


@pytest.mark.parametrize("vary", [bytes, trailing_commas], ids=["verbatim", "trailing commas"])
async def test_create_task_as_it_is_has_an_unknown_key(target: PracticeRange, vary: Any) -> None:
    reply = await send(target.solver_url, "/createTask", vary(CREATE_TASK))
    assert is_json_200(reply)
    answer = reply.json()
    assert list(answer) == ["errorId", "errorCode", "errorDescription"]
    assert (answer["errorId"], answer["errorCode"]) == (1, "ERROR_KEY_DOES_NOT_EXIST")
    assert answer["errorDescription"]
    assert target.count_tasks() == 0


@pytest.mark.parametrize("vary", [bytes, trailing_commas], ids=["verbatim", "trailing commas"])
async def test_create_task_with_a_known_key_names_an_unregistered_site(target: PracticeRange, vary: Any) -> None:
    body = vary(CREATE_TASK).replace(CREATE_TASK_KEY, target.client_key.encode())
    reply = await send(target.solver_url, "/createTask", body)
    assert is_json_200(reply)
    answer = reply.json()
    assert list(answer) == ["errorId", "errorCode", "errorDescription"]
    assert (answer["errorId"], answer["errorCode"]) == (31, "ERROR_RECAPTCHA_INVALID_SITEKEY")
    assert target.count_tasks() == 0


async def test_create_task_for_the_sitekey_on_another_page_names_an_unregistered_page(target: PracticeRange) -> None:
    await target.add_site(sitekey=CREATE_TASK_SITE[0], origins=("https://democaptcha.com:8443",))
    body = CREATE_TASK.replace(CREATE_TASK_KEY, target.client_key.encode())
    answer = (await send(target.solver_url, "/createTask", body)).json()
    assert (answer["errorId"], answer["errorCode"]) == (32, "ERROR_RECAPTCHA_INVALID_DOMAIN")
    assert target.count_tasks() == 0


async def test_get_task_result_as_it_is_has_an_unknown_key(target: PracticeRange) -> None:
    reply = await send(target.solver_url, "/getTaskResult", GET_TASK_RESULT)
    assert is_json_200(reply)
    answer = reply.json()
    assert list(answer) == ["errorId", "errorCode", "errorDescription", "status"]
    assert (answer["errorId"], answer["errorCode"], answer["status"]) == (1, "ERROR_KEY_DOES_NOT_EXIST", "failed")
    assert answer["errorDescription"]


async def test_get_task_result_with_a_known_key_names_no_task(target: PracticeRange) -> None:
    body = GET_TASK_RESULT.replace(GET_TASK_RESULT_KEY, target.client_key.encode())
    answer = (await send(target.solver_url, "/getTaskResult", body)).json()
    assert list(answer) == ["errorId", "errorCode", "errorDescription", "status"]
    assert (answer["errorId"], answer["errorCode"], answer["status"]) == (16, "ERROR_NO_SUCH_CAPCHA_ID", "failed")


async def test_universal_as_it_is_has_an_unknown_token(target: PracticeRange) -> None:
    reply = await send(target.solver_url, "", UNIVERSAL, head=UNIVERSAL_HEAD)
    assert is_json_200(reply)
    answer = reply.json()
    assert list(answer) == ["cost", "data", "id", "msg", "status"]
    assert (answer["data"], answer["status"]) == (None, 0)
    assert answer["msg"].startswith("验证失败：User-Token 无效")
    assert UUID.fullmatch(answer["id"])
    assert COST.fullmatch(answer["cost"])
    assert target.count_tasks() == 0


async def test_universal_with_a_known_token_names_an_unregistered_site(target: PracticeRange) -> None:
    answer = (await send(target.solver_url, "", UNIVERSAL, head=with_token(target))).json()
    assert list(answer) == ["cost", "data", "id", "msg", "status"]
    assert (answer["data"], answer["status"]) == (None, 0)
    assert answer["msg"].startswith("验证失败：sitekey 未在本靶场注册")
    assert target.count_tasks() == 0


async def test_preflight_as_it_is_names_an_unregistered_site(target: PracticeRange) -> None:
    reply = await send(target.solver_url, "/api/wanda/hcaptcha/preflight", PREFLIGHT)
    assert is_json_200(reply)
    answer = reply.json()
    assert list(answer) == ["success", "data", "msg", "cost"]
    assert (answer["success"], answer["data"]) == (False, None)
    assert answer["msg"].startswith("验证失败：sitekey 未在本靶场注册")
    assert COST.fullmatch(answer["cost"])


RECOGNITION_PATH = "/captcha/recognition/hcaptcha"


def recognition_headers(key: str = "{token}") -> tuple[str, ...]:
    return ("accept: application/json", f"authorization: Bearer {key}", "content-type: application/json")


async def test_recognition_as_it_is_has_an_unknown_token(target: PracticeRange) -> None:
    reply = await send(target.solver_url, RECOGNITION_PATH, RECOGNITION, *recognition_headers())
    assert_acedata_error(reply, 401, "invalid_token")


async def test_recognition_with_a_known_token_has_a_shortened_image(target: PracticeRange) -> None:
    reply = await send(target.solver_url, RECOGNITION_PATH, RECOGNITION, *recognition_headers(target.client_key))
    assert_acedata_error(reply, 400, "token_mismatched")


def assert_acedata_error(reply: Reply, status: int, code: str) -> None:
    assert (reply.status, reply.headers["content-type"]) == (status, "application/json")
    answer = reply.json()
    assert list(answer) == ["success", "error", "trace_id"]
    assert list(answer["error"]) == ["code", "message"]
    assert answer["success"] is False
    assert answer["error"]["code"] == code
    assert answer["error"]["message"]
    assert UUID.fullmatch(answer["trace_id"])


# At home: the documents' answers, key for key.


async def create_example_task(target: PracticeRange, *headers: str, body: bytes = CREATE_TASK) -> Any:
    patched = body.replace(CREATE_TASK_KEY, target.client_key.encode())
    reply = await send(target.solver_url, "/createTask", patched, "Content-Type: application/json", *headers)
    assert is_json_200(reply)
    return reply.json()


async def example_result(target: PracticeRange, task_id: str) -> Any:
    body = GET_TASK_RESULT.replace(GET_TASK_RESULT_KEY, target.client_key.encode())
    reply = await send(target.solver_url, "/getTaskResult", body.replace(EXAMPLE_TASK_ID, task_id.encode()))
    assert is_json_200(reply)
    return reply.json()


@pytest.mark.parametrize("vary", [bytes, trailing_commas], ids=["verbatim", "trailing commas"])
async def test_create_task_at_home_answers_as_its_document(at_home: PracticeRange, vary: Any) -> None:
    answer = await create_example_task(at_home, body=vary(CREATE_TASK))
    assert list(answer) == ["errorId", "errorCode", "errorDescription", "taskId"]
    assert list(answer.values())[:3] == [0, "", ""]
    assert UUID.fullmatch(answer["taskId"])


async def test_a_capsolver_client_gets_a_status_and_nothing_else_besides(at_home: PracticeRange) -> None:
    answer = await create_example_task(at_home, "X-capsolver-Client-User-Agent: {}")
    assert list(answer) == ["errorId", "errorCode", "errorDescription", "taskId", "status"]
    assert answer["status"] == "idle"


async def test_a_capsolver_client_gets_no_status_with_an_error(target: PracticeRange) -> None:
    answer = await create_example_task(target, "X-capsolver-Client-User-Agent: {}")
    assert list(answer) == ["errorId", "errorCode", "errorDescription"]


async def test_get_task_result_at_home_is_ready_with_a_token_that_verifies_once(at_home: PracticeRange) -> None:
    answer = await example_result(at_home, (await create_example_task(at_home))["taskId"])
    assert list(answer) == ["errorId", "errorCode", "errorDescription", "solution", "status"]
    assert (answer["errorId"], answer["errorCode"], answer["errorDescription"]) == (0, None, None)
    assert answer["status"] == "ready"
    solution = answer["solution"]
    assert list(solution) == ["gRecaptchaResponse", "respKey", "userAgent"]
    assert solution["gRecaptchaResponse"].startswith("P1_")
    assert solution["respKey"].startswith("E0_")
    assert solution["userAgent"] == USER_AGENT
    verdicts = [await at_home.siteverify(solution["gRecaptchaResponse"], SECRET + "1") for _ in range(2)]
    assert [verdict["success"] for verdict in verdicts] == [True, False]
    assert verdicts[0]["hostname"] == "democaptcha.com"


class HeldWorker:
    """Never comes to an end."""

    async def solve(self, order: TokenOrder) -> Solution:
        await asyncio.Event().wait()
        raise AssertionError


async def test_get_task_result_at_home_is_processing_until_then(
    tmp_path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "HOLD", 0.01)
    async with practice_range(tmp_path, clock, worker=HeldWorker(), serve_solver=True) as target:
        await target.add_site(sitekey=CREATE_TASK_SITE[0], origins=(CREATE_TASK_SITE[1],))
        answer = await example_result(target, (await create_example_task(target))["taskId"])
    assert list(answer.items()) == [
        ("errorId", 0),
        ("errorCode", None),
        ("errorDescription", None),
        ("solution", None),
        ("status", "processing"),
    ]


def with_token(target: PracticeRange) -> bytes:
    """The recorded head with a key of this range."""
    assert b"User-Token: xxx\r\n" in UNIVERSAL_HEAD
    return UNIVERSAL_HEAD.replace(b"User-Token: xxx\r\n", b"User-Token: " + target.client_key.encode() + b"\r\n")


def test_the_recorded_head_fits_the_recorded_body() -> None:
    assert UNIVERSAL_HEAD.startswith(b"POST http://api.nocaptcha.io/api/wanda/hcaptcha/universal HTTP/1.1\r\n")
    assert f"Content-Length: {len(UNIVERSAL)}\r\n".encode() in UNIVERSAL_HEAD
    assert UNIVERSAL_HEAD.endswith(b"\r\n\r\n")


async def test_universal_at_home_answers_as_its_document(at_home: PracticeRange) -> None:
    reply = await send(at_home.solver_url, "", UNIVERSAL, head=with_token(at_home))
    assert is_json_200(reply)
    answer = reply.json()
    assert list(answer) == ["cost", "data", "id", "msg", "status"]
    assert list(answer["data"]) == ["generated_pass_UUID", "user_agent"]
    assert (answer["msg"], answer["status"]) == ("验证成功", 1)
    assert answer["data"]["generated_pass_UUID"].startswith(("P1_", "F1_"))
    assert answer["data"]["user_agent"]
    assert UUID.fullmatch(answer["id"])
    assert COST.fullmatch(answer["cost"])
    verdict = await at_home.siteverify(answer["data"]["generated_pass_UUID"], SECRET + "2")
    assert (verdict["success"], verdict["hostname"]) == (True, "discord.com")


async def test_universal_at_home_adds_only_ekey_when_it_is_asked_for(at_home: PracticeRange) -> None:
    body = UNIVERSAL.replace(b'"need_ekey":false', b'"need_ekey":true ')
    assert len(body) == len(UNIVERSAL)
    answer = (await send(at_home.solver_url, "", body, head=with_token(at_home))).json()
    assert list(answer) == ["cost", "data", "id", "msg", "status"]
    assert list(answer["data"]) == ["generated_pass_UUID", "user_agent", "ekey"]
    assert answer["data"]["ekey"].startswith("E0_")


async def test_preflight_at_home_answers_as_its_document_and_its_terms_are_kept(at_home: PracticeRange) -> None:
    reply = await send(at_home.solver_url, "/api/wanda/hcaptcha/preflight", PREFLIGHT)
    assert is_json_200(reply)
    answer = reply.json()
    assert list(answer) == ["success", "data", "cost"]
    assert list(answer["data"]) == ["preflight_uuid", "data"]
    assert list(answer["data"]["data"]) == ["preflight_uuid", "region", "navigator"]
    assert list(answer["data"]["data"]["navigator"]) == ["userAgent"]
    assert answer["success"] is True
    assert UUID.fullmatch(answer["data"]["preflight_uuid"])
    assert answer["data"]["preflight_uuid"] == answer["data"]["data"]["preflight_uuid"]
    assert answer["data"]["data"]["region"] in ("us", "gb", "hk", "ca", "sg")
    assert COST.fullmatch(answer["cost"])


async def test_recognition_at_home_answers_as_its_document(at_home: PracticeRange) -> None:
    site = await at_home.add_site(families=("odd_one_out",), level=1)
    opening = Opening(Observation(at_home.clock.now(), "127.0.0.1", "local", "tests"))
    await at_home.provider.issued.issue(site, "shop.localhost", "en", opening)
    record = at_home.provider.records.latest(site.sitekey, 1)[0]
    body = RECOGNITION.replace(EXAMPLE_IMAGE, base64.b64encode(record.picture))
    reply = await send(at_home.solver_url, RECOGNITION_PATH, body, *recognition_headers(at_home.client_key))
    assert is_json_200(reply)
    answer = reply.json()
    assert list(answer) == ["solution"]
    solution = answer["solution"]
    assert list(solution) == ["label", "box", "confidences"]
    assert solution["label"] == QUESTION.removesuffix(".")
    assert len(solution["box"]) == 2
    assert all(isinstance(part, str) and part.isdecimal() for part in solution["box"])
    assert isinstance(solution["confidences"], float)
    assert 0 <= solution["confidences"] <= 1
    x, y = (int(part) for part in solution["box"])
    assert any(target.contains(x, record.height - y) for target in record.answer.targets)


@pytest.mark.parametrize("path", ["/createTask", "/getTaskResult", "/getBalance"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"{}", b'{"clientKey": null}'])
async def test_whatever_comes_the_dialect_answers_200_with_a_closed_object(
    target: PracticeRange, path: str, body: bytes
) -> None:
    reply = await send(target.solver_url, path, body)
    assert is_json_200(reply)
    answer = reply.json()
    expected = ["errorId", "errorCode", "errorDescription"]
    assert list(answer) == expected + (["status"] if path == "/getTaskResult" else [])
    assert answer["errorId"] in (1, 22)
    assert answer["errorCode"]
    assert answer["errorDescription"]
