"""The dialects' objects as types, for the OpenAPI document: requests are open as the documents', answers are closed."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """A closed object: an extra field would break clients that parse into typed structures."""


ErrorId = Annotated[int, Meta(ge=1)]
Filled = Annotated[str, Meta(min_length=1)]


class HCaptchaTask(msgspec.Struct, frozen=True, kw_only=True):
    """The task of createTask; the proxy's fields with the type `HCaptchaTask` only."""

    type: str
    website_url: str = msgspec.field(name="websiteURL")
    website_key: str = msgspec.field(name="websiteKey")
    user_agent: str | None = msgspec.field(name="userAgent", default=None)
    is_invisible: bool | int | str | None = msgspec.field(name="isInvisible", default=None)
    rqdata: str | None = None
    enterprise_payload: dict[str, Any] | None = msgspec.field(name="enterprisePayload", default=None)
    proxy_type: str | None = msgspec.field(name="proxyType", default=None)
    proxy_address: str | None = msgspec.field(name="proxyAddress", default=None)
    proxy_port: int | str | None = msgspec.field(name="proxyPort", default=None)
    proxy_login: str | None = msgspec.field(name="proxyLogin", default=None)
    proxy_password: str | None = msgspec.field(name="proxyPassword", default=None)


class CreateTaskRequest(msgspec.Struct, frozen=True, kw_only=True):
    client_key: str = msgspec.field(name="clientKey")
    task: HCaptchaTask
    callback_url: str | None = msgspec.field(name="callbackUrl", default=None)


class TaskIdRequest(msgspec.Struct, frozen=True, kw_only=True):
    client_key: str = msgspec.field(name="clientKey")
    task_id: str | int = msgspec.field(name="taskId")


class ClientKeyRequest(msgspec.Struct, frozen=True, kw_only=True):
    client_key: str = msgspec.field(name="clientKey")


class AnyRequest(msgspec.Struct, frozen=True):
    """Any JSON object."""


class TaskCreated(Answer, kw_only=True):
    error_id: Literal[0] = msgspec.field(name="errorId")
    error_code: Literal[""] = msgspec.field(name="errorCode")
    error_description: Literal[""] = msgspec.field(name="errorDescription")
    task_id: str | int = msgspec.field(name="taskId")


class TaskCreatedIdle(TaskCreated, kw_only=True):
    """For requests with the header X-capsolver-Client-User-Agent."""

    status: Literal["idle"]


class CreateTaskError(Answer, kw_only=True):
    error_id: ErrorId = msgspec.field(name="errorId")
    error_code: Filled = msgspec.field(name="errorCode")
    error_description: Filled = msgspec.field(name="errorDescription")


class WireSolution(Answer, kw_only=True):
    token: str = msgspec.field(name="gRecaptchaResponse")
    response_key: str = msgspec.field(name="respKey")
    user_agent: str = msgspec.field(name="userAgent")


class TaskResult(Answer, kw_only=True):
    error_id: Literal[0] = msgspec.field(name="errorId")
    error_code: None = msgspec.field(name="errorCode")
    error_description: None = msgspec.field(name="errorDescription")
    solution: WireSolution | None
    status: Literal["processing", "ready"]


class TaskResultError(CreateTaskError, kw_only=True):
    status: Literal["failed"]


class Balance(Answer, kw_only=True):
    error_id: Literal[0] = msgspec.field(name="errorId")
    balance: int


class QueueStats(Answer, kw_only=True):
    """Free workers, load in percent, credits and seconds for one task, all workers."""

    waiting: int
    load: float
    bid: str
    speed: float
    total: int


class Reported(Answer, kw_only=True):
    error_id: Literal[0] = msgspec.field(name="errorId")
    status: Literal["success"]


class Echo(Answer, kw_only=True):
    """The names of the request's fields and their kinds."""

    error_id: Literal[0] = msgspec.field(name="errorId")
    error_code: Literal[""] = msgspec.field(name="errorCode")
    error_description: Literal[""] = msgspec.field(name="errorDescription")
    fields: dict[str, Literal["string", "number", "boolean", "object", "array", "null"]]


class UniversalRequest(msgspec.Struct, frozen=True, kw_only=True):
    sitekey: str
    referer: str
    rqdata: str | None = None
    proxy: str | None = None
    region: str | None = None
    invisible: bool | int | str | None = None
    need_ekey: bool | int | str | None = None
    preflight_uuid: str | None = None
    user_agent: str | None = None
    timeout: float | str | None = None


class UniversalData(Answer, kw_only=True):
    """`ekey` only where `need_ekey` asked for it."""

    token: str = msgspec.field(name="generated_pass_UUID")
    user_agent: str
    ekey: str | None = None


class Universal(Answer, kw_only=True):
    """`status` 1 with data, or 0 without."""

    status: Literal[0, 1]
    msg: str
    id: str
    data: UniversalData | None
    cost: str


class PreflightRequest(msgspec.Struct, frozen=True):
    sitekey: str


class Navigator(Answer, kw_only=True):
    user_agent: str = msgspec.field(name="userAgent")


class PreflightInner(Answer, kw_only=True):
    preflight_uuid: str
    region: str
    navigator: Navigator


class PreflightData(Answer, kw_only=True):
    preflight_uuid: str
    data: PreflightInner


class Preflight(Answer, kw_only=True):
    success: Literal[True]
    data: PreflightData
    cost: str


class PreflightError(Answer, kw_only=True):
    success: Literal[False]
    data: None
    msg: str
    cost: str


class RecognitionRequest(msgspec.Struct, frozen=True, kw_only=True):
    queries: list[str] | str
    question: str | None = None


class RecognitionSolution(Answer, kw_only=True):
    """`box`: pixels as decimal strings, origin at the lower left."""

    label: str
    box: tuple[str, str]
    confidences: float


class RecognitionFault(Answer, kw_only=True):
    code: str
    message: str


class RecognitionOfOne(Answer, kw_only=True):
    """One of several images: either `error` alone, or the others; `number` and `area` where they are the reply.

    `area` is x, y, width, height, its corner the lower left one.
    """

    label: str | msgspec.UnsetType = msgspec.UNSET
    boxes: list[tuple[str, str]] | msgspec.UnsetType = msgspec.UNSET
    confidences: float | msgspec.UnsetType = msgspec.UNSET
    number: int | msgspec.UnsetType = msgspec.UNSET
    area: tuple[str, str, str, str] | msgspec.UnsetType = msgspec.UNSET
    error: RecognitionFault | msgspec.UnsetType = msgspec.UNSET


class RecognitionExtension(Answer, kw_only=True):
    boxes: list[tuple[str, str]]
    answers: list[RecognitionOfOne]


class Recognition(Answer, kw_only=True):
    solution: RecognitionSolution


class ExtendedRecognition(Recognition, kw_only=True):
    """With `?extended=1`."""

    extended: RecognitionExtension


class RecognitionRefusal(Answer, kw_only=True):
    code: Literal["token_mismatched", "api_not_implemented", "invalid_token", "too_many_requests", "api_error"]
    message: str


class RecognitionError(Answer, kw_only=True):
    success: Literal[False]
    error: RecognitionRefusal
    trace_id: str
