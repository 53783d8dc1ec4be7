"""Webhooks: signed as Standard Webhooks has it, tried again, kept inside the fence, never redirected."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import standardwebhooks.webhooks
from standardwebhooks import Webhook, WebhookVerificationError

from captcha_range.core import journal
from captcha_range.core.clock import StillClock
from captcha_range.solver.accounts import AccountOrder
from captcha_range.solver.errors import Unsolvable
from captcha_range.solver.outbox import BACK_OFF
from tests.contract.native.receiver import Message, Receiver, receiving
from tests.solver_desk import ORIGIN, Desk


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as listening:
        yield listening


@pytest.fixture(autouse=True)
def same_time(monkeypatch: pytest.MonkeyPatch, clock: StillClock) -> None:
    """The independent verifier refuses old messages by the clock of the wall; here it reads the test's."""

    class Still(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Still":
            return cls.fromtimestamp(clock.now(), tz or UTC)

    monkeypatch.setattr(standardwebhooks.webhooks, "datetime", Still)


async def ended_with_callback(desk: Desk, receiver: Receiver, failure: Unsolvable | None = None) -> str:
    task = await desk.create(callback_url=f"{receiver.url}/hook?a=b")
    if failure is None:
        desk.worker.end()
    else:
        desk.worker.end(failure)
    await desk.ended(task)
    return task


async def deliveries(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await desk.call("GET", "/v1/webhooks/deliveries")).body["deliveries"]
    return found


def verified(secret: str, message: Message) -> Any:
    return Webhook(secret).verify(message.body, message.headers)


async def test_the_end_of_a_task_is_told_once_and_an_independent_library_verifies_it(
    desk: Desk, receiver: Receiver
) -> None:
    task = await ended_with_callback(desk, receiver)
    await desk.solver.courier.deliver_due()
    await desk.solver.courier.deliver_due()
    (message,) = receiver.messages
    content = verified(desk.secret, message)
    assert (content["type"], content["data"]) == ("task.ready", await desk.read(task))
    assert message.headers["webhook-id"] == f"msg_{task}"
    assert message.headers["content-type"] == "application/json"


@pytest.mark.parametrize("part", ["body", "webhook-id", "webhook-timestamp", "secret"])
async def test_a_signature_covers_body_id_and_time_and_needs_the_secret(
    desk: Desk, receiver: Receiver, part: str
) -> None:
    await ended_with_callback(desk, receiver)
    await desk.solver.courier.deliver_due()
    message, secret = receiver.messages[0], desk.secret
    if part == "body":
        message = message._replace(body=message.body.replace(b"ready", b"reaby"))
    elif part == "secret":
        secret = await desk.solver.webhook_secrets.renew(desk.account)
    else:
        changed = str(int(message.headers["webhook-timestamp"]) - 1)
        message = message._replace(headers={**message.headers, part: changed})
    with pytest.raises(WebhookVerificationError):
        verified(secret, message)


async def test_the_how_tos_own_code_accepts_a_genuine_message_and_refuses_a_changed_or_old_one(
    desk: Desk, receiver: Receiver, clock: StillClock
) -> None:
    await ended_with_callback(desk, receiver)
    await desk.solver.courier.deliver_due()
    (message,) = receiver.messages
    page = (Path(__file__).parents[3] / "docs/how-to/receive-webhooks.md").read_text()
    (source,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    namespace: dict[str, Any] = {}
    exec(source, namespace)  # noqa: S102 - the document's own example is what is tested
    is_genuine = namespace["is_genuine"]
    assert is_genuine(desk.secret, message.headers, message.body, clock.now())
    assert not is_genuine(desk.secret, message.headers, message.body + b" ", clock.now())
    assert not is_genuine(desk.secret, message.headers, message.body, clock.now() + 301)


async def test_a_failed_task_is_told_too(desk: Desk, receiver: Receiver) -> None:
    await ended_with_callback(desk, receiver, Unsolvable())
    await desk.solver.courier.deliver_due()
    content = verified(desk.secret, receiver.messages[0])
    assert (content["type"], content["data"]["failure"]["code"]) == ("task.failed", "unsolvable")


async def test_a_cancelled_task_and_one_whose_time_is_over_are_told_too(
    desk: Desk, receiver: Receiver, clock: StillClock
) -> None:
    cancelled = await desk.create(callback_url=receiver.url)
    await desk.call("DELETE", f"/v1/tasks/{cancelled}")
    await desk.create(callback_url=receiver.url)
    clock.advance(301)
    await desk.solver.tasks.lease(0)
    await desk.solver.courier.deliver_due()
    codes = [msgspec.json.decode(message.body)["data"]["failure"]["code"] for message in receiver.messages]
    assert sorted(codes) == ["cancelled", "timeout"]


async def test_a_refused_delivery_is_tried_again_after_each_pause_with_the_same_id_and_body(
    desk: Desk, receiver: Receiver, clock: StillClock
) -> None:
    await ended_with_callback(desk, receiver)
    receiver.statuses = [500] * len(BACK_OFF)
    await desk.solver.courier.deliver_due()
    for tried, pause in enumerate(BACK_OFF, start=1):
        clock.advance(pause - 0.5)
        await desk.solver.courier.deliver_due()
        assert len(receiver.messages) == tried
        clock.advance(0.5)
        await desk.solver.courier.deliver_due()
        assert len(receiver.messages) == tried + 1
        verified(desk.secret, receiver.messages[-1])
    assert len({(message.headers["webhook-id"], message.body) for message in receiver.messages}) == 1
    (delivery,) = await deliveries(desk)
    assert delivery["state"] == "delivered"
    assert [attempt["status"] for attempt in delivery["attempts"]] == [500] * len(BACK_OFF) + [204]


async def test_a_delivery_that_is_never_taken_is_given_up_and_can_be_sent_again(
    desk: Desk, receiver: Receiver, clock: StillClock
) -> None:
    await ended_with_callback(desk, receiver)
    receiver.statuses = [503] * (len(BACK_OFF) + 1)
    await desk.solver.courier.deliver_due()
    for pause in BACK_OFF:
        clock.advance(pause)
        await desk.solver.courier.deliver_due()
    (delivery,) = await deliveries(desk)
    assert (delivery["state"], delivery["next_at"]) == ("failed", None)
    revived = await desk.call("POST", f"/v1/webhooks/deliveries/{delivery['delivery']}/redeliver")
    assert (revived.status, revived.body["state"]) == (202, "pending")
    await desk.solver.courier.deliver_due()
    assert (await deliveries(desk))[0]["state"] == "delivered"


async def test_a_receiver_that_is_gone_is_not_asked_again(desk: Desk, receiver: Receiver) -> None:
    await ended_with_callback(desk, receiver)
    receiver.statuses = [410]
    await desk.solver.courier.deliver_due()
    assert (await deliveries(desk))[0]["state"] == "failed"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_failed_attempt_and_is_not_followed(desk: Desk, receiver: Receiver, status: int) -> None:
    await ended_with_callback(desk, receiver)
    receiver.statuses = [status]
    await desk.solver.courier.deliver_due()
    assert [message.path for message in receiver.messages] == ["/hook"]
    (delivery,) = await deliveries(desk)
    assert delivery["state"] == "pending"
    assert delivery["attempts"][0] == {
        "number": 1,
        "at": delivery["created_at"],
        "status": status,
        "problem": "redirects are not followed",
    }


async def test_a_receiver_that_does_not_listen_is_a_failed_attempt(desk: Desk) -> None:
    task = await desk.create(callback_url="http://127.0.0.1:1/")
    desk.worker.end()
    await desk.ended(task)
    await desk.solver.courier.deliver_due()
    (attempt,) = (await deliveries(desk))[0]["attempts"]
    assert (attempt["status"], bool(attempt["problem"])) == (None, True)


async def test_the_outbox_outlives_a_task_that_ends_while_nobody_delivers(desk: Desk, receiver: Receiver) -> None:
    await ended_with_callback(desk, receiver)
    assert receiver.messages == []
    assert [due.url for due in desk.solver.outbox.due(10)] == [f"{receiver.url}/hook?a=b"]


@pytest.mark.parametrize(
    "url",
    [
        "http://8.8.8.8/",
        "https://93.184.216.34/hook",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "http://[::ffff:8.8.8.8]/",
        "http://[fe80::1]/",
        "http://0.0.0.0:80/",
        "http://example.com/hook",
        "http://localhost.example.com/",
        "http://2130706433/",
        "http://127.1/",
    ],
)
async def test_a_callback_outside_the_fence_is_refused_before_a_task_exists(desk: Desk, url: str) -> None:
    refused = await desk.call("POST", "/v1/tasks", {**desk.order, "callback_url": url})
    assert (refused.status, refused.body["code"]) == (403, "callback_outside")
    body = {"clientKey": desk.key, "callbackUrl": url, "task": document_task(desk)}
    assert (await desk.call("POST", "/createTask", body)).body["errorId"] == 32
    assert (await desk.call("GET", "/v1/tasks")).body["tasks"] == []


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:99999/",
        "http://user:pw@127.0.0.1/",
        "http://127.0.0.1/#x",
        "http://127.0.0.1/ x",
        "http://127.0.0.1\\@8.8.8.8/",
        "http://127.0.0.1/\r\nx: y",
    ],
)
async def test_a_callback_that_is_no_plain_url_is_a_wrong_field(desk: Desk, url: str) -> None:
    refused = await desk.call("POST", "/v1/tasks", {**desk.order, "callback_url": url})
    assert (refused.status, refused.body["code"]) == (422, "field_invalid")
    body = {"clientKey": desk.key, "callbackUrl": url, "task": document_task(desk)}
    assert (await desk.call("POST", "/createTask", body)).body["errorId"] == 24


