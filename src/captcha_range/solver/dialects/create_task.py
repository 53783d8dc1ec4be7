"""`createTask` / `getTaskResult` (seed 003, spec/solver §4): always HTTP 200, closed objects, numbered errors."""

from typing import Any

import msgspec

from captcha_range.core.bodies import BodyInvalid, BodyTooLarge
from captcha_range.core.errors import RangeError
from captcha_range.core.sqlite import StoreUnavailable
from captcha_range.solver import errors
from captcha_range.solver.accounts import TASK_PRICE, Account
from captcha_range.solver.dialects.fields import PROXY_KINDS, Request, flag, text
from captcha_range.solver.errors import FAILURES, FieldInvalid, KeyUnknown, TaskAbsent, TaskTypeUnknown, TaskUnknown
from captcha_range.solver.orders import Proxy, TokenOrder
from captcha_range.solver.tasks import Task
from captcha_range.solver.terms import Callback

Answer = dict[str, Any]

ERRORS: dict[type[RangeError], tuple[int, str]] = {
    errors.KeyUnknown: (1, "ERROR_KEY_DOES_NOT_EXIST"),
    errors.ScopeMissing: (1, "ERROR_KEY_DOES_NOT_EXIST"),
    errors.RateLimited: (2, "ERROR_NO_SLOT_AVAILABLE"),
    errors.CallbackOutside: (32, "ERROR_RECAPTCHA_INVALID_DOMAIN"),
    errors.QueueFull: (2, "ERROR_NO_SLOT_AVAILABLE"),
    errors.BalanceEmpty: (10, "ERROR_ZERO_BALANCE"),
    errors.QuotaEmpty: (10, "ERROR_ZERO_BALANCE"),
    errors.Unsolvable: (12, "ERROR_CAPTCHA_UNSOLVABLE"),
    errors.TimedOut: (12, "ERROR_CAPTCHA_UNSOLVABLE"),
    errors.Lost: (12, "ERROR_CAPTCHA_UNSOLVABLE"),
    errors.Crashed: (12, "ERROR_CAPTCHA_UNSOLVABLE"),
    errors.FamilyUnsupported: (12, "ERROR_CAPTCHA_UNSOLVABLE"),
    errors.QuestionNotUnderstood: (12, "ERROR_CAPTCHA_UNSOLVABLE"),
    errors.ImageNotIssued: (32, "ERROR_RECAPTCHA_INVALID_DOMAIN"),
    errors.MethodUnknown: (14, "ERROR_NO_SUCH_METHOD"),
    errors.TaskUnknown: (16, "ERROR_NO_SUCH_CAPCHA_ID"),
    errors.TaskAbsent: (22, "ERROR_TASK_ABSENT"),
    BodyInvalid: (22, "ERROR_TASK_ABSENT"),
    BodyTooLarge: (22, "ERROR_TASK_ABSENT"),
    errors.TaskTypeUnknown: (23, "ERROR_TASK_NOT_SUPPORTED"),
    errors.FieldInvalid: (24, "ERROR_INCORRECT_SESSION_DATA"),
    errors.ProxyOutside: (25, "ERROR_PROXY_CONNECT_REFUSED"),
    errors.ProxyRefused: (25, "ERROR_PROXY_CONNECT_REFUSED"),
    errors.ProxyConnectTimeout: (26, "ERROR_PROXY_CONNECT_TIMEOUT"),
    errors.ProxyReadTimeout: (27, "ERROR_PROXY_READ_TIMEOUT"),
    errors.ProxyDenied: (28, "ERROR_PROXY_BANNED"),
    errors.ProxyNotUnderstood: (36, "ERROR_PROXY_INCOMPATIBLE_HTTP_VERSION"),
    errors.ProxyUnauthorised: (49, "ERROR_PROXY_NOT_AUTHORISED"),
    errors.SitekeyUnknown: (31, "ERROR_RECAPTCHA_INVALID_SITEKEY"),
    errors.TargetOutside: (32, "ERROR_RECAPTCHA_INVALID_DOMAIN"),
    errors.WidgetFailed: (52, "ERROR_FAILED_LOADING_WIDGET"),
    errors.Cancelled: (57, "ERROR_TASK_CANCELED"),
    StoreUnavailable: (2, "ERROR_NO_SLOT_AVAILABLE"),
}
"""Error kind → (errorId, errorCode); the numbers are Anti-Captcha's."""

_TYPES = {"hcaptchataskproxyless": False, "hcaptchatask": True}
"""Task type in lower case → whether it may bring its own proxy."""

_PROXY_FIELDS = ("proxyType", "proxyAddress", "proxyPort")
"""Without any of them HCaptchaTask is a task without a proxy: CapMonster's clients have no other type."""

_KINDS = {str: "string", int: "number", float: "number", bool: "boolean", dict: "object", list: "array"}


def client_key(request: Request) -> str:
    """The client key. KeyUnknown if there is none."""
    key = request.get("clientKey")
    if not isinstance(key, str):
        raise KeyUnknown("clientKey: must be a string; use a key that `captcha-range accounts` printed")
    return key


