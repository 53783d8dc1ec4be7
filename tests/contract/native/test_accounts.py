"""Accounts: prices, quotas, limits, keys with scopes; the operator's side of it, journaled without secrets."""

from typing import Any

import msgspec
import pytest

from captcha_range.core import journal
from captcha_range.core.clock import StillClock
from captcha_range.solver.client_keys import ClientKeyOrder as KeyOrder
from captcha_range.solver.errors import Unsolvable
from tests.solver_desk import ORIGIN, Desk

READS = [("GET", "/v1/tasks"), ("GET", "/v1/account"), ("GET", "/v1/webhooks/deliveries")]


async def balance(desk: Desk) -> int:
    return int((await desk.call("GET", "/v1/account")).body["balance"])


async def test_each_type_of_task_has_its_own_price(desk: Desk) -> None:
    await desk.open_account(prices={"token": 2, "token_with_proxy": 5})
    await desk.create()
    assert await balance(desk) == 8
    await desk.create(proxy={"address": "127.0.0.1", "port": 3128})
    assert await balance(desk) == 3


async def test_a_failed_task_gives_back_what_it_cost_even_if_the_price_changed_meanwhile(desk: Desk) -> None:
    await desk.open_account(prices={"token": 4})
    task = await desk.create()
    await desk.admin("PATCH", f"/{desk.account}", {"prices": {"token": 9}})
    desk.worker.end(Unsolvable())
    await desk.ended(task)
    assert await balance(desk) == 10


async def test_free_tasks_come_before_credits_and_are_given_back_as_such(desk: Desk) -> None:
    await desk.open_account(balance=1, free_tasks=1)
    task = await desk.create()
    assert (await desk.call("GET", "/v1/account")).body["free_tasks"] == 0
    desk.worker.end(Unsolvable())
    await desk.ended(task)
    account = (await desk.call("GET", "/v1/account")).body
    assert (account["balance"], account["free_tasks"]) == (1, 1)


async def test_an_empty_balance_answers_402(desk: Desk) -> None:
    await desk.open_account(balance=0)
    assert (await desk.call("POST", "/v1/tasks", desk.order)).status == 402


async def test_the_rate_limit_answers_429_with_the_drafts_headers_and_room_comes_back(
    desk: Desk, clock: StillClock
) -> None:
    await desk.open_account(limits={"tasks": {"quota": 2, "window": 10}})
    first = await desk.call("POST", "/v1/tasks", desk.order)
    assert first.headers["ratelimit-policy"] == '"tasks";q=2;w=10'
    assert first.headers["ratelimit"] == '"tasks";r=1;t=5'
    await desk.create()
    refused = await desk.call("POST", "/v1/tasks", desk.order)
    assert (refused.status, refused.headers["retry-after"]) == (429, "5")
    assert refused.headers["ratelimit"] == '"tasks";r=0;t=10'
    assert refused.body["type"] == "https://iana.org/assignments/http-problem-types#quota-exceeded"
    assert refused.body["violated-policies"] == ["tasks"]
    clock.advance(5)
    await desk.create()


async def test_the_limit_holds_for_create_task_and_recognitions_but_never_for_reads(desk: Desk) -> None:
    one = {"quota": 1, "window": 60}
    await desk.open_account(limits={"tasks": one, "recognitions": one})
    task = await desk.create()
    old = {"type": "HCaptchaTaskProxyless", "websiteURL": f"{ORIGIN}/", "websiteKey": desk.sitekey}
    refused = await desk.call("POST", "/createTask", {"clientKey": desk.key, "task": old})
    assert refused.body["errorId"] == 2
    answers = [await desk.call("POST", "/v1/recognitions", {"image": "AAAA"}) for _ in range(2)]
    assert [answer.status for answer in answers] == [422, 429]
    for method, path in [*READS, ("GET", f"/v1/tasks/{task}")]:
        for _ in range(3):
            assert (await desk.call(method, path)).status == 200
    asked = {"clientKey": desk.key, "taskId": task}
    desk.worker.end()
    await desk.ended(task)
    for _ in range(3):
        assert (await desk.call("POST", "/getTaskResult", asked)).body["status"] == "ready"


