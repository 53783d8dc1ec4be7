"""Every URL of the solver on one screen, with thin handlers: parse, one call, render."""

import logging
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp

from captcha_range.core.bodies import IMAGES_LIMIT, read_body
from captcha_range.core.errors import RangeError
from captcha_range.core.exposition import CONTENT_TYPE, exposition
from captcha_range.core.ids import new_uuid
from captcha_range.core.route import Route
from captcha_range.core.sqlite import StoreUnavailable
from captcha_range.core.traces import as_uuid, current_trace
from captcha_range.solver.accounts import Account
from captcha_range.solver.dialects import acedata, create_task, nocaptcha
from captcha_range.solver.dialects.fields import flag, parse_object, text
from captcha_range.solver.docs_page import docs_page, openapi_document
from captcha_range.solver.errors import FAILURES, Crashed, MethodUnknown
from captcha_range.solver.native import nothing_here, problem_response
from captcha_range.solver.native_routes import admin_routes, native_routes, worker_routes
from captcha_range.solver.orders import Solution
from captcha_range.solver.plane import Solver
from captcha_range.solver.recognitions import Recognised
from captcha_range.solver.reports import Verdict
from captcha_range.solver.tasks import Task
from captcha_range.solver.terms import Terms

HOLD = 5.0
"""Seconds that getTaskResult may be held; it returns at once when the task ends (spec/solver §4)."""

_INDEX = """captcha-range solver

POST /v1/tasks, and all of /v1: see GET /docs or /openapi.json
POST /createTask, /getTaskResult, /getBalance, /getQueueStats, /test
POST /reportIncorrectHcaptcha, /reportIncorrectRecaptcha, /reportCorrectRecaptcha
POST /api/wanda/hcaptcha/universal, /api/wanda/hcaptcha/preflight
POST /captcha/recognition/hcaptcha

A key comes from: captcha-range accounts add
"""
_encode = msgspec.json.Encoder().encode
_log = logging.getLogger(__name__)


def create_app(solver: Solver) -> ASGIApp:
    """The solver's ASGI application."""
    api = Handlers(solver)
    routes = [
        Route("/createTask", api.create_task, methods=["POST"]),
        Route("/getTaskResult", api.get_task_result, methods=["POST"]),
        Route("/getBalance", api.get_balance, methods=["POST"]),
        Route("/getQueueStats", api.get_queue_stats, methods=["POST"]),
        Route("/reportIncorrectHcaptcha", api.report_incorrect, methods=["POST"]),
        Route("/reportIncorrectRecaptcha", api.report_incorrect, methods=["POST"]),
        Route("/reportCorrectRecaptcha", api.report_correct, methods=["POST"]),
        Route("/test", api.test, methods=["POST"]),
        Route("/api/wanda/hcaptcha/universal", api.universal, methods=["POST"]),
        Route("/api/wanda/hcaptcha/preflight", api.preflight, methods=["POST"]),
        Route("/captcha/recognition/hcaptcha", api.recognise, methods=["POST"]),
        *native_routes(solver),
        *worker_routes(solver),
        *admin_routes(solver),
        Route("/openapi.json", openapi_document, methods=["GET"]),
        Route("/docs", docs_page, methods=["GET"]),
        Route("/metrics", api.metrics, methods=["GET"]),
        Route("/health", api.health, methods=["GET"]),
        Route("/", api.index, methods=["GET"]),
    ]
    return Starlette(routes=routes, exception_handlers={404: api.unknown, 405: api.not_taken})


