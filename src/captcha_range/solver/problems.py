"""Problem details (RFC 9457): how the native API, and only it, says what went wrong."""

from typing import Any, NamedTuple

import msgspec

from captcha_range.core.bodies import BodyInvalid, BodyTooLarge
from captcha_range.core.errors import RangeError
from captcha_range.core.exposition import MetricsMissing
from captcha_range.core.keys import KeyRefused
from captcha_range.core.pixels import PictureInvalid
from captcha_range.core.sqlite import StoreUnavailable
from captcha_range.solver import errors
from captcha_range.solver.accounts import AccountUnknown
from captcha_range.solver.client_keys import ClientKeyUnknown
from captcha_range.solver.idempotency import IdempotencyMismatch
from captcha_range.solver.leases import LeaseLost
from captcha_range.solver.outbox import DeliveryUnknown
from captcha_range.solver.rate_limits import Standing
from captcha_range.solver.tasks import TaskEnded
from captcha_range.solver.worker_keys import WorkerKnown, WorkerUnknown

MEDIA_TYPE = "application/problem+json"

RETRY_AFTER = 3
"""Seconds that a client is asked to wait when nothing better is known; the seed's own interval."""

QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"
"""The type that draft-ietf-httpapi-ratelimit-headers registers."""


class PathUnknown(RangeError):
    """There is nothing at this path; GET /docs lists what is here."""

    code = "path_unknown"


class MethodRefused(RangeError):
    """This path does not take that method; the Allow header names those that it takes."""

    code = "method_refused"


class Kind(NamedTuple):
    """A row of the table."""

    status: int
    title: str
    type: str | None = None


PROBLEMS: dict[type[RangeError], Kind] = {
    errors.KeyUnknown: Kind(401, "The client key is missing or unknown"),
    errors.ScopeMissing: Kind(403, "The client key lacks a scope"),
    errors.RateLimited: Kind(429, "The rate limit is reached", QUOTA_EXCEEDED),
    errors.BalanceEmpty: Kind(402, "The balance is used up"),
    errors.QuotaEmpty: Kind(429, "The recognition quota is used up"),
    errors.QueueFull: Kind(503, "The queue is full"),
    errors.MethodUnknown: Kind(404, "No such method"),
    errors.TaskAbsent: Kind(422, "The body is not an order"),
    errors.TaskTypeUnknown: Kind(422, "The type of task is unknown"),
    errors.FieldInvalid: Kind(422, "A field cannot be taken"),
    errors.SitekeyUnknown: Kind(422, "The sitekey is not registered in this range"),
    errors.TargetOutside: Kind(403, "The page is outside the range"),
    errors.ProxyOutside: Kind(403, "The proxy is outside the range"),
    errors.ProxyRefused: Kind(502, "The proxy refused the connection"),
    errors.ProxyConnectTimeout: Kind(504, "The proxy did not take the connection in time"),
    errors.ProxyReadTimeout: Kind(504, "The proxy did not answer in time"),
    errors.ProxyDenied: Kind(502, "The proxy does not lead to the target"),
    errors.ProxyNotUnderstood: Kind(502, "The proxy does not speak as one of its kind"),
    errors.ProxyUnauthorised: Kind(502, "The proxy refused the login"),
    errors.CallbackOutside: Kind(403, "The callback URL is outside the range"),
    errors.ImageNotIssued: Kind(403, "The image was not issued by this range"),
    errors.FamilyUnsupported: Kind(422, "The family is not supported"),
    errors.QuestionNotUnderstood: Kind(422, "The question is not understood"),
    errors.TaskUnknown: Kind(404, "No such task"),
    errors.Unsolvable: Kind(502, "No try at the challenge was right"),
    errors.TimedOut: Kind(504, "The time is over"),
    errors.WidgetFailed: Kind(502, "The provider's widget did not answer as it should"),
    errors.Cancelled: Kind(409, "The task was cancelled"),
    errors.Lost: Kind(502, "Every worker that took the task died"),
    errors.Crashed: Kind(500, "Something went wrong inside the solver"),
    BodyInvalid: Kind(422, "The body is not what this path reads"),
    BodyTooLarge: Kind(413, "The body is too large"),
    PictureInvalid: Kind(422, "The image cannot be read"),
    StoreUnavailable: Kind(503, "The store is unavailable; the outcome is unknown"),
    IdempotencyMismatch: Kind(422, "The idempotency key was used for another order"),
    TaskEnded: Kind(409, "The task has ended"),
    DeliveryUnknown: Kind(404, "No such delivery"),
    AccountUnknown: Kind(404, "No such account"),
    ClientKeyUnknown: Kind(404, "No such client key"),
    MetricsMissing: Kind(501, "The extra for metrics is not installed"),
    WorkerUnknown: Kind(404, "No such worker"),
    WorkerKnown: Kind(409, "The worker has a key"),
    KeyRefused: Kind(401, "The worker's key is missing or unknown"),
    LeaseLost: Kind(409, "The lease is not held"),
    PathUnknown: Kind(404, "Nothing is here"),
    MethodRefused: Kind(405, "The method is not taken here"),
}
"""Error kind → (HTTP status, title, type); without a type of its own it is the row's place on the page /docs."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Problem details. `code` is stable; `detail` names what is wrong and the mend, and never repeats input."""

    type: str
    title: str
    status: int
    detail: str
    code: str


class QuotaProblem(Problem, frozen=True, kw_only=True):
    """A reached rate limit names the policies that were violated."""

    violated_policies: tuple[str, ...] = msgspec.field(name="violated-policies")


def problem_of(error: RangeError) -> Problem:
    """The problem for an error of the table."""
    kind = PROBLEMS[type(error)]
    told: dict[str, Any] = {
        "type": type_of(type(error)),
        "title": kind.title,
        "status": kind.status,
        "detail": str(error),
        "code": error.code,
    }
    if isinstance(error, errors.RateLimited):
        return QuotaProblem(**told, violated_policies=(error.kind,))
    return Problem(**told)


def headers_of(error: RangeError) -> dict[str, str]:
    """The headers that go with an error."""
    status = PROBLEMS[type(error)].status
    if isinstance(error, errors.RateLimited):
        return {"retry-after": str(error.retry_after)}
    if status == 503:
        return {"retry-after": str(RETRY_AFTER)}
    return {"www-authenticate": 'Bearer realm="captcha-range"'} if status == 401 else {}


def type_of(kind: type[RangeError]) -> str:
    """The problem type's URI, relative to the solver."""
    return PROBLEMS[kind].type or f"/docs#{kind.code}"


def limit_headers(standing: Standing) -> dict[str, str]:
    """`RateLimit` and `RateLimit-Policy` as draft-ietf-httpapi-ratelimit-headers writes them."""
    limit = standing.limit
    return {
        "ratelimit-policy": f'"{standing.kind}";q={limit.quota};w={limit.window}',
        "ratelimit": f'"{standing.kind}";r={standing.left};t={standing.reset}',
    }
