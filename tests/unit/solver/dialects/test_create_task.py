"""createTask's requests, as loosely typed as clients send them, become one order or one clear error."""

from typing import Any

import pytest

from captcha_range.solver.accounts import Account
from captcha_range.solver.dialects import create_task
from captcha_range.solver.errors import FieldInvalid, KeyUnknown, TaskAbsent, TaskTypeUnknown, TaskUnknown
from captcha_range.solver.orders import Proxy, Solution, TokenOrder
from captcha_range.solver.tasks import Task

SITEKEY = "338af34c-7bcb-4c7c-900b-acbec73d7d43"
URL = "https://democaptcha.com/demo-form-eng/hcaptcha.html"
PROXY = {"proxyType": "http", "proxyAddress": "127.0.0.1", "proxyPort": 8888}


def request(**task: Any) -> dict[str, Any]:
    return {
        "clientKey": "key",
        "task": {"type": "HCaptchaTaskProxyless", "websiteURL": URL, "websiteKey": SITEKEY, **task},
    }


def parsed(**task: Any) -> TokenOrder:
    return create_task.parse_task(request(**task))


def test_the_least_request_is_an_order_without_conditions() -> None:
    assert parsed() == TokenOrder(sitekey=SITEKEY, page_url=URL)


@pytest.mark.parametrize(
    "kind", ["HCaptchaTaskProxyless", "hcaptchataskproxyless", "HCAPTCHATASKPROXYLESS", "hCaptchaTaskProxyLess"]
)
def test_the_type_matches_in_any_case(kind: str) -> None:
    assert parsed(type=kind).sitekey == SITEKEY


@pytest.mark.parametrize("kind", ["", "ReCaptchaV2Task", "HCaptcha", "HCaptchaTaskProxyless ", None, 1, True, [], {}])
def test_another_type_is_not_supported(kind: Any) -> None:
    with pytest.raises(TaskTypeUnknown):
        parsed(type=kind)


def test_a_missing_type_is_not_supported() -> None:
    with pytest.raises(TaskTypeUnknown):
        create_task.parse_task({"task": {"websiteURL": URL, "websiteKey": SITEKEY}})


@pytest.mark.parametrize("task", [None, {}, [], "task", 1, True])
def test_without_a_task_object_the_task_is_absent(task: Any) -> None:
    with pytest.raises(TaskAbsent):
        create_task.parse_task({"task": task})
    with pytest.raises(TaskAbsent):
        create_task.parse_task({})


YES = [True, 1, 1.0, "true", "TRUE", " True ", "1"]
NO = [False, 0, 0.0, "false", "False", "0", "", " ", None]
NEITHER = [2, -1, 0.5, "yes", "no", "2", "null", [], {}, [True], 2**70]


@pytest.mark.parametrize("given", YES, ids=repr)
def test_is_invisible_takes_every_form_of_yes(given: Any) -> None:
    assert parsed(isInvisible=given).invisible is True


@pytest.mark.parametrize("given", NO, ids=repr)
def test_is_invisible_takes_every_form_of_no(given: Any) -> None:
    assert parsed(isInvisible=given).invisible is False


@pytest.mark.parametrize("given", NEITHER, ids=repr)
def test_is_invisible_refuses_what_is_neither_and_does_not_repeat_it(given: Any) -> None:
    with pytest.raises(FieldInvalid, match=r"^task\.isInvisible: must be true or false") as raised:
        parsed(isInvisible=given)
    assert raised.value.args[0].count("yes") == 0


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"rqdata": ""}, None),
        ({"rqdata": None}, None),
        ({"rqdata": "own"}, "own"),
        ({"enterprisePayload": {"rqdata": "payload"}}, "payload"),
        ({"data": "data"}, "data"),
        ({"rqdata": "own", "enterprisePayload": {"rqdata": "payload"}, "data": "data"}, "own"),
        ({"enterprisePayload": {"rqdata": "payload"}, "data": "data"}, "payload"),
        ({"rqdata": "", "enterprisePayload": {"rqdata": ""}, "data": "data"}, "data"),
        ({"rqdata": None, "enterprisePayload": None, "data": "data"}, "data"),
        ({"enterprisePayload": {"sentry": True}, "data": "data"}, "data"),
        ({"enterprisePayload": [], "data": "data"}, "data"),
    ],
)
def test_rqdata_is_taken_from_itself_then_the_payload_then_data(fields: dict[str, Any], expected: str | None) -> None:
    assert parsed(**fields).rqdata == expected


@pytest.mark.parametrize("field", ["websiteURL", "websiteKey"])
@pytest.mark.parametrize("value", [None, "", 1, True, [], {}])
def test_a_required_field_must_be_text(field: str, value: Any) -> None:
    with pytest.raises(FieldInvalid, match=rf"^task\.{field}: must be a non-empty string$"):
        parsed(**{field: value})


@pytest.mark.parametrize("field", ["userAgent", "rqdata", "data"])
@pytest.mark.parametrize("value", [1, True, [], {}])
def test_an_optional_field_must_be_text_if_it_is_there(field: str, value: Any) -> None:
    with pytest.raises(FieldInvalid, match=rf"^task\.{field}: must be a string$"):
        parsed(**{field: value})


@pytest.mark.parametrize("value", ["", None])
def test_an_empty_user_agent_is_none(value: str | None) -> None:
    assert parsed(userAgent=value).user_agent is None


