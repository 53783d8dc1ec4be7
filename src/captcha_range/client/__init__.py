"""The Python client of the solver's native API: `Client`, and `AsyncClient` for asyncio."""

from captcha_range.client.async_client import AsyncClient
from captcha_range.client.calls import ProxyOptions, TaskOptions
from captcha_range.client.documents import (
    Account,
    Box,
    Event,
    Evidence,
    Failure,
    Limit,
    Limits,
    Point,
    Preflight,
    Prices,
    Recognition,
    Solution,
    Task,
    TaskWithoutToken,
)
from captcha_range.client.errors import (
    AnswerNotUnderstood,
    Conflict,
    Forbidden,
    ForbiddenTarget,
    NotFound,
    RangeApiError,
    RateLimited,
    Unauthorized,
    Unavailable,
    Unprocessable,
)
from captcha_range.client.solving import DeadlinePassed
from captcha_range.client.sync_client import Client
from captcha_range.http_call import Unreachable

__all__ = [
    "Account",
    "AnswerNotUnderstood",
    "AsyncClient",
    "Box",
    "Client",
    "Conflict",
    "DeadlinePassed",
    "Event",
    "Evidence",
    "Failure",
    "Forbidden",
    "ForbiddenTarget",
    "Limit",
    "Limits",
    "NotFound",
    "Point",
    "Preflight",
    "Prices",
    "ProxyOptions",
    "RangeApiError",
    "RateLimited",
    "Recognition",
    "Solution",
    "Task",
    "TaskOptions",
    "TaskWithoutToken",
    "Unauthorized",
    "Unavailable",
    "Unprocessable",
    "Unreachable",
]