async def test_a_replay_is_not_counted_against_the_limit(desk: Desk) -> None:
    await desk.open_account(limits={"tasks": {"quota": 1, "window": 60}})
    for _ in range(3):
        assert (await desk.call("POST", "/v1/tasks", desk.order, idempotency_key="k")).status == 201


@pytest.mark.parametrize(
    ("scopes", "status"),
    [(["read"], 403), (["verify", "admin"], 403), ([], 403), (["solve"], 201), (["solve", "read"], 201)],
)
async def test_ordering_needs_the_scope_solve(desk: Desk, scopes: list[str], status: int) -> None:
    added = await desk.admin("POST", f"/{desk.account}/keys", {"name": "narrow", "scopes": scopes})
    answer = await desk.call("POST", "/v1/tasks", desk.order, key=added.body["client_key"])
    assert answer.status == status


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        *((method, path, "read") for method, path in READS),
        ("GET", "/v1/tasks/{task}", "read"),
        ("GET", "/v1/tasks/{task}/evidence", "verify"),
        ("POST", "/v1/account/webhook-secret", "admin"),
    ],
)
async def test_each_call_needs_its_own_scope(desk: Desk, method: str, path: str, needed: str) -> None:
    path = path.format(task=await desk.create())
    for scope in ("solve", "verify", "admin", "read"):
        _, key = await desk.solver.accounts.client_keys.add(
            desk.account, msgspec.convert({"scopes": [scope]}, KeyOrder)
        )
        answer = await desk.call(method, path, key=key)
        assert (answer.status < 300) == (scope == needed), scope
        if scope != needed:
            assert answer.body["code"] == "scope_missing"


async def test_the_dialects_need_the_same_scopes(desk: Desk) -> None:
    _, key = await desk.solver.accounts.client_keys.add(desk.account, KeyOrder(scopes=("verify",)))
    old = {"type": "HCaptchaTaskProxyless", "websiteURL": f"{ORIGIN}/", "websiteKey": desk.sitekey}
    assert (await desk.call("POST", "/createTask", {"clientKey": key, "task": old})).body["errorId"] == 1
    assert (await desk.call("POST", "/getBalance", {"clientKey": key})).body["errorId"] == 1
    universal = {"sitekey": desk.sitekey, "referer": f"{ORIGIN}/"}
    answer = await desk.call("POST", "/api/wanda/hcaptcha/universal", universal, user_token=key)
    assert (answer.body["status"], answer.body["data"]) == (0, None)
    image = await desk.call("POST", "/captcha/recognition/hcaptcha", {"queries": ["AAAA"]}, key=key)
    assert image.status == 401


async def test_a_revoked_key_is_worthless_at_once_and_the_others_are_not(desk: Desk) -> None:
    added = (await desk.admin("POST", f"/{desk.account}/keys", {"name": "second"})).body
    revoke = f"/{desk.account}/keys/{added['key']['client_key']}"
    assert (await desk.admin("DELETE", revoke)).status == 204
    assert (await desk.call("GET", "/v1/account", key=added["client_key"])).status == 401
    assert (await desk.call("GET", "/v1/account")).status == 200
    assert (await desk.admin("DELETE", revoke)).status == 404
    listed = (await desk.admin("GET", f"/{desk.account}/keys")).body["keys"]
    assert [(key["name"], key["revoked_at"] is None) for key in listed] == [("first", True), ("second", False)]


async def test_keys_and_their_scopes_survive_a_restart(desk: Desk) -> None:
    _, narrow = await desk.solver.accounts.client_keys.add(desk.account, KeyOrder(scopes=("read",)))
    again = type(desk.solver.accounts)(desk.solver.database, type(desk.solver.keys)(desk.solver.database, b"pepper"))
    assert again.client_keys.scopes(narrow) == {"read"}
    assert again.by_key(desk.key).account == desk.account


