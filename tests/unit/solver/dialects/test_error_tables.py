"""Every kind of error has its word in every dialect, and it is the word that spec/solver §4 and §5 give it."""

from collections.abc import Container, Iterator

import pytest

from captcha_range.core.bodies import BodyInvalid, BodyTooLarge
from captcha_range.core.errors import RangeError
from captcha_range.core.sqlite import StoreUnavailable
from captcha_range.solver import errors
from captcha_range.solver.dialects import acedata, create_task, nocaptcha
from captcha_range.solver.errors import FAILURES, SolverError

TABLES: dict[str, dict[type[RangeError], object]] = {
    "create_task": dict(create_task.ERRORS),
    "nocaptcha": dict(nocaptcha.ERRORS),
    "acedata": dict(acedata.ERRORS),
}

NUMBERS = {
    "ERROR_KEY_DOES_NOT_EXIST": 1,
    "ERROR_NO_SLOT_AVAILABLE": 2,
    "ERROR_ZERO_BALANCE": 10,
    "ERROR_CAPTCHA_UNSOLVABLE": 12,
    "ERROR_NO_SUCH_METHOD": 14,
    "ERROR_NO_SUCH_CAPCHA_ID": 16,
    "ERROR_TASK_ABSENT": 22,
    "ERROR_TASK_NOT_SUPPORTED": 23,
    "ERROR_INCORRECT_SESSION_DATA": 24,
    "ERROR_PROXY_CONNECT_REFUSED": 25,
    "ERROR_PROXY_CONNECT_TIMEOUT": 26,
    "ERROR_PROXY_READ_TIMEOUT": 27,
    "ERROR_PROXY_BANNED": 28,
    "ERROR_PROXY_INCOMPATIBLE_HTTP_VERSION": 36,
    "ERROR_PROXY_NOT_AUTHORISED": 49,
    "ERROR_RECAPTCHA_INVALID_SITEKEY": 31,
    "ERROR_RECAPTCHA_INVALID_DOMAIN": 32,
    "ERROR_TOKEN_EXPIRED": 34,
    "ERROR_FAILED_LOADING_WIDGET": 52,
    "ERROR_TASK_CANCELED": 57,
}

# spec/solver §5, row by row: createTask's number, AceData's status and code.
SPECIFIED: dict[type[SolverError], tuple[int, tuple[int, str] | None]] = {
    errors.KeyUnknown: (1, (401, "invalid_token")),
    errors.BalanceEmpty: (10, (429, "too_many_requests")),
    errors.QuotaEmpty: (10, (429, "too_many_requests")),
    errors.QueueFull: (2, (429, "too_many_requests")),
    errors.TaskAbsent: (22, (400, "token_mismatched")),
    errors.TaskTypeUnknown: (23, (400, "token_mismatched")),
    errors.FieldInvalid: (24, (400, "token_mismatched")),
    errors.SitekeyUnknown: (31, None),
    errors.TargetOutside: (32, (400, "api_not_implemented")),
    errors.Unsolvable: (12, (500, "api_error")),
    errors.FamilyUnsupported: (12, (400, "api_not_implemented")),
    errors.TimedOut: (12, (500, "api_error")),
    errors.WidgetFailed: (52, None),
    errors.TaskUnknown: (16, None),
    errors.MethodUnknown: (14, None),
    errors.Crashed: (12, (500, "api_error")),
    errors.ImageNotIssued: (32, (400, "api_not_implemented")),
    errors.Cancelled: (57, None),
    errors.ProxyOutside: (25, None),
    errors.ProxyRefused: (25, (500, "api_error")),
    errors.ProxyConnectTimeout: (26, (500, "api_error")),
    errors.ProxyReadTimeout: (27, (500, "api_error")),
    errors.ProxyDenied: (28, (500, "api_error")),
    errors.ProxyNotUnderstood: (36, (500, "api_error")),
    errors.ProxyUnauthorised: (49, (500, "api_error")),
}


def concrete_kinds(root: type[RangeError] = SolverError) -> Iterator[type[RangeError]]:
    """The kinds without kinds of their own."""
    children = root.__subclasses__()
    for child in children:
        yield from concrete_kinds(child)
    if not children:
        yield root


def missing(table: Container[type[RangeError]]) -> set[str]:
    """The kinds that a table has no word for."""
    return {
        kind.__name__ for kind in (*concrete_kinds(), BodyInvalid, BodyTooLarge, StoreUnavailable) if kind not in table
    }


