"""The workers' side of the solver: leases of tasks over HTTP, for processes with a key of the scope `worker`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from captcha_range.core.bodies import decode_json, read_body
from captcha_range.solver import lease_documents
from captcha_range.solver.lease_documents import LeaseEnd, LeaseHeld, LeaseList, LeaseOrder
from captcha_range.solver.leases import LeaseId, LeaseLost, Stop
from captcha_range.solver.native import json_response, preferred_wait, problem_response
from captcha_range.solver.plane import Solver
from captcha_range.solver.worker_keys import SCOPE

Handler = Callable[[Request, str], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


class WorkerApi:
    """The handlers behind `/v1/leases`."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._queue = solver.queue

    def guarded(self, handler: Handler) -> Endpoint:
        """A handler for keys of workers, told whose the key is; its errors are problems."""

        async def handle(request: Request) -> Response:
            try:
                holder = self._solver.keys.require(SCOPE, request.headers.get("authorization", ""))
                return await handler(request, holder)
            except Exception as error:  # noqa: BLE001 - whatever the table does not know is a crash
                return problem_response(error)

        return handle

    async def lease(self, request: Request, holder: str) -> Response:
        order = decode_json(await read_body(request.receive), LeaseOrder)
        seconds = preferred_wait(request) or 0
        async with _until_gone(request) as gone:
            leases = await self._queue.take(order.limit, gone, seconds, holder)
        return json_response(LeaseList(tuple(map(lease_documents.lease_document, leases))))

    async def read(self, request: Request, holder: str) -> Response:
        lease = _lease(request)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._queue.lost(lease), preferred_wait(request) or 0)
        if not self._solver.tasks.is_held(lease):
            raise LeaseLost
        return json_response(LeaseHeld(str(lease)))

    async def end(self, request: Request, holder: str) -> Response:
        outcome, effort = lease_documents.outcome_of(decode_json(await read_body(request.receive), LeaseEnd))
        if not await self._queue.finish(_lease(request), outcome, effort):
            raise LeaseLost
        return Response(status_code=204)

    async def release(self, request: Request, holder: str) -> Response:
        if not await self._queue.release(_lease(request)):
            raise LeaseLost
        return Response(status_code=204)


def _lease(request: Request) -> LeaseId:
    return LeaseId.parse(request.path_params["lease"])


@contextlib.asynccontextmanager
async def _until_gone(request: Request) -> AsyncIterator[Stop]:
    """A stop that is called when the client goes away: what is leased to a dead connection would lie idle."""
    stop = Stop()

    async def listen() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        stop.call()

    listening = asyncio.create_task(listen())
    try:
        yield stop
    finally:
        listening.cancel()
