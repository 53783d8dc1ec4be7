"""The native API: `/v1`, with what none of the documents' dialects has. Thin handlers: parse, one call, render."""

import base64
import binascii
import hashlib
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from captcha_range.core.bodies import IMAGES_LIMIT, decode_json, read_body
from captcha_range.core.errors import RangeError
from captcha_range.solver import idempotency, native_documents, task_events
from captcha_range.solver.accounts import Account
from captcha_range.solver.client_keys import Scope
from captcha_range.solver.errors import Crashed, FieldInvalid, TaskUnknown
from captcha_range.solver.native_documents import PreflightOrder, RecognitionOrder, TaskOrder
from captcha_range.solver.plane import Solver
from captcha_range.solver.problems import (
    MEDIA_TYPE,
    PROBLEMS,
    MethodRefused,
    PathUnknown,
    headers_of,
    limit_headers,
    problem_of,
)
from captcha_range.solver.tasks import TERMINAL, Task
from captcha_range.solver.terms import Callback, Once, Terms

T = TypeVar("T")
Handler = Callable[[Request, Account], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]

LONGEST_WAIT = 60
"""Seconds that a read may be held."""

PAGE = 50
MOST_ON_PAGE = 200

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_WAIT = re.compile(r"\s*wait\s*=\s*([0-9]{1,9})\s*", re.ASCII)
_STATES = ("queued", "running", "ready", "failed")
_FIRST = 2**62
_encode = msgspec.json.Encoder().encode
_log = logging.getLogger(__name__)