def test_unknown_fields_are_ignored() -> None:
    given = request(proxy="x", minScore=0.3, nested={"a": [1]}, softId=1, **{"": 0})
    assert create_task.parse_task({**given, "softId": 5, "languagePool": "en", "callbackUrl": "x"}) == parsed()


def test_a_proxyless_task_ignores_proxy_fields() -> None:
    assert parsed(**PROXY).proxy is None


@pytest.mark.parametrize("fields", [{}, dict.fromkeys(PROXY), {"proxyLogin": "", "proxyPassword": None}], ids=repr)
def test_a_task_of_the_proxy_type_that_names_no_proxy_runs_without_one(fields: dict[str, Any]) -> None:
    assert parsed(type="HCaptchaTask", **fields) == parsed()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, Proxy("127.0.0.1", 8888)),
        ({"proxyType": "HTTP"}, Proxy("127.0.0.1", 8888)),
        ({"proxyType": "https"}, Proxy("127.0.0.1", 8888)),
        ({"proxyType": "socks5"}, Proxy("127.0.0.1", 8888, kind="socks5")),
        ({"proxyType": "SOCKS5", "proxyLogin": "m%40e"}, Proxy("127.0.0.1", 8888, "m%40e", kind="socks5")),
        ({"proxyPort": "8888"}, Proxy("127.0.0.1", 8888)),
        ({"proxyLogin": "me", "proxyPassword": "secret"}, Proxy("127.0.0.1", 8888, "me", "secret")),
        ({"proxyLogin": None, "proxyPassword": ""}, Proxy("127.0.0.1", 8888)),
        ({"proxyAddress": "::1"}, Proxy("::1", 8888)),
    ],
)
def test_a_task_with_a_proxy_carries_it(fields: dict[str, Any], expected: Proxy) -> None:
    assert parsed(type="HCaptchaTask", **{**PROXY, **fields}).proxy == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"proxyType": None},
        {"proxyType": "socks4"},
        {"proxyType": "socks5 "},
        {"proxyType": 1},
        {"proxyAddress": None},
        {"proxyAddress": ""},
        {"proxyAddress": 2130706433},
        {"proxyPort": None},
        {"proxyPort": ""},
        {"proxyPort": "-1"},
        {"proxyPort": "8888x"},
        {"proxyPort": "100000"},
        {"proxyPort": "٨٨"},
        {"proxyPort": 88.0},
        {"proxyPort": True},
        {"proxyLogin": 1},
        {"proxyPassword": []},
    ],
    ids=repr,
)
def test_a_proxy_field_of_the_wrong_form_is_named(fields: dict[str, Any]) -> None:
    with pytest.raises(FieldInvalid, match=rf"^task\.{next(iter(fields))}: must be"):
        parsed(type="HCaptchaTask", **{**PROXY, **fields})


@pytest.mark.parametrize("key", [None, 1, True, [], {}])
def test_a_client_key_must_be_text(key: Any) -> None:
    with pytest.raises(KeyUnknown):
        create_task.client_key({"clientKey": key})
    with pytest.raises(KeyUnknown):
        create_task.client_key({})


@pytest.mark.parametrize("given", ["61138bb6-19fb-11ec-a9c8-0242ac110006", "7", 7, "", 2**80])
def test_a_task_id_may_be_text_or_an_integer(given: str | int) -> None:
    assert create_task.parse_task_id({"taskId": given}) == given


@pytest.mark.parametrize("given", [None, True, False, 7.0, [], {}, ["7"]])
def test_any_other_task_id_is_of_no_task(given: Any) -> None:
    with pytest.raises(TaskUnknown):
        create_task.parse_task_id({"taskId": given})


def task(solution: Solution | None = None) -> Task:
    return Task(
        number=7,
        task="61138bb6-19fb-41ec-a9c8-0242ac110006",
        account="account",
        order=TokenOrder(sitekey=SITEKEY, page_url=URL),
        state="queued" if solution is None else "ready",
        attempt=0,
        created_at=0.0,
        deadline=300.0,
        solution=solution,
        failure=None,
    )


@pytest.mark.parametrize(("setting", "expected"), [("uuid", "61138bb6-19fb-41ec-a9c8-0242ac110006"), ("integer", 7)])
def test_the_account_chooses_which_id_is_returned(setting: str, expected: str | int) -> None:
    account = Account("account", "tests", 0, 0, setting)
    expected_pairs = [("errorId", 0), ("errorCode", ""), ("errorDescription", ""), ("taskId", expected)]
    assert list(create_task.task_created(task(), account, with_status=False).items()) == expected_pairs
    with_status = [*expected_pairs, ("status", "idle")]
    assert list(create_task.task_created(task(), account, with_status=True).items()) == with_status


def test_a_result_is_processing_until_there_is_a_solution() -> None:
    head = [("errorId", 0), ("errorCode", None), ("errorDescription", None)]
    assert list(create_task.task_result(task()).items()) == [*head, ("solution", None), ("status", "processing")]
    ready = create_task.task_result(task(Solution("P1_x", "E0_y", "agent")))
    solution = {"gRecaptchaResponse": "P1_x", "respKey": "E0_y", "userAgent": "agent"}
    assert list(ready.items()) == [*head, ("solution", solution), ("status", "ready")]
    assert list(ready["solution"]) == list(solution)
