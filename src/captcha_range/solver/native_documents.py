"""What the native API reads and writes: every JSON object of `/v1`, as types that the OpenAPI document comes from."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from captcha_range.solver.accounts import Account, Prices
from captcha_range.solver.client_keys import ClientKey
from captcha_range.solver.errors import FAILURES
from captcha_range.solver.orders import Proxy, TokenOrder
from captcha_range.solver.outbox import Delivery
from captcha_range.solver.provider_link import Preflight
from captcha_range.solver.rate_limits import Limits
from captcha_range.solver.recognitions import Recognised
from captcha_range.solver.tasks import Task

Text = Annotated[str, Meta(min_length=1, max_length=2_048)]
State = Literal["queued", "running", "ready", "failed"]


class ProxyOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A proxy by its address inside the range."""

    address: Annotated[str, Meta(min_length=1, max_length=64)]
    port: Annotated[int, Meta(ge=1, le=65_535)]
    login: Annotated[str, Meta(max_length=256)] = ""
    password: Annotated[str, Meta(max_length=256)] = ""
    kind: Literal["http", "socks5"] = "http"


class TaskOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order for a response token. The page's origin must be registered for the sitekey."""

    sitekey: Text
    page_url: Text
    user_agent: Annotated[str, Meta(min_length=1, max_length=1_024)] | None = None
    invisible: bool = False
    rqdata: Annotated[str, Meta(max_length=16_384)] | None = None
    region: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    proxy: ProxyOrder | None = None
    preflight: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    callback_url: Text | None = None


class SolutionDocument(msgspec.Struct, frozen=True):
    """A response token (single use, 120 s), the key that goes with it, and the user agent that earned it."""

    token: str
    response_key: str
    user_agent: str


class Failure(msgspec.Struct, frozen=True):
    """Why a task failed."""

    code: str
    title: str


class EvidenceDocument(msgspec.Struct, frozen=True, kw_only=True):
    """How an outcome came about: leases, the worker, challenges that it tried, from where, under which trace."""

    attempts: int
    worker: str | None
    tries: int | None
    region: str | None
    source: str | None
    trace: str | None


class VerdictDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider says became of the token. Times in Unix seconds."""

    verified: bool
    issued_at: float
    expires_at: float
    verified_at: float | None
    code: str | None
    why: str | None
    score: float | None
    reasons: tuple[str, ...]


class FullEvidenceDocument(EvidenceDocument, frozen=True, kw_only=True):
    """The evidence with the provider's verdict; null while there is no token, or once it forgot it."""

    verdict: VerdictDocument | None


class TaskDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A task. Times in Unix seconds."""

    task: str
    state: State
    created_at: float
    deadline: float
    finished_at: float | None
    sitekey: str
    page_url: str
    callback_url: str | None
    solution: SolutionDocument | None
    failure: Failure | None
    evidence: EvidenceDocument


class TaskPage(msgspec.Struct, frozen=True):
    """Tasks, the newest first. `next` is the cursor of the following page, null on the last one."""

    tasks: tuple[TaskDocument, ...]
    next: str | None


class TaskWebhook(msgspec.Struct, frozen=True):
    """What a `callback_url` gets, in the form that Standard Webhooks proposes. `timestamp` in Unix seconds."""

    type: Literal["task.ready", "task.failed"]
    timestamp: float
    data: TaskDocument


class RecognitionOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A picture that this range issued (PNG, JPEG or WebP, in base64), and the question unless it is the picture's."""

    image: bytes
    question: Annotated[str, Meta(max_length=1_000)] | None = None


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


class RecognitionDocument(msgspec.Struct, frozen=True):
    """Where to click, or else a number, degrees clockwise, a box or a choice (from 0); and how sure, 0 … 1."""

    label: str
    points: tuple[Point, ...]
    confidence: float
    number: int | None = None
    angle: float | None = None
    box: Box | None = None
    choice: int | None = None


class PreflightOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The site that the preflight is for."""

    sitekey: Text


class PreflightDocument(msgspec.Struct, frozen=True):
    """What the provider agreed to: come from this region, as this user agent, within 600 seconds."""

    preflight: str
    region: str
    user_agent: str


class AccountDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The account of the key, and what this key may do."""

    account: str
    name: str
    balance: int
    recognitions: int
    free_tasks: int
    prices: Prices
    limits: Limits
    scopes: tuple[str, ...]