class Native:
    """The handlers behind `/v1`."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver

    def guarded(self, scope: Scope, handler: Handler, limit: str | None = None) -> Endpoint:
        """A handler for keys of a scope, its errors told as problems; `limit` names the rate limit that it takes of."""

        async def handle(request: Request) -> Response:
            account: Account | None = None
            try:
                account = self._solver.accounts.by_key(_bearer(request), scope)
                response = await handler(request, account)
            except Exception as error:  # noqa: BLE001 - see _known
                response = problem_response(error)
            if limit is not None and account is not None:
                standing = self._solver.limits.standing(account.account, account.limits, limit)
                response.headers.update(limit_headers(standing))
            return response

        return handle

    async def create_task(self, request: Request, account: Account) -> Response:
        order = decode_json(await read_body(request.receive), TaskOrder)
        _refuse_nul(order)
        key = idempotency.parse_key(request.headers.get("idempotency-key"))
        once = None if key is None else Once(key, hashlib.sha256(_encode(order)).digest(), _render)
        callback = None if order.callback_url is None else Callback(order.callback_url, "native")
        try:
            if once is not None:
                self._solver.idempotency.require_new(account.account, once)
            token_order = native_documents.token_order(order)
            task = await self._solver.intake.accept(account, token_order, Terms(callback, once))
        except idempotency.Replayed as replayed:
            return _created(replayed.answer, {"idempotency-replayed": "true"})
        return _created(_render(task), {})

    async def get_task(self, request: Request, account: Account) -> Response:
        task = self._task(request, account)
        seconds = preferred_wait(request)
        if seconds is None:
            return json_response(native_documents.task_document(task))
        task = await self._solver.queue.wait(task, seconds)
        return json_response(native_documents.task_document(task), headers={"preference-applied": f"wait={seconds}"})

    async def get_evidence(self, request: Request, account: Account) -> Response:
        task = self._task(request, account)
        facts = None if task.solution is None else await self._solver.link.verdict(task.solution.token)
        verdict = None
        if facts is not None:
            verdict = native_documents.VerdictDocument(**msgspec.structs.asdict(facts))
        return json_response(native_documents.full_evidence(task, verdict))

    async def follow_task(self, request: Request, account: Account) -> Response:
        task = self._task(request, account)
        last = task_events.parse_last_id(request.headers.get("last-event-id"))
        if task.state in TERMINAL and last and not self._solver.events.after(task.number, last):
            # The HTML standard's way to tell an EventSource that it need not come again.
            return Response(status_code=204)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self._stream(task, last), media_type="text/event-stream", headers=headers)

    async def cancel_task(self, request: Request, account: Account) -> Response:
        cancelled = await self._solver.queue.cancel(self._task(request, account))
        return json_response(native_documents.task_document(cancelled))

    async def list_tasks(self, request: Request, account: Account) -> Response:
        state = request.query_params.get("state")
        if state is not None and state not in _STATES:
            raise FieldInvalid(f"state: must be one of {', '.join(_STATES)}")
        before, limit = _paging(request)
        tasks, following = self._solver.tasks.page(account.account, state, before, limit)
        documents = tuple(native_documents.task_document(task) for task in tasks)
        return json_response(native_documents.TaskPage(documents, _cursor(following)))

    async def recognise(self, request: Request, account: Account) -> Response:
        order = decode_json(await read_body(request.receive, IMAGES_LIMIT), RecognitionOrder)
        found = await self._solver.recognitions.recognise(account, order.image, order.question)
        return json_response(native_documents.recognition_document(found))

    async def arrange_preflight(self, request: Request, account: Account) -> Response:
        order = decode_json(await read_body(request.receive), PreflightOrder)
        agreed = await self._solver.preflights.arrange(order.sitekey)
        return json_response(native_documents.preflight_document(agreed), 201)

    async def get_account(self, request: Request, account: Account) -> Response:
        scopes = self._solver.accounts.client_keys.scopes(_bearer(request))
        return json_response(native_documents.account_document(account, scopes))

    async def renew_secret(self, request: Request, account: Account) -> Response:
        secret = await self._solver.webhook_secrets.renew(account.account)
        return json_response(native_documents.SecretDocument(secret), 201)

    async def list_deliveries(self, request: Request, account: Account) -> Response:
        before, limit = _paging(request)
        deliveries, following = self._solver.outbox.page(account.account, before, limit)
        return json_response(native_documents.DeliveryPage(tuple(deliveries), _cursor(following)))

    async def redeliver(self, request: Request, account: Account) -> Response:
        delivery = await self._solver.outbox.redeliver(account.account, request.path_params["delivery"])
        self._solver.courier.wake()
        return json_response(delivery, 202)

    def _task(self, request: Request, account: Account) -> Task:
        given = request.path_params["task"].lower()
        if not _UUID.fullmatch(given):
            raise TaskUnknown
        return self._solver.tasks.find(account.account, given)

    async def _stream(self, task: Task, last: int) -> AsyncIterator[bytes]:
        async for event in self._solver.events.follow(task.number, last):
            yield task_events.rendered(event, task.task)


def problem_response(error: Exception) -> Response:
    """An error as problem details."""
    known = _known(error)
    problem = problem_of(known)
    return Response(_encode(problem), problem.status, headers=headers_of(known), media_type=MEDIA_TYPE)


def nothing_here(status: int, headers: dict[str, str]) -> Response:
    """What a path of `/v1` answers that is not there (404), or does not take the method (405)."""
    response = problem_response(PathUnknown() if status == 404 else MethodRefused())
    response.headers.update(headers)
    return response


def _known(error: Exception) -> RangeError:
    """The error as the table has it: whatever it does not know is a crash, told without internals."""
    if isinstance(error, RangeError) and type(error) in PROBLEMS:
        return error
    _log.error("a request crashed", exc_info=error)
    return Crashed()


def _render(task: Task) -> bytes:
    return _encode(native_documents.task_document(task))


def _created(answer: bytes, headers: dict[str, str]) -> Response:
    location = f"/v1/tasks/{msgspec.json.decode(answer)['task']}"
    return Response(answer, 201, headers={"location": location, **headers}, media_type="application/json")


def json_response(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(_encode(content), status, headers=headers, media_type="application/json")


def _bearer(request: Request) -> str:
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if kind.lower() == "bearer" else ""


def preferred_wait(request: Request) -> int | None:
    """Seconds of the preference `wait` (RFC 7240), at most `LONGEST_WAIT`; None if it is not there."""
    for preference in ",".join(request.headers.getlist("prefer")).split(","):
        found = _WAIT.fullmatch(preference.partition(";")[0])
        if found:
            return min(int(found[1]), LONGEST_WAIT)
    return None


def _paging(request: Request) -> tuple[int, int]:
    """Where the page begins, and how long it is. FieldInvalid."""
    text = request.query_params.get("limit", str(PAGE))
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST_ON_PAGE):
        raise FieldInvalid(f"limit: must be 1 … {MOST_ON_PAGE}")
    return _before(request.query_params.get("cursor")), int(text)


def _before(cursor: str | None) -> int:
    if cursor is None:
        return _FIRST
    try:
        number = int.from_bytes(base64.urlsafe_b64decode(cursor.encode("ascii")), "big")
    except (binascii.Error, ValueError):
        number = 0
    if not 1 <= number < _FIRST or _cursor(number) != cursor:
        raise FieldInvalid("cursor: must be the `next` of an earlier page")
    return number


def _cursor(number: int | None) -> str | None:
    return None if number is None else base64.urlsafe_b64encode(number.to_bytes(9, "big")).decode()


def _refuse_nul(order: TaskOrder) -> None:
    for name in order.__struct_fields__:
        value = getattr(order, name)
        if isinstance(value, str) and "\0" in value:
            raise FieldInvalid(f"{name}: must not contain NUL")
