"""What the native API answers, as the client's own frozen types. Fields that a later solver adds are ignored."""

from typing import Literal

import msgspec

from captcha_range.core.errors import RangeError

State = Literal["queued", "running", "ready", "failed"]


class TaskWithoutToken(RangeError):
    """The task failed, or has not ended yet: there is no token."""

    code = "task_without_token"


class Solution(msgspec.Struct, frozen=True):
    """A response token (single use, 120 s), the key that goes with it, and the user agent that earned it."""

    token: str
    response_key: str
    user_agent: str


class Failure(msgspec.Struct, frozen=True):
    """Why a task failed; `code` is stable."""

    code: str
    title: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """How an outcome came about: leases, the worker, challenges that it tried, from where, under which trace."""

    attempts: int
    worker: str | None
    tries: int | None
    region: str | None
    source: str | None
    trace: str | None = None


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A task. Times in Unix seconds; `task` is its id."""

    task: str
    state: State
    created_at: float
    deadline: float
    finished_at: float | None
    sitekey: str
    page_url: str
    callback_url: str | None
    solution: Solution | None
    failure: Failure | None
    evidence: Evidence

    @property
    def ended(self) -> bool:
        """Whether it is ready or has failed."""
        return _ended(self.state)

    @property
    def token(self) -> str:
        """The response token. TaskWithoutToken, with the failure's title, if there is none."""
        if self.solution is None:
            why = "has not ended yet" if self.failure is None else f"failed: {self.failure.title}"
            raise TaskWithoutToken(f"the task {why}")
        return self.solution.token


class TaskPage(msgspec.Struct, frozen=True):
    """Tasks, the newest first, and the cursor of the following page."""

    tasks: tuple[Task, ...]
    next: str | None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """The state that a task went into; `number` counts from 1, `failure` is why it failed."""

    task: str
    number: int
    state: State
    attempt: int
    at: float
    failure: str | None

    @property
    def terminal(self) -> bool:
        """Whether no event can follow."""
        return _ended(self.state)


class Point(msgspec.Struct, frozen=True):
    """Pixels of the submitted picture, origin at the top left."""

    x: float
    y: float


class Box(msgspec.Struct, frozen=True):
    """Pixels of the submitted picture; `x` and `y` are its top left corner."""

    x: float
    y: float
    width: float
    height: float


class Recognition(msgspec.Struct, frozen=True):
    """Where to click, or else a number, degrees clockwise, a box or a choice (from 0); and how sure, 0 … 1."""

    label: str
    points: tuple[Point, ...]
    confidence: float
    number: int | None = None
    angle: float | None = None
    box: Box | None = None
    choice: int | None = None


class Preflight(msgspec.Struct, frozen=True):
    """What the provider agreed to: come from this region, as this user agent."""

    preflight: str
    region: str
    user_agent: str


class Prices(msgspec.Struct, frozen=True):
    """Credits for each type of work."""

    token: int
    token_with_proxy: int
    recognition: int


class Limit(msgspec.Struct, frozen=True):
    """Up to `quota` at once, refilled evenly over `window` seconds."""

    quota: int
    window: int


class Limits(msgspec.Struct, frozen=True):
    """Rate limits by kind of work."""

    tasks: Limit
    recognitions: Limit


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The account of the key, and what this key may do."""

    account: str
    name: str
    balance: int
    recognitions: int
    free_tasks: int
    prices: Prices
    limits: Limits
    scopes: tuple[str, ...]


def _ended(state: State) -> bool:
    return state in ("ready", "failed")