class DeliveryPage(msgspec.Struct, frozen=True):
    """Webhooks, the newest first."""

    deliveries: tuple[Delivery, ...]
    next: str | None


class SecretDocument(msgspec.Struct, frozen=True):
    """A webhook secret, shown once."""

    webhook_secret: str


class AccountList(msgspec.Struct, frozen=True):
    accounts: tuple[Account, ...]


class OpenedAccount(msgspec.Struct, frozen=True):
    """A new account; its key and its secret are shown once."""

    account: Account
    client_key: str
    webhook_secret: str


class ChangedAccount(msgspec.Struct, frozen=True):
    account: Account


class ClientKeyList(msgspec.Struct, frozen=True):
    keys: tuple[ClientKey, ...]


class AddedKey(msgspec.Struct, frozen=True):
    """A new client key, shown once."""

    key: ClientKey
    client_key: str


class Refusal(msgspec.Struct, frozen=True):
    """Why the admin API refused: a code and a sentence."""

    code: str
    message: str


class AdminError(msgspec.Struct, frozen=True):
    success: Literal[False]
    error: Refusal


class Health(msgspec.Struct, frozen=True):
    status: Literal["ok"]
    plane: Literal["solver"]


def token_order(order: TaskOrder) -> TokenOrder:
    """The order as every dialect gives it to the intake."""
    proxy = order.proxy
    return TokenOrder(
        sitekey=order.sitekey,
        page_url=order.page_url,
        user_agent=order.user_agent,
        invisible=order.invisible,
        rqdata=order.rqdata,
        region=order.region,
        proxy=None if proxy is None else Proxy(**msgspec.structs.asdict(proxy)),
        preflight=order.preflight,
    )


def task_document(task: Task) -> TaskDocument:
    """A task as its owner sees it; the proxy's login is not repeated."""
    solution = task.solution
    return TaskDocument(
        task=task.task,
        state=msgspec.convert(task.state, State),
        created_at=task.created_at,
        deadline=task.deadline,
        finished_at=task.finished_at,
        sitekey=task.order.sitekey,
        page_url=task.order.page_url,
        callback_url=task.callback_url,
        solution=None
        if solution is None
        else SolutionDocument(solution.token, solution.response_key, solution.user_agent),
        failure=_failure(task),
        evidence=EvidenceDocument(**_evidence(task)),
    )


def full_evidence(task: Task, verdict: VerdictDocument | None) -> FullEvidenceDocument:
    """The evidence with the provider's word."""
    return FullEvidenceDocument(**_evidence(task), verdict=verdict)


def webhook_body(task: Task) -> bytes:
    """What a `callback_url` gets."""
    kind: Literal["task.ready", "task.failed"] = "task.ready" if task.state == "ready" else "task.failed"
    return msgspec.json.encode(TaskWebhook(kind, task.finished_at or 0.0, task_document(task)))


def recognition_document(found: Recognised) -> RecognitionDocument:
    points = tuple(Point(round(x, 2), round(y, 2)) for x, y in found.points)
    box = None if found.box is None else Box(*(round(part, 2) for part in found.box))
    return RecognitionDocument(found.label, points, found.confidence, found.number, found.angle, box, found.choice)


def preflight_document(agreed: Preflight) -> PreflightDocument:
    return PreflightDocument(agreed.preflight, agreed.region, agreed.user_agent)


def account_document(account: Account, scopes: frozenset[str]) -> AccountDocument:
    return AccountDocument(
        account=account.account,
        name=account.name,
        balance=account.balance,
        recognitions=account.recognitions,
        free_tasks=account.free_tasks,
        prices=account.prices,
        limits=account.limits,
        scopes=tuple(sorted(scopes)),
    )


def _evidence(task: Task) -> dict[str, Any]:
    effort = task.effort
    return {
        "attempts": task.attempt,
        "worker": None if effort is None else effort.worker,
        "tries": None if effort is None else effort.tries,
        "region": task.order.region,
        "source": None if effort is None else effort.source,
        "trace": task.order.trace,
    }


def _failure(task: Task) -> Failure | None:
    if task.failure is None:
        return None
    return Failure(task.failure, str(FAILURES[task.failure]()))
