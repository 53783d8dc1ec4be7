"""Every call of the native API as data: what is asked, and what the answer is read as. No network here."""

import re
from typing import Any, Generic, Literal, TypedDict, TypeVar, Unpack
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from captcha_range.client.documents import Account, Preflight, Recognition, State, Task, TaskPage
from captcha_range.client.errors import AnswerNotUnderstood, error_of
from captcha_range.core.ids import new_uuid
from captcha_range.http_call import Reply

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds to wait for an answer that is not held."""

LONGEST_WAIT = 60
"""Seconds for which the solver holds a read at most."""

_KEY = re.compile(r"[\x21-\x7e]+", re.ASCII)


class ProxyOptions(TypedDict, total=False):
    """A proxy by its address inside the range; `kind` is "http" unless it says "socks5"."""

    address: str
    port: int
    login: str
    password: str
    kind: Literal["http", "socks5"]


class TaskOptions(TypedDict, total=False):
    """What an order may say beside sitekey and page."""

    user_agent: str
    invisible: bool
    rqdata: str
    region: str
    proxy: ProxyOptions
    preflight: str
    callback_url: str


class Call(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One request; `body` is sent as JSON, `pause` passes before it is sent, `patience` is for the answer."""

    method: str
    path: str
    answer: type[T]
    body: Any = None
    headers: dict[str, str] = {}
    pause: float = 0.0
    patience: float = PATIENCE

    def result(self, reply: Reply) -> T:
        """What the solver answered. RangeApiError, AnswerNotUnderstood."""
        if not 200 <= reply.status < 300:
            raise error_of(reply)
        try:
            return msgspec.json.decode(reply.body, type=self.answer)
        except msgspec.DecodeError as error:
            raise AnswerNotUnderstood(f"{AnswerNotUnderstood.__doc__} ({error})") from None


class Address(msgspec.Struct, frozen=True):
    """Where the solver is, and the client key, which goes there and nowhere else."""

    url: str
    key: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "http" or not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("url: must be http://host[:port], as `captcha-range serve` prints it")
        if not _KEY.fullmatch(self.key):
            raise ValueError("key: must be a client key, as `captcha-range accounts add` prints it")

    def of(self, call: Call[Any]) -> str:
        """The URL of a call."""
        return self.url.rstrip("/") + call.path

    def headers(self, call: Call[Any]) -> dict[str, str]:
        """The headers of a call."""
        return {"Authorization": f"Bearer {self.key}", **call.headers}


def create_task(
    sitekey: str, page_url: str, idempotency_key: str | None = None, **options: Unpack[TaskOptions]
) -> Call[Task]:
    """Order a token. Without a key of the caller's own there is a fresh one, so that a repeated call orders once."""
    order = {"sitekey": sitekey, "page_url": page_url, **options}
    headers = {"Idempotency-Key": new_uuid() if idempotency_key is None else idempotency_key}
    return Call(method="POST", path="/v1/tasks", answer=Task, body=order, headers=headers)


def read_task(task: str, wait: int | None = None) -> Call[Task]:
    """Read a task; with `wait` the answer is held until it ends, so many seconds at most."""
    if wait is None:
        return Call(method="GET", path=_path(task), answer=Task)
    held = min(max(wait, 0), LONGEST_WAIT)
    headers = {"Prefer": f"wait={held}"}
    return Call(method="GET", path=_path(task), answer=Task, headers=headers, patience=PATIENCE + held)


def cancel_task(task: str) -> Call[Task]:
    """Cancel a task."""
    return Call(method="DELETE", path=_path(task), answer=Task)


def list_tasks(state: State | None = None, limit: int | None = None, cursor: str | None = None) -> Call[TaskPage]:
    """One page of tasks."""
    asked = {"state": state, "limit": limit, "cursor": cursor}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    return Call(method="GET", path=f"/v1/tasks?{query}" if query else "/v1/tasks", answer=TaskPage)


def follow_task(task: str, after: int = 0) -> Call[None]:
    """Listen to a task's events after a number."""
    headers = {"Accept": "text/event-stream", **({"Last-Event-ID": str(after)} if after else {})}
    return Call(method="GET", path=f"{_path(task)}/events", answer=type(None), headers=headers)


def recognise(image: bytes, question: str | None = None) -> Call[Recognition]:
    """Recognise a picture."""
    order: dict[str, Any] = {"image": image, "question": question}
    return Call(method="POST", path="/v1/recognitions", answer=Recognition, body=order)


def arrange_preflight(sitekey: str) -> Call[Preflight]:
    """Agree on a preflight."""
    return Call(method="POST", path="/v1/preflights", answer=Preflight, body={"sitekey": sitekey})


def read_account() -> Call[Account]:
    """Read the key's account."""
    return Call(method="GET", path="/v1/account", answer=Account)


def _path(task: str) -> str:
    if task in ("", ".", ".."):
        raise ValueError("task: must be a task's id")
    return f"/v1/tasks/{quote(task, safe='')}"