class Handlers:
    """The handlers behind the routes."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver

    async def create_task(self, request: Request) -> Response:
        try:
            asked = parse_object(await read_body(request.receive))
            account = self._solver.accounts.by_key(create_task.client_key(asked), "solve")
            terms = Terms(create_task.parse_callback(asked))
            task = await self._solver.intake.accept(account, create_task.parse_task(asked), terms)
        except Exception as error:  # noqa: BLE001 - see _known
            return _json(create_task.error_answer(_known(error, create_task.ERRORS), of_result=False))
        with_status = "x-capsolver-client-user-agent" in request.headers
        return _json(create_task.task_created(task, account, with_status=with_status))

    async def get_task_result(self, request: Request) -> Response:
        try:
            asked = parse_object(await read_body(request.receive))
            account = self._solver.accounts.by_key(create_task.client_key(asked), "read")
            task = self._solver.tasks.find(account.account, create_task.parse_task_id(asked))
            task = await self._solver.queue.wait(task, HOLD)
            if task.failure is not None:
                return _json(create_task.error_answer(_failure(task), of_result=True))
        except Exception as error:  # noqa: BLE001 - see _known
            known = _known(error, create_task.ERRORS)
            if isinstance(known, Crashed | StoreUnavailable):
                # It is this look that failed, not the task: the client shall ask again (spec/solver §4).
                return _json(create_task.still_processing())
            return _json(create_task.error_answer(known, of_result=True))
        return _json(create_task.task_result(task))

    async def get_balance(self, request: Request) -> Response:
        try:
            asked = parse_object(await read_body(request.receive))
            account = self._solver.accounts.by_key(create_task.client_key(asked), "read")
        except Exception as error:  # noqa: BLE001 - see _known
            return _json(create_task.error_answer(_known(error, create_task.ERRORS), of_result=False))
        return _json(create_task.balance(account))

    async def get_queue_stats(self, request: Request) -> Response:
        tasks = self._solver.tasks
        return _json(create_task.queue_stats(tasks.open_now(), self._solver.places, tasks.recent_seconds()))

    async def report_incorrect(self, request: Request) -> Response:
        return await self._report(request, "incorrect")

    async def report_correct(self, request: Request) -> Response:
        return await self._report(request, "correct")

    async def _report(self, request: Request, verdict: Verdict) -> Response:
        try:
            asked = parse_object(await read_body(request.receive))
            account = self._solver.accounts.by_key(create_task.client_key(asked), "read")
            task = self._solver.tasks.find(account.account, create_task.parse_task_id(asked))
            await self._solver.reports.note(task, verdict)
        except Exception as error:  # noqa: BLE001 - see _known
            return _json(create_task.error_answer(_known(error, create_task.ERRORS), of_result=False))
        return _json(create_task.reported())

    async def test(self, request: Request) -> Response:
        try:
            asked = parse_object(await read_body(request.receive))
        except Exception as error:  # noqa: BLE001 - see _known
            return _json(create_task.error_answer(_known(error, create_task.ERRORS), of_result=False))
        return _json(create_task.echoed(asked))

    async def universal(self, request: Request) -> Response:
        started, request_id = self._solver.clock.elapsed(), new_uuid()
        try:
            account = self._solver.accounts.by_key(request.headers.get("user-token", ""), "solve")
            body = await read_body(request.receive)
            asked = parse_object(body)
            need_ekey = flag(asked, "need_ekey")
            solution = await self._universal(account, body, asked)
        except Exception as error:  # noqa: BLE001 - see _known
            known = _known(error, nocaptcha.ERRORS)
            return _json(nocaptcha.error_answer(known, request_id=request_id, seconds=self._since(started)))
        seconds = self._since(started)
        return _json(nocaptcha.solved(solution, need_ekey=need_ekey, request_id=request_id, seconds=seconds))

    async def _universal(self, account: Account, body: bytes, asked: dict[str, Any]) -> Solution:
        order, seconds = nocaptcha.parse_order(asked), nocaptcha.parse_wait(asked)
        solver = self._solver
        task = await solver.joins.submit(account.account, body, lambda: solver.intake.accept(account, order))
        task = await solver.queue.wait(task, seconds)
        solver.joins.note(account.account, body, task)
        if task.solution is None:
            raise _failure(task)
        return task.solution

    async def preflight(self, request: Request) -> Response:
        started = self._solver.clock.elapsed()
        try:
            asked = parse_object(await read_body(request.receive))
            agreed = await self._solver.preflights.arrange(text(asked, "sitekey", required=True))
        except Exception as error:  # noqa: BLE001 - see _known
            known = _known(error, nocaptcha.ERRORS)
            return _json(nocaptcha.preflight_refused(known, seconds=self._since(started)))
        return _json(nocaptcha.preflight_agreed(agreed, seconds=self._since(started)))

    async def recognise(self, request: Request) -> Response:
        extended = request.query_params.get("extended") == "1"
        try:
            account = self._solver.accounts.by_key(acedata.bearer(request.headers.get("authorization", "")), "solve")
            asked = acedata.parse_request(await read_body(request.receive, IMAGES_LIMIT), extended=extended)
            found = await self._solver.recognitions.recognise(account, asked.image, asked.question, pointing=True)
        except Exception as error:  # noqa: BLE001 - see _known
            status, answer = acedata.error_answer(_known(error, acedata.ERRORS), as_uuid(current_trace()))
            return _json(answer, status)
        if not extended:
            return _json(acedata.recognised(found))
        others = [await self._recognise_another(account, image, asked.question) for image in asked.others]
        return _json(acedata.recognised_all(found, others))

    async def _recognise_another(self, account: Account, image: bytes, question: str | None) -> Recognised | RangeError:
        """What one more image gives: its failure must not take the answers of the others away."""
        try:
            return await self._solver.recognitions.recognise(account, image, question, pointing=True)
        except Exception as error:  # noqa: BLE001 - see _known
            return _known(error, acedata.ERRORS)

    async def metrics(self, request: Request) -> Response:
        try:
            told = exposition(self._solver.all_meters())
        except Exception as error:  # noqa: BLE001 - told as a problem
            return problem_response(error)
        return Response(told, headers={"content-type": CONTENT_TYPE})

    async def health(self, request: Request) -> Response:
        return _json({"status": "ok", "plane": "solver"})

    async def index(self, request: Request) -> Response:
        return PlainTextResponse(_INDEX)

    async def unknown(self, request: Request, error: Exception) -> Response:
        """What clients of createTask's dialect get for a method that is not there; others see that it is 404."""
        if request.scope["path"].startswith("/v1/"):
            return nothing_here(404, {})
        if request.method != "POST":
            return PlainTextResponse("not found; GET / lists what is here\n", 404)
        return _json(create_task.error_answer(MethodUnknown(), of_result=False))

    async def not_taken(self, request: Request, error: Exception) -> Response:
        """What a path answers that does not take the method, with those that it takes in `Allow`."""
        headers = {"allow": ", ".join(sorted(_methods(request)))}
        if request.scope["path"].startswith("/v1/"):
            return nothing_here(405, headers)
        return PlainTextResponse("this path does not take that method\n", 405, headers=headers)

    def _since(self, started: float) -> float:
        return self._solver.clock.elapsed() - started


def _methods(request: Request) -> set[str]:
    """What the path takes; several routes may share it."""
    found = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return {method for route in found for method in route.methods or ()}


def _failure(task: Task) -> RangeError:
    """Why a task has no solution; a task that still runs has run out of its client's patience."""
    kind = FAILURES[task.failure or "timeout"]
    return kind()


def _known(error: Exception, table: dict[type[RangeError], Any]) -> RangeError:
    """The error as the dialect can say it: whatever its table does not know is a crash, told without internals."""
    if isinstance(error, RangeError) and type(error) in table:
        return error
    _log.error("a request crashed", exc_info=error)
    return Crashed()


def _json(content: Any, status: int = 200) -> Response:
    return Response(_encode(content), status_code=status, media_type="application/json")
