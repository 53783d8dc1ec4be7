"""The clocks: forwards only, whatever the wall clock does."""

import threading
import time

import pytest

from captcha_range.core.clock import MovableClock, StillClock, SystemClock

NOT_FORWARDS = [-1.0, -1e-9, float("nan"), float("inf"), float("-inf")]


def test_the_system_clock_tells_unix_time() -> None:
    before = time.time()
    assert before <= SystemClock().now() <= time.time() + 1e-3


@pytest.mark.parametrize("jump", [1.0, 3_600.0, 86_400.0])
def test_the_system_clock_never_goes_back_when_the_wall_clock_is_set_back(
    monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    wall, steady = [1_000_000.0], [70.0]
    monkeypatch.setattr(time, "time", lambda: wall[0])
    monkeypatch.setattr(time, "monotonic", lambda: steady[0])
    clock = SystemClock()
    assert clock.now() == 1_000_000.0
    wall[0] -= jump
    assert clock.now() == 1_000_000.0
    steady[0] += 3
    assert clock.now() == 1_000_003.0
    clock.advance(1)
    assert clock.now() == 1_000_004.0
    wall[0] += jump + 5
    assert clock.now() == 1_000_006.0


def test_an_advance_counts_from_the_wall_clock_and_adds_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_000.0)
    clock = SystemClock()
    clock.advance(120)
    clock.advance(0.5)
    assert clock.now() == 1_120.5


def test_a_slow_reader_in_another_thread_does_not_turn_the_clock_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 70.0)
    clock = SystemClock()
    early_read, late_done = threading.Event(), threading.Event()

    def wall() -> float:
        if threading.current_thread() is threading.main_thread():
            return 2_000.0
        early_read.set()
        assert late_done.wait(10)
        return 1_000.0

    monkeypatch.setattr(time, "time", wall)
    seen: list[float] = []
    slow = threading.Thread(target=lambda: seen.append(clock.now()))
    slow.start()
    assert early_read.wait(10)
    assert clock.now() == 2_000.0
    late_done.set()
    slow.join()
    assert seen == [2_000.0]


def test_many_threads_never_see_time_go_back() -> None:
    clock, broken = SystemClock(), threading.Event()

    def watch() -> None:
        latest = 0.0
        for _ in range(2_000):
            now = clock.now()
            if now < latest:
                broken.set()
            latest = now

    watchers = [threading.Thread(target=watch) for _ in range(4)]
    for watcher in watchers:
        watcher.start()
    for watcher in watchers:
        watcher.join()
    assert not broken.is_set()


def test_elapsed_time_never_goes_back() -> None:
    clock = SystemClock()
    first = clock.elapsed()
    assert clock.elapsed() >= first


def test_the_still_clock_stands_still_until_it_is_advanced() -> None:
    clock = StillClock(10.0)
    assert (clock.now(), clock.now(), clock.elapsed()) == (10.0, 10.0, 10.0)
    clock.advance(2.5)
    assert (clock.now(), clock.elapsed()) == (12.5, 12.5)


@pytest.mark.parametrize("seconds", NOT_FORWARDS)
@pytest.mark.parametrize("clock", [SystemClock(), StillClock()])
def test_a_clock_refuses_to_move_anywhere_but_forwards(clock: MovableClock, seconds: float) -> None:
    before = clock.now()
    with pytest.raises(ValueError, match="only moves forwards"):
        clock.advance(seconds)
    assert clock.now() - before < 10
