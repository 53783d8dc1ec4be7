"""AceData's image recognition (seed 002, spec/solver §3): HTTP status codes, points from the lower left corner."""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from captcha_range.core.bodies import BodyInvalid, BodyTooLarge
from captcha_range.core.errors import RangeError
from captcha_range.core.pixels import PictureInvalid
from captcha_range.core.sqlite import StoreUnavailable
from captcha_range.solver import errors
from captcha_range.solver.dialects.fields import parse_object, text
from captcha_range.solver.errors import FieldInvalid
from captcha_range.solver.recognitions import Recognised

Answer = dict[str, Any]

_MISMATCHED = (400, "token_mismatched")
_NOT_IMPLEMENTED = (400, "api_not_implemented")
_INVALID_TOKEN = (401, "invalid_token")
_TOO_MANY = (429, "too_many_requests")
_API_ERROR = (500, "api_error")

ERRORS: dict[type[RangeError], tuple[int, str]] = {
    errors.KeyUnknown: _INVALID_TOKEN,
    errors.ScopeMissing: _INVALID_TOKEN,
    errors.RateLimited: _TOO_MANY,
    errors.CallbackOutside: _MISMATCHED,
    errors.QueueFull: _TOO_MANY,
    errors.BalanceEmpty: _TOO_MANY,
    errors.QuotaEmpty: _TOO_MANY,
    errors.Unsolvable: _API_ERROR,
    errors.TimedOut: _API_ERROR,
    errors.Lost: _API_ERROR,
    errors.Crashed: _API_ERROR,
    errors.FamilyUnsupported: _NOT_IMPLEMENTED,
    errors.QuestionNotUnderstood: _NOT_IMPLEMENTED,
    errors.ImageNotIssued: _NOT_IMPLEMENTED,
    errors.MethodUnknown: _NOT_IMPLEMENTED,
    errors.TaskUnknown: _MISMATCHED,
    errors.TaskAbsent: _MISMATCHED,
    BodyInvalid: _MISMATCHED,
    BodyTooLarge: _MISMATCHED,
    PictureInvalid: _MISMATCHED,
    errors.TaskTypeUnknown: _MISMATCHED,
    errors.FieldInvalid: _MISMATCHED,
    errors.ProxyOutside: _MISMATCHED,
    **dict.fromkeys(errors.PROXY_FAILURES, _API_ERROR),
    errors.SitekeyUnknown: _NOT_IMPLEMENTED,
    errors.TargetOutside: _NOT_IMPLEMENTED,
    errors.WidgetFailed: _API_ERROR,
    errors.Cancelled: _API_ERROR,
    StoreUnavailable: _TOO_MANY,
}
"""Error kind → (HTTP status, code)."""

MOST_QUERIES = 8
"""Images in one request; the body's limit leaves room for no more of the largest."""
_DATA_URL = re.compile(r"data:[^,]{0,100},", re.IGNORECASE)


class RecognitionRequest(msgspec.Struct, frozen=True):
    """A parsed recognition request: the first image, the others, and the question unless it was left out."""

    image: bytes
    question: str | None
    others: tuple[bytes, ...] = ()


def bearer(authorization: str) -> str:
    """The key in an Authorization header; empty if there is none."""
    kind, _, key = authorization.partition(" ")
    return key.strip() if kind.lower() == "bearer" else ""


def parse_request(body: bytes, *, extended: bool = False) -> RecognitionRequest:
    """The images and the question. TaskAbsent, FieldInvalid; the message names the field and the mend.

    Only the extended answer has room for more than the first image; without it the others are not even read.
    """
    request = parse_object(body)
    queries, question = request.get("queries"), text(request, "question").strip()
    if isinstance(queries, str):
        queries = [queries]
    if not isinstance(queries, list) or not queries or not all(isinstance(query, str) for query in queries):
        raise FieldInvalid("queries: must be a list of images in base64")
    if len(queries) > MOST_QUERIES:
        raise FieldInvalid(f"queries: at most {MOST_QUERIES} images at a time")
    others = tuple(map(_decode_image, queries[1:])) if extended else ()
    return RecognitionRequest(_decode_image(queries[0]), question or None, others)


def recognised(found: Recognised) -> Answer:
    """The answer: the first point as decimal strings, its origin at the sent image's lower left corner."""
    return {"solution": {"label": found.label, "box": _boxes(found)[0], "confidences": found.confidence}}


def recognised_all(found: Recognised, others: Sequence[Recognised | RangeError]) -> Answer:
    """The same answer for the first image, and beside it every point of every image, in the order of `queries`."""
    answers = [_extended(each) for each in (found, *others)]
    return {**recognised(found), "extended": {"boxes": _boxes(found), "answers": answers}}


def _extended(found: Recognised | RangeError) -> Answer:
    if isinstance(found, RangeError):
        return {"error": {"code": ERRORS[type(found)][1], "message": str(found)}}
    answer: Answer = {"label": found.label, "boxes": _boxes(found), "confidences": found.confidence}
    if found.number is not None:
        answer["number"] = found.number
    if found.box is not None:
        answer["area"] = _area(found.box, found.height)
    return answer


def _area(box: tuple[float, float, float, float], height: int) -> list[str]:
    """The lower left corner, width and height, as decimal strings, counted from the lower left corner."""
    left, top, wide, high = box
    return [str(round(part)) for part in (left, height - top - high, wide, high)]


def _boxes(found: Recognised) -> list[list[str]]:
    return [[str(round(x)), str(round(found.height - y))] for x, y in found.points]


def error_answer(error: RangeError, trace_id: str) -> tuple[int, Answer]:
    """HTTP status and answer for an error."""
    status, code = ERRORS[type(error)]
    return status, {"success": False, "error": {"code": code, "message": str(error)}, "trace_id": trace_id}


def _decode_image(given: str) -> bytes:
    """Base64, standard or URL-safe, with or without padding, white space and a data: prefix."""
    given = given.lstrip()
    if given[:5].lower() == "data:":
        given = _DATA_URL.sub("", given, count=1)
    plain = "".join(given.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise FieldInvalid("queries: the image is not base64") from None
