"""The operator's side: accounts with keys, credits, webhook secrets; workers. Journaled without secrets."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from captcha_range.core.bodies import BodyInvalid, BodyTooLarge, decode_json, read_body
from captcha_range.core.errors import RangeError
from captcha_range.core.keys import KeyRefused
from captcha_range.core.sqlite import StoreUnavailable
from captcha_range.solver.accounts import AccountChange, AccountOrder, AccountUnknown, TopUp
from captcha_range.solver.client_keys import ClientKeyOrder, ClientKeyUnknown
from captcha_range.solver.errors import Crashed
from captcha_range.solver.lease_documents import AddedWorker, WorkerList, WorkerOrder
from captcha_range.solver.plane import Solver
from captcha_range.solver.worker_keys import WorkerKnown, WorkerUnknown

Endpoint = Callable[[Request], Awaitable[Response]]

STATUS: dict[type[RangeError], int] = {
    KeyRefused: 401,
    AccountUnknown: 404,
    ClientKeyUnknown: 404,
    WorkerUnknown: 404,
    WorkerKnown: 409,
    BodyTooLarge: 413,
    BodyInvalid: 422,
    Crashed: 500,
    StoreUnavailable: 503,
}
"""Error kind → HTTP status."""

_encode = msgspec.json.Encoder().encode
_log = logging.getLogger(__name__)


class Admin:
    """The handlers behind `/admin`."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._accounts = solver.accounts

    def guarded(self, handler: Endpoint) -> Endpoint:
        """Ask for the admin key before anything else, and tell what went wrong."""

        async def handle(request: Request) -> Response:
            try:
                self._solver.keys.require("admin", request.headers.get("authorization", ""))
                return await handler(request)
            except Exception as error:  # noqa: BLE001 - whatever the table does not know is a crash
                known: RangeError = Crashed()
                if isinstance(error, RangeError) and type(error) in STATUS:
                    known = error
                else:
                    _log.error("a request crashed", exc_info=error)
                refusal = {"success": False, "error": {"code": known.code, "message": str(known)}}
                return _json(refusal, STATUS[type(known)])

        return handle

    async def list_accounts(self, request: Request) -> Response:
        return _json({"accounts": self._accounts.all()})

    async def open_account(self, request: Request) -> Response:
        order = decode_json(await read_body(request.receive), AccountOrder)
        account, key = await self._accounts.open(order)
        secret = await self._solver.webhook_secrets.renew(account.account)
        return _json({"account": account, "client_key": key, "webhook_secret": secret}, 201)

    async def read_account(self, request: Request) -> Response:
        return _json({"account": self._accounts.find(_account(request))})

    async def change_account(self, request: Request) -> Response:
        change = decode_json(await read_body(request.receive), AccountChange)
        return _json({"account": await self._accounts.change(_account(request), change)})

    async def top_up(self, request: Request) -> Response:
        top_up = decode_json(await read_body(request.receive), TopUp)
        return _json({"account": await self._accounts.top_up(_account(request), top_up)})

    async def list_keys(self, request: Request) -> Response:
        account = self._accounts.find(_account(request))
        return _json({"keys": self._accounts.client_keys.of(account.account)})

    async def add_key(self, request: Request) -> Response:
        order = decode_json(await read_body(request.receive), ClientKeyOrder)
        account = self._accounts.find(_account(request))
        added, key = await self._accounts.client_keys.add(account.account, order)
        return _json({"key": added, "client_key": key}, 201)

    async def revoke_key(self, request: Request) -> Response:
        await self._accounts.client_keys.revoke(_account(request), request.path_params["client_key"])
        return Response(status_code=204)

    async def renew_secret(self, request: Request) -> Response:
        account = self._accounts.find(_account(request))
        return _json({"webhook_secret": await self._solver.webhook_secrets.renew(account.account)}, 201)

    async def list_workers(self, request: Request) -> Response:
        return _json(WorkerList(tuple(self._solver.worker_keys.names())))

    async def add_worker(self, request: Request) -> Response:
        order = decode_json(await read_body(request.receive), WorkerOrder)
        return _json(AddedWorker(order.name, await self._solver.worker_keys.add(order.name)), 201)

    async def remove_worker(self, request: Request) -> Response:
        await self._solver.worker_keys.remove(request.path_params["name"])
        return Response(status_code=204)


def _account(request: Request) -> str:
    account: str = request.path_params["account"]
    return account


def _json(content: Any, status: int = 200) -> Response:
    return Response(_encode(content), status_code=status, media_type="application/json")
