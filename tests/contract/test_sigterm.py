"""SIGTERM under load: whoever waits is answered, what runs ends or goes back to the queue, and nothing is lost."""

import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.kill_cycles import BALANCE, Stored
from tests.contract.sigterm_cycles import LIMIT, History, faults, run, summary

SANE_END = 30.0
"""Seconds; far above what an end takes even on a machine that is busy with other things."""


def check(data_dir: Path, cycles: int, capsys: pytest.CaptureFixture[str], limit: float) -> None:
    history, stored = run(data_dir, cycles)
    with capsys.disabled():
        print(f"\n{summary(history, stored)}")  # noqa: T201 - the measured figures are the point of the run
    assert faults(history, stored, limit) == []
    assert len(history.seconds_to_exit) == cycles
    assert len(history.acknowledged) > 0
    assert history.answered_late > 0
    assert history.given_back > 0


def test_six_stops_under_load_leave_nobody_without_an_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check(tmp_path / "data", 6, capsys, SANE_END)


@pytest.mark.soak
def test_two_hundred_stops_under_load_leave_nobody_without_an_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check(tmp_path / "data", 200, capsys, LIMIT)


# Negative controls: a range that just dies is found out, and so is each broken promise.


def test_a_range_that_is_killed_leaves_requests_unanswered_and_tasks_held(tmp_path: Path) -> None:
    history, stored = run(tmp_path / "data", 1, how=signal.SIGKILL)
    found = faults(history, stored, SANE_END)
    assert any("held read" in fault and "never answered" in fault for fault in found)
    assert any("was not given back" in fault for fault in found)
    assert "cycle 0: exit code -9" in found


def unanswered(history: History) -> None:
    history.unanswered.append("held read (ServerDisconnectedError)")


def slow(history: History) -> None:
    history.seconds_to_exit[0] = 10.5


def failed(history: History) -> None:
    history.exit_codes[0] = 1


def lost(history: History) -> None:
    history.acknowledged.append("b")


@pytest.mark.parametrize(
    ("breach", "told"),
    [
        (unanswered, "held read (ServerDisconnectedError): under way, and never answered"),
        (slow, "cycle 0: 10.5 s to end"),
        (failed, "cycle 0: exit code 1"),
        (lost, "task b: acknowledged but lost"),
    ],
)
def test_the_checker_reports_a_broken_promise(breach: Callable[[History], None], told: str) -> None:
    history = History(acknowledged=["a"], results={"a": {"P1_x"}}, seconds_to_exit=[1.0], exit_codes=[0])
    stored = Stored({"a": "ready"}, Counter("a"), Counter({"digest": 1}), BALANCE - 1, ("ok", "ok"))
    assert faults(history, stored) == []
    breach(history)
    assert told in faults(history, stored)
