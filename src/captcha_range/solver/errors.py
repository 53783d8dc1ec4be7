"""The kinds of error that the solver knows; each dialect owns one table from kind to wire form."""

from captcha_range.core.errors import RangeError
from captcha_range.solver.effort import Effort


class SolverError(RangeError):
    """The solver refused, or could not do, what a client asked."""

    code = "solver_error"
    effort: Effort | None = None
    """What a worker did before it gave up."""


class KeyUnknown(SolverError):
    """The key is missing or unknown; use one that `captcha-range accounts` printed."""

    code = "key_unknown"


class ScopeMissing(SolverError):
    """The key does not have the scope that this needs; use another key of the account."""

    code = "scope_missing"


class RateLimited(SolverError):
    """The account's rate limit is reached; try again in a few seconds."""

    code = "rate_limited"

    def __init__(self, message: str | None = None, *, kind: str = "tasks", retry_after: int = 1) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after


class BalanceEmpty(SolverError):
    """The account's balance is used up."""

    code = "balance_empty"


class QuotaEmpty(SolverError):
    """The account's recognition quota is used up."""

    code = "quota_empty"


class QueueFull(SolverError):
    """Too many tasks wait; try again in a few seconds."""

    code = "queue_full"


class MethodUnknown(SolverError):
    """There is no such method; there are createTask, getTaskResult and getBalance."""

    code = "method_unknown"


class TaskAbsent(SolverError):
    """The body must be a JSON object with a `task` object."""

    code = "task_absent"


class TaskTypeUnknown(SolverError):
    """task.type must be HCaptchaTaskProxyless or HCaptchaTask."""

    code = "task_type_unknown"


class FieldInvalid(SolverError):
    """A field cannot be taken; the message names it and what would be right."""

    code = "field_invalid"


class SitekeyUnknown(SolverError):
    """The sitekey is not registered with this range's provider."""

    code = "sitekey_unknown"


class TargetOutside(SolverError):
    """The page is not one of the site's registered origins in this range."""

    code = "target_outside"


class ProxyOutside(SolverError):
    """The proxy must be an IP address inside the range's networks; nothing was connected to."""

    code = "proxy_outside"


class ProxyRefused(SolverError):
    """Nothing takes connections where the proxy should be; is it running on that address and port?"""

    code = "proxy_refused"


class ProxyConnectTimeout(SolverError):
    """The proxy did not take the connection in time."""

    code = "proxy_connect_timeout"


class ProxyReadTimeout(SolverError):
    """The proxy took the connection, but did not answer in time."""

    code = "proxy_read_timeout"


class ProxyDenied(SolverError):
    """The proxy does not lead there: it refused the target, or could not reach it."""

    code = "proxy_denied"


class ProxyNotUnderstood(SolverError):
    """What answered does not speak as a proxy of this kind, or broke off; name its kind, http or socks5."""

    code = "proxy_not_understood"


class ProxyUnauthorised(SolverError):
    """The proxy asks for a login, or refused this one; check its login and password."""

    code = "proxy_unauthorised"


class CallbackOutside(SolverError):
    """The callback URL must name localhost or an address inside the range's networks; nothing was connected to."""

    code = "callback_outside"


class ImageNotIssued(SolverError):
    """image was not issued by this range"""

    code = "image_not_issued"


class QuestionNotUnderstood(SolverError):
    """The recogniser does not understand the question for this image."""

    code = "question_not_understood"


class TaskUnknown(SolverError):
    """There is no such task in this account."""

    code = "task_unknown"


class Unsolvable(SolverError):
    """No try at the challenge was right."""

    code = "unsolvable"


class FamilyUnsupported(SolverError):
    """The recogniser does not know this family of challenges; order the site's challenges from other families."""

    code = "family_unsupported"


class TimedOut(SolverError):
    """The task was not solved in time."""

    code = "timeout"


class WidgetFailed(SolverError):
    """The provider's widget did not answer as it should."""

    code = "widget"


class Cancelled(SolverError):
    """The task was cancelled."""

    code = "cancelled"


class Lost(SolverError):
    """Every worker that took the task died before it finished."""

    code = "lost"


class Crashed(SolverError):
    """Something went wrong inside the solver; the task can be sent again."""

    code = "crashed"


PROXY_FAILURES: tuple[type[SolverError], ...] = (
    ProxyRefused,
    ProxyConnectTimeout,
    ProxyReadTimeout,
    ProxyDenied,
    ProxyNotUnderstood,
    ProxyUnauthorised,
)
"""What can go wrong with a task's own proxy."""

_OTHER_FAILURES: tuple[type[SolverError], ...] = (
    Unsolvable,
    FamilyUnsupported,
    TimedOut,
    WidgetFailed,
    Cancelled,
    Lost,
    Crashed,
)

FAILURES: dict[str, type[SolverError]] = {kind.code: kind for kind in (*_OTHER_FAILURES, *PROXY_FAILURES)}
"""The kinds that end a task, by the code that the task keeps."""
