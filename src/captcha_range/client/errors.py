"""Problem details (RFC 9457) as exceptions: the one place where an answer becomes an error."""

import http

import msgspec

from captcha_range.core.errors import RangeError
from captcha_range.http_call import Reply


class AnswerNotUnderstood(RangeError):
    """The answer is not what the native API answers; is this the URL of a solver, and of this version?"""

    code = "answer_not_understood"


class Problem(msgspec.Struct, frozen=True):
    """The members of a problem document; each may be missing."""

    type: str = "about:blank"
    title: str = ""
    detail: str = ""
    code: str = ""


class RangeApiError(RangeError):
    """The solver refused. `status`, `type`, `title`, `detail` and `code` are the problem's.

    `retry_after` is the seconds after which it is worth trying again, if the solver said so.
    """

    def __init__(self, status: int, problem: Problem, retry_after: float | None = None) -> None:
        super().__init__(
            f"{status} {problem.title}: {problem.detail}" if problem.detail else f"{status} {problem.title}"
        )
        self.status = status
        self.type = problem.type
        self.title = problem.title
        self.detail = problem.detail
        self.code = problem.code or self.code
        self.retry_after = retry_after


class Unauthorized(RangeApiError):
    """401: the client key is missing or unknown."""


class Forbidden(RangeApiError):
    """403: the key lacks a scope, or the image was not issued by this range."""


class ForbiddenTarget(Forbidden):
    """403: the page, the proxy or the callback is outside the range."""


class NotFound(RangeApiError):
    """404: the account has no such task."""


class Conflict(RangeApiError):
    """409: the task has ended."""


class Unprocessable(RangeApiError):
    """422: the order, the picture or the question cannot be taken."""


class RateLimited(RangeApiError):
    """429: wait `retry_after` seconds; None means that the recognition quota is used up."""


class Unavailable(RangeApiError):
    """503: the queue is full, or the store is away; wait `retry_after` seconds."""


BY_STATUS: dict[int, type[RangeApiError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: Unprocessable,
    429: RateLimited,
    503: Unavailable,
}
BY_CODE: dict[str, type[RangeApiError]] = {
    "target_outside": ForbiddenTarget,
    "proxy_outside": ForbiddenTarget,
    "callback_outside": ForbiddenTarget,
}


def error_of(reply: Reply) -> RangeApiError:
    """The error that an answer other than 2xx stands for."""
    problem = _problem(reply)
    kind = BY_CODE.get(problem.code) or BY_STATUS.get(reply.status, RangeApiError)
    return kind(reply.status, problem, _seconds(reply.headers.get("retry-after")))


def _problem(reply: Reply) -> Problem:
    if reply.headers.get("content-type", "").partition(";")[0].strip() == "application/problem+json":
        try:
            return msgspec.json.decode(reply.body, type=Problem)
        except msgspec.DecodeError:
            pass
    return Problem(title=_phrase(reply.status), detail="the answer is no problem document")


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"


def _seconds(header: str | None) -> float | None:
    """Seconds of a Retry-After header; None if it is missing or a date."""
    if header is not None and header.isascii() and header.isdigit() and len(header) <= 9:
        return float(header)
    return None
