"""What clients expect around createTask: statistics, reports, a test, and lasting results."""

from typing import Any

import pytest

from captcha_range.core import journal
from captcha_range.core.clock import StillClock
from tests.solver_desk import ORIGIN, Desk

REPORTS = ["reportIncorrectHcaptcha", "reportIncorrectRecaptcha", "reportCorrectRecaptcha"]


async def ready_task(desk: Desk) -> str:
    task = {"type": "HCaptchaTaskProxyless", "websiteURL": f"{ORIGIN}/", "websiteKey": desk.sitekey}
    created = await desk.call("POST", "/createTask", {"clientKey": desk.key, "task": task})
    desk.worker.end()
    await desk.ended(created.body["taskId"])
    return str(created.body["taskId"])


async def result(desk: Desk, task: str) -> dict[str, Any]:
    asked = {"clientKey": desk.key, "taskId": task}
    answer: dict[str, Any] = (await desk.call("POST", "/getTaskResult", asked)).body
    return answer


@pytest.mark.parametrize("method", REPORTS)
async def test_a_report_is_taken_and_taken_again(desk: Desk, method: str) -> None:
    asked = {"clientKey": desk.key, "taskId": await ready_task(desk)}
    for _ in range(2):
        assert (await desk.call("POST", f"/{method}", asked)).body == {"errorId": 0, "status": "success"}
    told = [entry for entry in desk.solver.database.read(journal.entries) if entry.event == "TaskReported"]
    assert len(told) == 1


@pytest.mark.parametrize("method", REPORTS)
async def test_a_report_of_an_unknown_or_foreign_task_is_refused_alike(desk: Desk, method: str) -> None:
    task = await ready_task(desk)
    unknown = await desk.call("POST", f"/{method}", {"clientKey": desk.key, "taskId": 77})
    await desk.open_account()
    foreign = await desk.call("POST", f"/{method}", {"clientKey": desk.key, "taskId": task})
    assert unknown.body == foreign.body
    assert unknown.body["errorId"] == 16


async def test_the_last_report_counts(desk: Desk) -> None:
    task = await ready_task(desk)
    for method in ("reportCorrectRecaptcha", "reportIncorrectHcaptcha"):
        await desk.call("POST", f"/{method}", {"clientKey": desk.key, "taskId": task})
    assert desk.solver.reports.verdict(task) == "incorrect"


async def test_queue_statistics_count_free_and_busy_workers(desk: Desk) -> None:
    idle = (await desk.call("POST", "/getQueueStats", {"queueId": 29})).body
    await desk.create()
    await desk.worker.taken.get()
    busy = (await desk.call("POST", "/getQueueStats", b"")).body
    assert (idle["waiting"], idle["load"], busy["waiting"], busy["load"]) == (2, 0.0, 1, 50.0)
    assert list(idle) == ["waiting", "load", "bid", "speed", "total"]


async def test_queue_statistics_tell_how_long_a_token_took(desk: Desk, clock: StillClock) -> None:
    for seconds in (2, 4):
        task = await desk.create()
        clock.advance(seconds)
        desk.worker.end()
        await desk.ended(task)
    assert (await desk.call("POST", "/getQueueStats", {})).body["speed"] == 3.0


async def test_the_test_names_fields_and_kinds_but_repeats_no_content(desk: Desk) -> None:
    answer = (await desk.call("POST", "/test", {"clientKey": "hidden", "n": 1, "o": {}, "l": [], "x": None})).body
    kinds = {"clientKey": "string", "n": "number", "o": "object", "l": "array", "x": "null"}
    assert answer == {"errorId": 0, "errorCode": "", "errorDescription": "", "fields": kinds}


async def test_a_ready_result_stays_readable_for_longer_than_the_documents_ask(desk: Desk, clock: StillClock) -> None:
    task = await ready_task(desk)
    for seconds in (120, 180, 3_600):
        clock.advance(seconds)
        await desk.solver.retention.sweep()
        assert (await result(desk, task))["status"] == "ready"
    clock.advance(86_400)
    await desk.solver.retention.sweep()
    assert (await result(desk, task))["errorCode"] == "ERROR_NO_SUCH_CAPCHA_ID"
