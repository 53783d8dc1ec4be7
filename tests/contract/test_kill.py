"""kill -9 under load, again and again: nothing acknowledged is lost, nothing ends twice, no token is good twice."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.kill_cycles import BALANCE, History, Stored, faults, run, summary

SANE_START = 30.0
"""Seconds; far above what a start takes even on a machine that is busy with other things."""


def check(data_dir: Path, cycles: int, capsys: pytest.CaptureFixture[str]) -> None:
    history, stored = run(data_dir, cycles)
    with capsys.disabled():
        print(f"\n{summary(history, stored)}")  # noqa: T201 - the measured figures are the point of the run
    assert faults(history, stored) == []
    assert history.kills == cycles
    assert len(history.acknowledged) >= cycles
    assert len(history.tokens) > 0
    assert sum(history.accepted.values()) > 0
    assert max(history.seconds_to_ready) < SANE_START


def test_fifteen_kills_under_load_break_no_promise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(tmp_path / "data", 15, capsys)


@pytest.mark.soak
def test_fifty_kills_under_load_break_no_promise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(tmp_path / "data", 50, capsys)


# Negative controls: the same checker reports each promise that was broken.


def kept() -> tuple[History, Stored]:
    """Two tasks, one of them ready with a token that was accepted once."""
    history = History(acknowledged=["a", "b"], results={"a": {"P1_x"}, "b": {"ERROR_CAPTCHA_UNSOLVABLE"}})
    history.accepted["P1_x"] = 1
    stored = Stored({"a": "ready", "b": "failed"}, Counter("ab"), Counter({"digest": 1}), BALANCE - 1, ("ok", "ok"))
    return history, stored


def acknowledged_before_it_was_written(history: History, stored: Stored) -> Stored:
    history.acknowledged.append("c")
    return stored


def never_ended(history: History, stored: Stored) -> Stored:
    return stored._replace(states={**stored.states, "a": "running"})


def ended_twice(history: History, stored: Stored) -> Stored:
    return stored._replace(finished=Counter("aab"))


def ended_without_a_trace(history: History, stored: Stored) -> Stored:
    return stored._replace(finished=Counter("a"))


def two_results(history: History, stored: Stored) -> Stored:
    history.results["a"].add("P1_y")
    return stored


def token_accepted_twice(history: History, stored: Stored) -> Stored:
    history.accepted["P1_x"] = 2
    return stored


def token_verified_twice(history: History, stored: Stored) -> Stored:
    return stored._replace(verified=Counter({"digest": 2}))


def not_refunded(history: History, stored: Stored) -> Stored:
    return stored._replace(balance=BALANCE - 2)


def damaged(history: History, stored: Stored) -> Stored:
    return stored._replace(integrity=("ok", "row 1 missing from index"))


def test_the_checker_finds_nothing_where_every_promise_was_kept() -> None:
    assert faults(*kept()) == []


@pytest.mark.parametrize(
    ("breach", "told"),
    [
        (acknowledged_before_it_was_written, "task c: acknowledged but lost"),
        (never_ended, "task a: running, not ended"),
        (ended_twice, "task a: finished 2 times"),
        (ended_without_a_trace, "task b: finished 0 times"),
        (two_results, "task a: several results were told"),
        (token_accepted_twice, "token P1_x…: accepted 2 times"),
        (token_verified_twice, "token digest: verified 2 times"),
        (not_refunded, f"balance {BALANCE - 2}, but 1 tasks were to be charged of {BALANCE}"),
        (damaged, "integrity: row 1 missing from index"),
    ],
)
def test_the_checker_reports_a_broken_promise(breach: Callable[[History, Stored], Stored], told: str) -> None:
    history, stored = kept()
    assert told in faults(history, breach(history, stored))
