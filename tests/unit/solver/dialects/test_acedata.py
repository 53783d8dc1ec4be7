"""AceData's requests become a picture and a question, and its answers count from the lower left corner."""

import base64
import json
from typing import Any

import pytest

from captcha_range.solver.dialects import acedata
from captcha_range.solver.errors import FieldInvalid, ImageNotIssued, TaskAbsent
from captcha_range.solver.recognitions import Recognised

IMAGE = bytes(range(256)) + b"\xfb\xff\xbf\xfe"  # its base64 has +, / and padding
PLAIN = base64.b64encode(IMAGE).decode()


def parse(**fields: Any) -> acedata.RecognitionRequest:
    return acedata.parse_request(json.dumps(fields).encode())


SPELLINGS = {
    "plain": PLAIN,
    "data prefix": f"data:image/png;base64,{PLAIN}",
    "data prefix in capitals": f"DATA:image/jpeg;BASE64,{PLAIN}",
    "data prefix without a type": f"data:,{PLAIN}",
    "spaces before a data prefix": f" \n data:image/png;base64, {PLAIN}",
    "broken into lines": "\r\n".join(PLAIN[at : at + 76] for at in range(0, len(PLAIN), 76)),
    "spaces and tabs": " ".join(PLAIN[at : at + 5] for at in range(0, len(PLAIN), 5)) + "\t",
    "URL-safe": base64.urlsafe_b64encode(IMAGE).decode(),
    "without padding": PLAIN.rstrip("="),
    "URL-safe without padding": base64.urlsafe_b64encode(IMAGE).decode().rstrip("="),
}


def test_the_sample_needs_every_kind_of_sign() -> None:
    assert all(sign in PLAIN for sign in "+/=")


@pytest.mark.parametrize("name", SPELLINGS)
def test_an_image_may_be_spelled_in_each_usual_way(name: str) -> None:
    assert parse(queries=[SPELLINGS[name]]).image == IMAGE
    assert parse(queries=SPELLINGS[name]).image == IMAGE


@pytest.mark.parametrize("length", range(1, 8))
def test_missing_padding_is_forgiven_for_every_length(length: int) -> None:
    image = IMAGE[-length:]
    assert parse(queries=[base64.b64encode(image).decode().rstrip("=")]).image == image


@pytest.mark.parametrize(
    "given",
    ["iVBORw0KGgo.....AAAA", "a", "ab=c", "data:image/png;base64", "data:image/png", "é", "ａａａａ", "%", "AA==AA=="],
)
def test_what_is_not_base64_is_refused(given: str) -> None:
    with pytest.raises(FieldInvalid, match=r"^queries: the image is not base64$"):
        parse(queries=[given])


@pytest.mark.parametrize("queries", [None, [], {}, 1, True, [None], [1], [[]], [{}], [PLAIN, 1]])
def test_queries_must_hold_images(queries: Any) -> None:
    with pytest.raises(FieldInvalid, match=r"^queries: must be a list of images in base64$"):
        parse(queries=queries)


def test_missing_queries_are_refused() -> None:
    with pytest.raises(FieldInvalid, match=r"^queries: "):
        parse(question="Which?")


def test_without_the_extension_the_first_of_several_images_counts_and_no_other_is_read() -> None:
    assert parse(queries=[PLAIN, "%"]).image == IMAGE
    assert parse(queries=[PLAIN, "%"]).others == ()


def test_with_the_extension_every_image_is_read() -> None:
    body = json.dumps({"queries": [PLAIN, PLAIN]}).encode()
    assert acedata.parse_request(body, extended=True).others == (IMAGE,)
    with pytest.raises(FieldInvalid, match="not base64"):
        acedata.parse_request(json.dumps({"queries": [PLAIN, "%"]}).encode(), extended=True)


def test_too_many_images_are_refused_with_advice() -> None:
    with pytest.raises(FieldInvalid, match="at most 8 images"):
        parse(queries=[PLAIN] * 9)


@pytest.mark.parametrize(
    ("given", "expected"), [(None, None), ("", None), ("  ", None), (" Which? ", "Which?"), ("选出", "选出")]
)
def test_a_question_may_be_missing(given: str | None, expected: str | None) -> None:
    assert parse(queries=[PLAIN], question=given).question == expected
    assert parse(queries=[PLAIN]).question is None


@pytest.mark.parametrize("question", [1, True, [], {}])
def test_a_question_must_be_text(question: Any) -> None:
    with pytest.raises(FieldInvalid, match=r"^question: "):
        parse(queries=[PLAIN], question=question)


@pytest.mark.parametrize("body", [b"", b"[]", b'"text"', b"1", b"null", b"{", b"\xff"])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(TaskAbsent):
        acedata.parse_request(body)


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ("BEARER  abc ", "abc"),
        ("Basic abc", ""),
        ("abc", ""),
        ("Bearer", ""),
        ("", ""),
        ("Bearerabc", ""),
    ],
)
def test_the_key_follows_the_word_bearer(header: str, key: str) -> None:
    assert acedata.bearer(header) == key


FOUND = Recognised(label="Click", points=((360.4, 124.4), (10.0, 390.0)), confidence=0.635, height=400)


def test_the_box_is_two_decimal_strings_counted_from_the_lower_left() -> None:
    answer = acedata.recognised(FOUND)
    assert answer == {"solution": {"label": "Click", "box": ["360", "276"], "confidences": 0.635}}
    assert list(answer["solution"]) == ["label", "box", "confidences"]


def test_the_extension_leaves_the_plain_answer_alone() -> None:
    answer = acedata.recognised_all(FOUND, [])
    extended = answer.pop("extended")
    assert answer == acedata.recognised(FOUND)
    assert extended["boxes"] == [["360", "276"], ["10", "10"]]
    assert extended["answers"] == [{"label": "Click", "boxes": extended["boxes"], "confidences": 0.635}]


def test_an_image_that_failed_has_its_error_in_its_place() -> None:
    answers = acedata.recognised_all(FOUND, [ImageNotIssued(), FOUND])["extended"]["answers"]
    refused = {"code": "api_not_implemented", "message": "image was not issued by this range"}
    assert answers[1] == {"error": refused}
    assert answers[0] == answers[2]
