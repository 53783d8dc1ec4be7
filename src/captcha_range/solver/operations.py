"""Every operation of the solver as the OpenAPI document tells it; a test holds it against the routes."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from captcha_range.core.bodies import BodyInvalid, BodyTooLarge
from captcha_range.core.errors import RangeError
from captcha_range.core.exposition import MetricsMissing
from captcha_range.core.keys import KeyRefused
from captcha_range.core.pixels import PictureInvalid
from captcha_range.core.sqlite import StoreUnavailable
from captcha_range.solver import errors
from captcha_range.solver import lease_documents as leases
from captcha_range.solver import native_documents as native
from captcha_range.solver.accounts import AccountChange, AccountOrder, TopUp
from captcha_range.solver.client_keys import ClientKeyOrder
from captcha_range.solver.dialects import wire
from captcha_range.solver.idempotency import IdempotencyMismatch
from captcha_range.solver.leases import LeaseLost
from captcha_range.solver.outbox import Delivery, DeliveryUnknown
from captcha_range.solver.tasks import TaskEnded

Errors = tuple[type[RangeError], ...]


class Parameter(NamedTuple):
    """A parameter beside those of the path; `schema` is JSON Schema."""

    name: str
    place: str
    schema: dict[str, Any]
    description: str


class Operation(NamedTuple):
    """`answers`: by status, one type or several; a media type instead of a type for what is not JSON."""

    method: str
    path: str
    name: str
    summary: str
    tag: str
    answers: Mapping[int, Any]
    body: Any = None
    scope: str | None = None
    errors: Errors = ()
    parameters: tuple[Parameter, ...] = ()


_KEYED: Errors = (errors.KeyUnknown, errors.ScopeMissing, errors.Crashed, StoreUnavailable)
_BODY: Errors = (BodyInvalid, BodyTooLarge, errors.FieldInvalid)
_TASK: Errors = (*_KEYED, errors.TaskUnknown)
_ORDER: Errors = (
    *_KEYED,
    *_BODY,
    errors.RateLimited,
    errors.BalanceEmpty,
    errors.QueueFull,
    errors.SitekeyUnknown,
    errors.TargetOutside,
    errors.ProxyOutside,
    errors.CallbackOutside,
    errors.WidgetFailed,
    IdempotencyMismatch,
)
_WORKER: Errors = (KeyRefused, errors.Crashed, StoreUnavailable)
_RECOGNITION: Errors = (
    *_KEYED,
    *_BODY,
    PictureInvalid,
    errors.RateLimited,
    errors.QuotaEmpty,
    errors.ImageNotIssued,
    errors.QuestionNotUnderstood,
    errors.FamilyUnsupported,
    errors.WidgetFailed,
)
_LIMIT = Parameter("limit", "query", {"type": "integer", "minimum": 1, "maximum": 200}, "Entries on a page.")
_CURSOR = Parameter("cursor", "query", {"type": "string"}, "The `next` of the page before.")
_STATE = Parameter("state", "query", {"enum": ["queued", "running", "ready", "failed"]}, "Only tasks in this state.")
_PREFER = Parameter("Prefer", "header", {"type": "string"}, "`wait=N` holds the answer up to N seconds (60 at most).")
_KEY = Parameter(
    "Idempotency-Key",
    "header",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
    "The same key and order again get the same answer, for a day.",
)
_LAST = Parameter("Last-Event-ID", "header", {"type": "string"}, "The last event that was received.")
_EXTENDED = Parameter("extended", "query", {"enum": ["1"]}, "Also list every point.")

_AD = native.AdminError
_ADMIN = {401: _AD, 413: _AD, 422: _AD, 503: _AD}
_CREATE = (wire.TaskCreated, wire.TaskCreatedIdle, wire.CreateTaskError)
_REPORT = (wire.Reported, wire.CreateTaskError)
_RECOGNISED = {
    200: (wire.Recognition, wire.ExtendedRecognition),
    **dict.fromkeys((400, 401, 429, 500), wire.RecognitionError),
}

N, L, C, W, A, O = "native", "worker", "createTask", "nocaptcha", "admin", "about"  # noqa: E741 - columns of the table below

OPERATIONS: tuple[Operation, ...] = (
    Operation("POST", "/v1/tasks", "createNativeTask", "Order a token", N, {201: native.TaskDocument},
              native.TaskOrder, "solve", _ORDER, (_KEY,)),
    Operation("GET", "/v1/tasks", "listTasks", "List the account's tasks, the newest first", N,
              {200: native.TaskPage}, None, "read", (*_KEYED, errors.FieldInvalid), (_STATE, _LIMIT, _CURSOR)),
    Operation("GET", "/v1/tasks/{task}", "getTask", "Read a task, at once or when it ends", N,
              {200: native.TaskDocument}, None, "read", _TASK, (_PREFER,)),
    Operation("DELETE", "/v1/tasks/{task}", "cancelTask", "Cancel a task and stop its worker", N,
              {200: native.TaskDocument}, None, "solve", (*_TASK, TaskEnded)),
    Operation("GET", "/v1/tasks/{task}/events", "followTask", "Follow a task, as server-sent events", N,
              {200: "text/event-stream", 204: None}, None, "read", _TASK, (_LAST,)),
    Operation("GET", "/v1/tasks/{task}/evidence", "getEvidence", "How the outcome came about, with the verdict", N,
              {200: native.FullEvidenceDocument}, None, "verify", (*_TASK, errors.WidgetFailed)),
    Operation("POST", "/v1/recognitions", "recogniseNative", "Recognise a picture that this range issued", N,
              {200: native.RecognitionDocument}, native.RecognitionOrder, "solve", _RECOGNITION),
    Operation("POST", "/v1/preflights", "arrangeNativePreflight", "Agree on a region and a user agent", N,
              {201: native.PreflightDocument}, native.PreflightOrder, "solve",
              (*_KEYED, *_BODY, errors.SitekeyUnknown, errors.WidgetFailed)),
    Operation("GET", "/v1/account", "getAccount", "Read the account", N, {200: native.AccountDocument},
              None, "read", _KEYED),
    Operation("POST", "/v1/account/webhook-secret", "renewOwnSecret", "Renew the webhook secret", N,
              {201: native.SecretDocument}, None, "admin", _KEYED),
    Operation("GET", "/v1/webhooks/deliveries", "listDeliveries", "List the account's webhooks, the newest first", N,
              {200: native.DeliveryPage}, None, "read", (*_KEYED, errors.FieldInvalid), (_LIMIT, _CURSOR)),
    Operation("POST", "/v1/webhooks/deliveries/{delivery}/redeliver", "redeliver", "Deliver a webhook again", N,
              {202: Delivery}, None, "solve", (*_KEYED, DeliveryUnknown)),
    Operation("POST", "/v1/leases", "leaseTasks", "Lease tasks, at once or when there are some", L,
              {200: leases.LeaseList}, leases.LeaseOrder, None, (*_WORKER, *_BODY), (_PREFER,)),
    Operation("GET", "/v1/leases/{lease}", "readLease", "Whether a lease is held; answered when it is lost", L,
              {200: leases.LeaseHeld}, None, None, (*_WORKER, LeaseLost), (_PREFER,)),
    Operation("POST", "/v1/leases/{lease}/end", "endLease", "End a task with a solution or a failure", L,
              {204: None}, leases.LeaseEnd, None, (*_WORKER, *_BODY, LeaseLost)),
    Operation("DELETE", "/v1/leases/{lease}", "releaseLease", "Give a task back", L,
              {204: None}, None, None, (*_WORKER, LeaseLost)),
    Operation("POST", "/createTask", "createTask", "Order a token", C, {200: _CREATE}, wire.CreateTaskRequest),
    Operation("POST", "/getTaskResult", "getTaskResult", "Read a task, held for up to 5 s", C,
              {200: (wire.TaskResult, wire.TaskResultError)}, wire.TaskIdRequest),
    Operation("POST", "/getBalance", "getBalance", "Read the balance", C,
              {200: (wire.Balance, wire.CreateTaskError)}, wire.ClientKeyRequest),
    Operation("POST", "/getQueueStats", "getQueueStats", "How busy the workers are", C, {200: wire.QueueStats},
              wire.AnyRequest),
    Operation("POST", "/reportIncorrectHcaptcha", "reportIncorrectHcaptcha", "Say that a token was refused", C,
              {200: _REPORT}, wire.TaskIdRequest),
    Operation("POST", "/reportIncorrectRecaptcha", "reportIncorrectRecaptcha", "The same", C, {200: _REPORT},
              wire.TaskIdRequest),
    Operation("POST", "/reportCorrectRecaptcha", "reportCorrectRecaptcha", "Say that a token was accepted", C,
              {200: _REPORT}, wire.TaskIdRequest),
    Operation("POST", "/test", "test", "See which fields arrive", C, {200: (wire.Echo, wire.CreateTaskError)},
              wire.AnyRequest),
    Operation("POST", "/api/wanda/hcaptcha/universal", "universal", "Order a token and wait for it", W,
              {200: wire.Universal}, wire.UniversalRequest),
    Operation("POST", "/api/wanda/hcaptcha/preflight", "preflight", "Agree on a region and a user agent", W,
              {200: (wire.Preflight, wire.PreflightError)}, wire.PreflightRequest),
    Operation("POST", "/captcha/recognition/hcaptcha", "recognise", "Recognise a picture", "AceData",
              _RECOGNISED, wire.RecognitionRequest, None, (), (_EXTENDED,)),
    Operation("GET", "/admin/accounts", "listAccounts", "List the accounts", A, {200: native.AccountList, **_ADMIN}),
    Operation("POST", "/admin/accounts", "openAccount", "Open an account", A, {201: native.OpenedAccount, **_ADMIN},
              AccountOrder),
    Operation("GET", "/admin/accounts/{account}", "readAccount", "Read an account", A,
              {200: native.ChangedAccount, 404: _AD, **_ADMIN}),
    Operation("PATCH", "/admin/accounts/{account}", "changeAccount", "Change an account", A,
              {200: native.ChangedAccount, 404: _AD, **_ADMIN}, AccountChange),
    Operation("POST", "/admin/accounts/{account}/top-up", "topUpAccount", "Add credits", A,
              {200: native.ChangedAccount, 404: _AD, **_ADMIN}, TopUp),
    Operation("GET", "/admin/accounts/{account}/keys", "listKeys", "List the account's keys", A,
              {200: native.ClientKeyList, 404: _AD, **_ADMIN}),
    Operation("POST", "/admin/accounts/{account}/keys", "addKey", "Add a key", A,
              {201: native.AddedKey, 404: _AD, **_ADMIN}, ClientKeyOrder),
    Operation("DELETE", "/admin/accounts/{account}/keys/{client_key}", "revokeKey", "Revoke a key", A,
              {204: None, 404: _AD, **_ADMIN}),
    Operation("POST", "/admin/accounts/{account}/webhook-secret", "renewSecret", "Renew the webhook secret", A,
              {201: native.SecretDocument, 404: _AD, **_ADMIN}),
    Operation("GET", "/admin/workers", "listWorkers", "List whom workers' keys were made for", A,
              {200: leases.WorkerList, **_ADMIN}),
    Operation("POST", "/admin/workers", "addWorker", "Make a key for a worker", A,
              {201: leases.AddedWorker, 409: _AD, **_ADMIN}, leases.WorkerOrder),
    Operation("DELETE", "/admin/workers/{name}", "removeWorker", "Make a worker's key worthless", A,
              {204: None, 404: _AD, **_ADMIN}),
    Operation("GET", "/openapi.json", "openapi", "This document", O, {200: "application/json"}),
    Operation("GET", "/docs", "docs", "This document, to read", O, {200: "text/html"}),
    Operation("GET", "/metrics", "metrics", "What was counted, in Prometheus's text format", O, {200: "text/plain"},
              None, None, (MetricsMissing, errors.Crashed)),
    Operation("GET", "/health", "health", "Whether the solver runs", O, {200: native.Health}),
    Operation("GET", "/", "index", "What is here", O, {200: "text/plain"}),
)  # fmt: skip
"""The whole table."""
