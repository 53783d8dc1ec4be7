"""The steps of `solve`, without a network."""

import pytest

from captcha_range.client import DeadlinePassed, Evidence, Task, Unreachable
from captcha_range.client.calls import Address, create_task, read_task
from captcha_range.client.documents import State
from captcha_range.client.errors import Problem, RateLimited, Unavailable, error_of
from captcha_range.client.solving import PAUSE, TRIES, Steps, solving
from captcha_range.core.clock import StillClock
from captcha_range.http_call import Reply


def task_in(state: State) -> Task:
    evidence = Evidence(attempts=0, worker=None, tries=None, region=None, source=None)
    return Task(
        task="t",
        state=state,
        created_at=0.0,
        deadline=1.0,
        finished_at=None,
        sitekey="s",
        page_url="p",
        callback_url=None,
        solution=None,
        failure=None,
        evidence=evidence,
    )


@pytest.fixture
def steps(clock: StillClock) -> Steps:
    return solving(create_task("s", "p"), 90, clock)


def test_an_order_is_followed_by_held_reads_until_the_task_has_ended(steps: Steps, clock: StillClock) -> None:
    assert next(steps).method == "POST"
    assert steps.send(task_in("queued")).headers == {"Prefer": "wait=60"}
    clock.advance(60)
    assert steps.send(task_in("running")).headers == {"Prefer": "wait=30"}
    with pytest.raises(StopIteration) as done:
        steps.send(task_in("ready"))
    assert done.value.value.state == "ready"


def test_the_deadline_passes_with_the_task_as_it_was(steps: Steps, clock: StillClock) -> None:
    next(steps)
    clock.advance(90)
    with pytest.raises(DeadlinePassed) as caught:
        steps.send(task_in("running"))
    assert caught.value.task.state == "running"


def test_a_lost_answer_repeats_the_very_same_request(steps: Steps) -> None:
    first = next(steps)
    again = steps.throw(Unreachable())
    assert (again.headers, again.body, again.pause) == (first.headers, first.body, PAUSE)


def test_the_last_try_raises(steps: Steps) -> None:
    next(steps)
    for _ in range(TRIES - 1):
        assert steps.throw(Unavailable(503, Problem(), 3.0)).pause == 3.0
    with pytest.raises(Unavailable):
        steps.throw(Unavailable(503, Problem(), 3.0))


@pytest.mark.parametrize("retry_after", [None, 90.0])
def test_a_wait_that_cannot_help_is_not_begun(steps: Steps, retry_after: float | None) -> None:
    next(steps)
    with pytest.raises(RateLimited):
        steps.throw(RateLimited(429, Problem(), retry_after))


@pytest.mark.parametrize("task", ["", ".", ".."])
def test_a_path_that_is_no_task_is_refused(task: str) -> None:
    with pytest.raises(ValueError, match="task"):
        read_task(task)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://127.0.0.1", "key"),
        ("127.0.0.1:8481", "key"),
        ("http://", "key"),
        ("http://me@127.0.0.1", "key"),
        ("http://127.0.0.1/?a", "key"),
        ("http://127.0.0.1", ""),
        ("http://127.0.0.1", "key\r\nhost: elsewhere"),
    ],
)
def test_an_address_is_a_plain_url_and_a_key(url: str, key: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        Address(url, key)


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [(502, "text/html", b"<html>"), (500, "application/problem+json", b"{"), (599, "", b"")],
)
def test_an_error_that_is_no_problem_document_still_has_its_status(status: int, content_type: str, body: bytes) -> None:
    error = error_of(Reply(status, {"content-type": content_type, "retry-after": "Fri, 31 Dec 1999"}, body))
    assert (error.status, error.type, error.retry_after) == (status, "about:blank", None)
    assert error.title
