"""The thread that works on pictures which strangers sent."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from captcha_range.core.work_threads import step_back

Given = ParamSpec("Given")
Made = TypeVar("Made")

# One: each thread's allocator keeps what the largest picture took there. 2,000 hostile images make the process
# grow by 33 MiB with one thread, by 68 with two and by 87 with asyncio's six.
_THREAD: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pictures", initializer=step_back)


async def on_picture_thread(work: Callable[Given, Made], *given: Given.args, **more: Given.kwargs) -> Made:
    """What `work` returns or raises; the event loop goes on meanwhile."""
    return await asyncio.get_running_loop().run_in_executor(_THREAD, lambda: work(*given, **more))