@pytest.mark.parametrize("dialect", TABLES)
def test_every_kind_of_error_has_its_word_in_every_dialect(dialect: str) -> None:
    assert missing(TABLES[dialect]) == set()


@pytest.mark.parametrize("dialect", TABLES)
@pytest.mark.parametrize("dropped", [errors.ProxyOutside, errors.Lost, BodyInvalid, BodyTooLarge, StoreUnavailable])
def test_a_kind_that_is_left_out_is_noticed(dialect: str, dropped: type[RangeError]) -> None:
    table = {kind: word for kind, word in TABLES[dialect].items() if kind is not dropped}
    assert missing(table) == {dropped.__name__}


@pytest.mark.parametrize("kind", SPECIFIED, ids=lambda kind: kind.code)
def test_the_words_are_those_of_the_specification(kind: type[SolverError]) -> None:
    number, status_and_code = SPECIFIED[kind]
    assert create_task.ERRORS[kind][0] == number
    if status_and_code is not None:
        assert acedata.ERRORS[kind] == status_and_code


@pytest.mark.parametrize("kind", create_task.ERRORS, ids=lambda kind: kind.code)
def test_numbers_and_codes_of_create_task_belong_together(kind: type[RangeError]) -> None:
    number, code = create_task.ERRORS[kind]
    assert NUMBERS[code] == number


def test_number_11_is_never_told_because_a_client_then_calls_out_to_the_internet() -> None:
    assert 11 not in {number for number, _ in create_task.ERRORS.values()}


def test_the_statuses_of_acedata_are_those_of_its_document() -> None:
    assert set(acedata.ERRORS.values()) == {
        (400, "token_mismatched"),
        (400, "api_not_implemented"),
        (401, "invalid_token"),
        (429, "too_many_requests"),
        (500, "api_error"),
    }


@pytest.mark.parametrize("kind", list(concrete_kinds()), ids=lambda kind: kind.code)
@pytest.mark.parametrize("message", ["", "a reason"])
def test_create_task_tells_errors_in_a_closed_object_without_nulls(kind: type[RangeError], message: str) -> None:
    for of_result, keys in ((False, []), (True, ["status"])):
        answer = create_task.error_answer(kind(message), of_result=of_result)
        assert list(answer) == ["errorId", "errorCode", "errorDescription", *keys]
        assert answer["errorId"] > 0
        assert answer["errorCode"].startswith("ERROR_")
        assert answer["errorDescription"]
        assert answer.get("status", "failed") == "failed"


@pytest.mark.parametrize("kind", list(concrete_kinds()), ids=lambda kind: kind.code)
def test_nocaptcha_tells_errors_with_null_data_and_a_chinese_reason(kind: type[RangeError]) -> None:
    answer = nocaptcha.error_answer(kind("detail"), request_id="id", seconds=0.5)
    assert list(answer) == ["cost", "data", "id", "msg", "status"]
    assert (answer["status"], answer["data"], answer["cost"]) == (0, None, "500.00ms")
    assert answer["msg"].startswith("验证失败：")
    assert len(answer["msg"]) > len("验证失败：（detail）")


@pytest.mark.parametrize("kind", list(concrete_kinds()), ids=lambda kind: kind.code)
def test_acedata_tells_errors_in_the_form_of_its_document(kind: type[RangeError]) -> None:
    status, answer = acedata.error_answer(kind("detail"), "trace")
    assert answer == {
        "success": False,
        "error": {"code": acedata.ERRORS[kind][1], "message": "detail"},
        "trace_id": "trace",
    }
    assert status == acedata.ERRORS[kind][0]


def test_codes_of_errors_are_unique() -> None:
    codes = [kind.code for kind in concrete_kinds()]
    assert len(set(codes)) == len(codes)


def test_the_kinds_that_end_a_task_are_found_by_their_code() -> None:
    expected = {
        "unsolvable": errors.Unsolvable,
        "family_unsupported": errors.FamilyUnsupported,
        "timeout": errors.TimedOut,
        "widget": errors.WidgetFailed,
        "proxy_refused": errors.ProxyRefused,
        "proxy_connect_timeout": errors.ProxyConnectTimeout,
        "proxy_read_timeout": errors.ProxyReadTimeout,
        "proxy_denied": errors.ProxyDenied,
        "proxy_not_understood": errors.ProxyNotUnderstood,
        "proxy_unauthorised": errors.ProxyUnauthorised,
        "cancelled": errors.Cancelled,
        "lost": errors.Lost,
        "crashed": errors.Crashed,
    }
    assert expected == FAILURES