def document_task(desk: Desk) -> dict[str, Any]:
    return {"type": "HCaptchaTaskProxyless", "websiteURL": f"{ORIGIN}/register", "websiteKey": desk.sitekey}


async def test_the_callback_of_create_task_gets_the_documents_own_answer(desk: Desk, receiver: Receiver) -> None:
    body = {"clientKey": desk.key, "callbackUrl": receiver.url, "task": document_task(desk)}
    task = (await desk.call("POST", "/createTask", body)).body["taskId"]
    desk.worker.end()
    await desk.ended(task)
    result = await desk.call("POST", "/getTaskResult", {"clientKey": desk.key, "taskId": task})
    await desk.solver.courier.deliver_due()
    assert verified(desk.secret, receiver.messages[0]) == {**result.body, "taskId": task}


async def test_the_callback_of_create_task_gets_the_documents_error(desk: Desk, receiver: Receiver) -> None:
    body = {"clientKey": desk.key, "callbackUrl": receiver.url, "task": document_task(desk)}
    task = (await desk.call("POST", "/createTask", body)).body["taskId"]
    desk.worker.end(Unsolvable())
    await desk.ended(task)
    await desk.solver.courier.deliver_due()
    told = verified(desk.secret, receiver.messages[0])
    assert (told["errorId"], told["status"], told["taskId"]) == (12, "failed", task)


