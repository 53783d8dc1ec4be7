"""Threads that draw and recognise step back for the one that answers."""

import os
import sys
import threading

import pytest

from captcha_range.core.work_threads import STEP_BACK, work_threads

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a priority for each thread")


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@linux_only
def test_work_is_done_at_a_lower_priority_and_nobody_else_is() -> None:
    before = niceness()
    with work_threads() as threads:
        assert threads.submit(niceness).result() == min(before + STEP_BACK, 19)
    assert niceness() == before


def test_there_is_one_thread_for_each_core_however_much_there_is_to_do() -> None:
    released = threading.Event()
    with work_threads() as threads:
        for _ in range(50):
            threads.submit(released.wait)
        started = [each for each in threading.enumerate() if each.name.startswith("work")]
        released.set()
    assert len(started) == os.cpu_count()