def parse_task(request: Request) -> TokenOrder:
    """The order in a createTask request. TaskAbsent, TaskTypeUnknown, FieldInvalid; unknown fields are ignored."""
    task = request.get("task")
    if not isinstance(task, dict) or not task:
        raise TaskAbsent
    kind = task.get("type")
    may_have_proxy = _TYPES.get(kind.lower()) if isinstance(kind, str) else None
    if may_have_proxy is None:
        raise TaskTypeUnknown
    has_proxy = may_have_proxy and any(task.get(name) is not None for name in _PROXY_FIELDS)
    return TokenOrder(
        sitekey=text(task, "websiteKey", at="task.", required=True),
        page_url=text(task, "websiteURL", at="task.", required=True),
        user_agent=text(task, "userAgent", at="task.") or None,
        invisible=flag(task, "isInvisible", at="task."),
        rqdata=_rqdata(task),
        proxy=_proxy(task) if has_proxy else None,
    )


def parse_callback(request: Request) -> Callback | None:
    """Who is told of the task's end. FieldInvalid."""
    url = text(request, "callbackUrl")
    return Callback(url, "create_task") if url else None


def parse_task_id(request: Request) -> str | int:
    """The id in a getTaskResult request, a UUID or an integer, as text or number. TaskUnknown."""
    given = request.get("taskId")
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise TaskUnknown("taskId: must be the id that createTask returned")
    return given


def task_created(task: Task, account: Account, *, with_status: bool) -> Answer:
    """createTask's answer; `with_status` for clients that ask for the field by their own header."""
    task_id = task.number if account.task_ids == "integer" else task.task
    answer: Answer = {"errorId": 0, "errorCode": "", "errorDescription": "", "taskId": task_id}
    return {**answer, "status": "idle"} if with_status else answer


def task_result(task: Task) -> Answer:
    """getTaskResult's answer for a task that did not fail."""
    if task.solution is None:
        return still_processing()
    solution = {
        "gRecaptchaResponse": task.solution.token,
        "respKey": task.solution.response_key,
        "userAgent": task.solution.user_agent,
    }
    return {"errorId": 0, "errorCode": None, "errorDescription": None, "solution": solution, "status": "ready"}


def webhook_body(task: Task) -> bytes:
    """What a callbackUrl gets: getTaskResult's answer and the task's id."""
    failure = FAILURES.get(task.failure or "")
    answer = task_result(task) if failure is None else error_answer(failure(), of_result=True)
    return msgspec.json.encode({**answer, "taskId": task.task})


def queue_stats(open_now: dict[str, int], slots: int, seconds: float) -> Answer:
    """getQueueStats' answer: free workers, load in percent, credits and seconds for a task, workers in all."""
    running = min(open_now["running"], slots)
    load = round(100.0 * running / slots, 2) if slots else 100.0
    return {"waiting": slots - running, "load": load, "bid": f"{TASK_PRICE}.0", "speed": seconds, "total": slots}


def reported() -> Answer:
    """The answer to every report that was understood."""
    return {"errorId": 0, "status": "success"}


def echoed(request: Request) -> Answer:
    """The answer to `/test`: the fields that arrived and what kind each is, never their content."""
    fields = {name[:64]: _KINDS.get(type(value), "null") for name, value in list(request.items())[:64]}
    return {"errorId": 0, "errorCode": "", "errorDescription": "", "fields": fields}


def still_processing() -> Answer:
    """getTaskResult's answer while there is nothing to tell yet."""
    return {"errorId": 0, "errorCode": None, "errorDescription": None, "solution": None, "status": "processing"}


def error_answer(error: RangeError, *, of_result: bool) -> Answer:
    """The answer for an error; `of_result` for getTaskResult, which adds its status."""
    number, code = ERRORS[type(error)]
    answer: Answer = {"errorId": number, "errorCode": code, "errorDescription": str(error) or code}
    return {**answer, "status": "failed"} if of_result else answer


def balance(account: Account) -> Answer:
    """getBalance's answer."""
    return {"errorId": 0, "balance": account.balance}


def _rqdata(task: Request) -> str | None:
    payload = task.get("enterprisePayload")
    nested = text(payload, "rqdata", at="task.enterprisePayload.") if isinstance(payload, dict) else ""
    return text(task, "rqdata", at="task.") or nested or text(task, "data", at="task.") or None


def _proxy(task: Request) -> Proxy:
    scheme = task.get("proxyType")
    kind = PROXY_KINDS.get(scheme.lower()) if isinstance(scheme, str) else None
    if kind is None:
        raise FieldInvalid("task.proxyType: must be http or socks5")
    port = task.get("proxyPort")
    if isinstance(port, str) and port.isascii() and port.isdigit() and len(port) <= 5:
        port = int(port)
    if isinstance(port, bool) or not isinstance(port, int):
        raise FieldInvalid("task.proxyPort: must be a number")
    address = text(task, "proxyAddress", at="task.", required=True)
    return Proxy(address, port, text(task, "proxyLogin", at="task."), text(task, "proxyPassword", at="task."), kind)