async def test_a_replaced_secret_signs_beside_the_new_one_for_a_day(
    desk: Desk, receiver: Receiver, clock: StillClock
) -> None:
    renewed = await desk.solver.webhook_secrets.renew(desk.account)
    await ended_with_callback(desk, receiver)
    await desk.solver.courier.deliver_due()
    for secret in (desk.secret, renewed):
        verified(secret, receiver.messages[0])
    clock.advance(86_400)
    await ended_with_callback(desk, receiver)
    await desk.solver.courier.deliver_due()
    verified(renewed, receiver.messages[1])
    with pytest.raises(WebhookVerificationError):
        verified(desk.secret, receiver.messages[1])


async def test_a_secret_has_the_standards_form_and_never_gets_into_the_journal(desk: Desk) -> None:
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", desk.secret)
    entries = desk.solver.database.read(journal.entries)
    assert "WebhookSecretRenewed" in {entry.event for entry in entries}
    assert desk.secret not in msgspec.json.encode(entries).decode()


async def test_another_accounts_deliveries_are_neither_listed_nor_sent_again(desk: Desk, receiver: Receiver) -> None:
    task = await ended_with_callback(desk, receiver)
    await desk.open_account(name="stranger")
    assert await deliveries(desk) == []
    assert (await desk.call("POST", f"/v1/webhooks/deliveries/msg_{task}/redeliver")).status == 404


async def test_an_account_without_a_secret_is_told_so_in_the_log(desk: Desk, receiver: Receiver) -> None:
    _, desk.key = await desk.solver.accounts.open(AccountOrder(name="bare"))
    await ended_with_callback(desk, receiver)
    await desk.solver.courier.deliver_due()
    assert "secret" in (await deliveries(desk))[0]["attempts"][0]["problem"]
    assert receiver.messages == []


async def test_a_running_courier_delivers_without_being_asked(desk: Desk, receiver: Receiver) -> None:
    await desk.solver.courier.start()
    await ended_with_callback(desk, receiver)
    await asyncio.wait_for(receiver.arrived.wait(), 20)
    verified(desk.secret, receiver.messages[0])


async def test_delivered_webhooks_are_forgotten_after_a_day(desk: Desk, receiver: Receiver, clock: StillClock) -> None:
    await ended_with_callback(desk, receiver)
    await desk.solver.courier.deliver_due()
    clock.advance(86_400)
    await desk.solver.retention.sweep()
    assert await deliveries(desk) == []
