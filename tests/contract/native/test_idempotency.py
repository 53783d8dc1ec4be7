"""The same Idempotency-Key and order give the same answer, whatever happens in between."""

import asyncio

import pytest

from captcha_range.core.clock import StillClock
from tests.solver_desk import Desk


async def test_a_replay_gets_the_first_answer_and_makes_no_second_task(desk: Desk) -> None:
    first = await desk.call("POST", "/v1/tasks", desk.order, idempotency_key="order 1")
    desk.worker.end()
    await desk.ended(first.body["task"])
    again = await desk.call("POST", "/v1/tasks", desk.order, idempotency_key="order 1")
    assert (again.status, again.body, again.headers["location"]) == (201, first.body, first.headers["location"])
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert (await desk.call("GET", "/v1/account")).body["balance"] == 9


async def test_the_same_order_is_the_same_however_its_json_is_written(desk: Desk) -> None:
    first = await desk.call("POST", "/v1/tasks", desk.order, idempotency_key="k")
    page, sitekey = desk.order["page_url"], desk.sitekey
    rewritten = f'{{ "invisible": false, "page_url":"{page}",\n "sitekey" : "{sitekey}"}}'.encode()
    again = await desk.call("POST", "/v1/tasks", rewritten, idempotency_key="k")
    assert again.body == first.body


async def test_another_order_under_the_same_key_is_refused(desk: Desk) -> None:
    await desk.call("POST", "/v1/tasks", desk.order, idempotency_key="k")
    refused = await desk.call("POST", "/v1/tasks", {**desk.order, "invisible": True}, idempotency_key="k")
    assert (refused.status, refused.body["code"]) == (422, "idempotency_mismatch")


async def test_keys_belong_to_their_account(desk: Desk) -> None:
    first = await desk.call("POST", "/v1/tasks", desk.order, idempotency_key="k")
    await desk.open_account(name="other")
    other = await desk.call("POST", "/v1/tasks", desk.order, idempotency_key="k")
    assert (other.status, other.body["task"] != first.body["task"]) == (201, True)


async def test_racing_orders_under_one_key_make_one_task(desk: Desk) -> None:
    racers = [desk.call("POST", "/v1/tasks", desk.order, idempotency_key="race") for _ in range(32)]
    answers = await asyncio.gather(*racers)
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body["task"] for answer in answers}) == 1
    assert (await desk.call("GET", "/v1/account")).body["balance"] == 9


async def test_racing_orders_without_a_key_make_a_task_each(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.call("POST", "/v1/tasks", desk.order) for _ in range(8)))
    assert len({answer.body["task"] for answer in answers}) == 8


async def test_a_refused_order_does_not_use_its_key_up(desk: Desk) -> None:
    bad = {**desk.order, "sitekey": "00000000-0000-4000-8000-000000000000"}
    assert (await desk.call("POST", "/v1/tasks", bad, idempotency_key="k")).status == 422
    assert (await desk.call("POST", "/v1/tasks", desk.order, idempotency_key="k")).status == 201


async def test_a_key_is_remembered_for_a_day(desk: Desk, clock: StillClock) -> None:
    first = await desk.call("POST", "/v1/tasks", desk.order, idempotency_key="k")
    desk.worker.end()
    await desk.ended(first.body["task"])
    clock.advance(86_399)
    await desk.solver.retention.sweep()
    assert (await desk.call("POST", "/v1/tasks", desk.order, idempotency_key="k")).body == first.body
    clock.advance(1)
    await desk.solver.retention.sweep()
    assert (await desk.call("POST", "/v1/tasks", desk.order, idempotency_key="k")).body != first.body


@pytest.mark.parametrize("key", ["", "k" * 256, "é", "a\tb"])
async def test_a_key_that_is_none_is_refused(desk: Desk, key: str) -> None:
    refused = await desk.call("POST", "/v1/tasks", desk.order, idempotency_key=key)
    assert (refused.status, refused.body["code"]) == (422, "field_invalid")