async def test_an_account_is_changed_topped_up_and_read_by_its_operator(desk: Desk) -> None:
    path = f"/{desk.account}"
    changed = await desk.admin("PATCH", path, {"name": "renamed", "limits": {"tasks": {"quota": 7, "window": 1}}})
    assert (changed.body["account"]["name"], changed.body["account"]["limits"]["tasks"]["quota"]) == ("renamed", 7)
    assert changed.body["account"]["balance"] == 10
    assert (await desk.admin("POST", f"{path}/top-up", {"credits": 5})).body["account"]["balance"] == 15
    assert (await desk.admin("GET", path)).body["account"]["balance"] == 15
    assert [account["name"] for account in (await desk.admin("GET", "")).body["accounts"]] == ["renamed"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "", {"balance": -1}),
        ("POST", "", {"task_ids": "roman"}),
        ("POST", "", {"name": ""}),
        ("POST", "", {"name": "a\u0000b"}),
        ("POST", "", {"limits": {"tasks": {"quota": 0}}}),
        ("POST", "", {"prices": {"token": -1}}),
        ("POST", "", {"scopes": ["root"]}),
        ("POST", "", {"unknown": 1}),
        ("PATCH", "/{account}", {"balance": 5}),
        ("PATCH", "/{account}", {"recognitions": 2**63}),
        ("PATCH", "/{account}", {"task_ids": "roman"}),
        ("POST", "/{account}/top-up", {"credits": 0}),
        ("POST", "/{account}/top-up", {"credits": 2**64}),
        ("POST", "/{account}/keys", {"scopes": ["root"]}),
        ("POST", "/{account}/keys", []),
    ],
)
async def test_the_operator_is_told_what_cannot_be(desk: Desk, method: str, path: str, body: Any) -> None:
    answer = await desk.admin(method, path.format(account=desk.account), body)
    assert (answer.status, answer.body["error"]["code"]) == (422, "body_invalid")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {}),
        ("POST", "/top-up", {"credits": 1}),
        ("GET", "/keys", None),
        ("POST", "/keys", {}),
        ("DELETE", "/keys/x", None),
        ("POST", "/webhook-secret", None),
    ],
)
async def test_an_unknown_account_is_404_and_a_client_key_is_no_admin_key(
    desk: Desk, method: str, path: str, body: Any
) -> None:
    assert (await desk.admin(method, f"/nobody{path}", body)).status == 404
    assert (await desk.call(method, f"/admin/accounts/{desk.account}{path}", body)).status == 401


async def test_what_the_operator_does_is_in_the_journal_without_any_secret(desk: Desk) -> None:
    opened = (await desk.admin("POST", "", {"name": "journaled"})).body
    path = f"/{opened['account']['account']}"
    added = (await desk.admin("POST", f"{path}/keys", {})).body
    await desk.admin("PATCH", path, {"name": "again"})
    await desk.admin("POST", f"{path}/top-up", {"credits": 3})
    secret = (await desk.admin("POST", f"{path}/webhook-secret")).body["webhook_secret"]
    await desk.admin("DELETE", f"{path}/keys/{added['key']['client_key']}")
    entries = desk.solver.database.read(journal.entries)
    told = [entry.event for entry in entries if entry.subject == opened["account"]["account"]]
    assert told == [
        "AccountOpened",
        "ClientKeyAdded",
        "WebhookSecretRenewed",
        "ClientKeyAdded",
        "AccountChanged",
        "AccountToppedUp",
        "WebhookSecretRenewed",
        "ClientKeyRevoked",
    ]
    text = msgspec.json.encode(entries).decode()
    for hidden in (opened["client_key"], opened["webhook_secret"], added["client_key"], secret):
        assert hidden not in text
