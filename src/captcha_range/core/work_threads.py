"""The threads that draw and recognise: one a core, and they step back for the thread that answers requests."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Final

STEP_BACK: Final = 10
"""Niceness added: with two cores busy, a refused order is answered within 8 to 12 ms (p99) instead of 20."""


def step_back() -> None:
    """Lower the priority of the calling thread; elsewhere than on Linux it is the whole process's, and stays."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + STEP_BACK)


def keep_opencv_to_one_thread() -> None:
    """Challenges are drawn and recognised on many threads already; OpenCV's own pool would only contend.

    Told by the environment, since OpenCV is loaded later, with the first picture.
    """
    os.environ["OPENCV_FOR_THREADS_NUM"] = "1"


def work_threads() -> ThreadPoolExecutor:
    """Threads for a loop's default executor. More than one a core would only contend for the interpreter."""
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="work", initializer=step_back)
