"""DBOS on SQLite, its defaults, the queue's worker in the same process. DIRECTORY."""

import sys
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSConfig  # type: ignore[import-not-found]

from benchmarks.servers.stack import serve
from benchmarks.servers.task_desk import TOKEN, endpoints


class DbosDesk:
    """Tasks as workflows of one queue."""

    def __init__(self, file: Path) -> None:
        config: DBOSConfig = {"name": "benchmark", "system_database_url": f"sqlite:///{file}", "log_level": "ERROR"}
        DBOS(config=config)
        self._solve = DBOS.workflow()(_solve)
        DBOS.launch()

    async def register(self) -> "DbosDesk":
        self._queue = await DBOS.register_queue_async("tasks")
        return self

    async def submit(self, order: str) -> str:
        handle = await self._queue.enqueue_async(self._solve, order)
        return str(handle.get_workflow_id())

    async def result(self, task: str) -> str:
        handle = await DBOS.retrieve_workflow_async(task)
        return str(await handle.get_result())


async def _solve(order: str) -> str:
    return TOKEN


async def prepare() -> tuple[Any, dict[str, Any]]:
    return endpoints(await DbosDesk(Path(sys.argv[1]) / "dbos.sqlite").register()), {}


if __name__ == "__main__":
    serve(prepare)
