"""huey on SQLite, its defaults, consumer threads in the same process. DIRECTORY."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from huey import SqliteHuey, signals  # type: ignore[import-not-found]

from benchmarks.servers.stack import serve
from benchmarks.servers.task_desk import TOKEN, endpoints

WORKERS = 4


class HueyDesk:
    """Results are fetched when huey signals that it stored them: nobody waits for a poll of ours."""

    def __init__(self, file: Path) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended: dict[str, asyncio.Event] = {}
        self._huey = SqliteHuey(filename=str(file))
        self._solve = self._huey.task()(_solve)
        self._huey.signal(signals.SIGNAL_COMPLETE)(self._completed)
        self._consumer = self._huey.create_consumer(workers=WORKERS)
        self._consumer.start()

    async def submit(self, order: str) -> str:
        return str((await asyncio.to_thread(self._solve, order)).id)

    async def result(self, task: str) -> str:
        await self._event(task).wait()
        del self._ended[task]
        return str(await asyncio.to_thread(self._huey.result, task))

    def _completed(self, signal: str, task: Any, *_: Any) -> None:
        self._loop.call_soon_threadsafe(lambda: self._event(str(task.id)).set())

    def _event(self, task: str) -> asyncio.Event:
        return self._ended.setdefault(task, asyncio.Event())


def _solve(order: str) -> str:
    return TOKEN


async def prepare() -> tuple[Any, dict[str, Any]]:
    return endpoints(HueyDesk(Path(sys.argv[1]) / "huey.sqlite")), {}


if __name__ == "__main__":
    serve(prepare)
