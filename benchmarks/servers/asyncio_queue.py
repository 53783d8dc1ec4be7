"""The ceiling: an asyncio queue in memory behind the same HTTP stack. DIRECTORY."""

import asyncio
from typing import Any

from benchmarks.servers.stack import serve
from benchmarks.servers.task_desk import TOKEN, endpoints
from captcha_range.core.ids import new_uuid

WORKERS = 4


class QueueDesk:
    """Tasks as futures."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._results: dict[str, asyncio.Future[str]] = {}
        self._workers = [asyncio.create_task(self._work()) for _ in range(WORKERS)]

    async def submit(self, order: str) -> str:
        task = new_uuid()
        self._results[task] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(task)
        return task

    async def result(self, task: str) -> str:
        result = await self._results[task]
        del self._results[task]
        return result

    async def _work(self) -> None:
        while True:
            self._results[await self._queue.get()].set_result(TOKEN)


async def prepare() -> tuple[Any, dict[str, Any]]:
    return endpoints(QueueDesk()), {}


if __name__ == "__main__":
    serve(prepare)
