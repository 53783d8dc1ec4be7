"""Forms in parts: what is a field, and what is no form."""

import pytest

from captcha_range.provider.multipart import parse_multipart

TYPE = b"multipart/form-data; boundary=b"


def part(head: str, value: str) -> bytes:
    return f"--b\r\n{head}\r\n\r\n{value}\r\n".encode()


def named(name: str, value: str) -> bytes:
    return part(f'Content-Disposition: form-data; name="{name}"', value)


CLOSE = b"--b--"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (CLOSE, []),
        (named("a", "1") + named("b", "2") + CLOSE, [("a", "1"), ("b", "2")]),
        (named("a", "1") + named("a", "2") + CLOSE, [("a", "1"), ("a", "2")]),
        (named("a", "") + CLOSE + b"\r\n", [("a", "")]),
        (named("a", "x\r\ny--b\r\n\r\nz") + CLOSE, [("a", "x\r\ny--b\r\n\r\nz")]),
        (named("a", "é+%20&b=c\0") + CLOSE, [("a", "é+%20&b=c\0")]),
        (part("content-disposition: Form-Data; Name=a\r\ncontent-type: text/plain", "1") + CLOSE, [("a", "1")]),
        (part('Content-Disposition: form-data; name="a"; filename="f"', "1") + CLOSE, []),
        (part("Content-Type: text/plain", "1") + CLOSE, []),
        (b"before\r\n" + named("a", "1") + CLOSE + b"\r\nafter", [("a", "1")]),
        (named("a", "1").replace(b"--b\r\n", b"--b \t\r\n") + CLOSE + b"  \r\n", [("a", "1")]),
    ],
)
def test_parts_become_fields(body: bytes, fields: list[tuple[str, str]]) -> None:
    assert parse_multipart(body, TYPE) == fields


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        (b"multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxk", b"----WebKitFormBoundary7MA4YWxk"),
        (b'Multipart/Form-Data; charset=utf-8; Boundary="a b"; x=y', b"a b"),
        (b"multipart/form-data;boundary=" + b"x" * 70, b"x" * 70),
    ],
)
def test_the_boundary_is_a_parameter_of_the_type(content_type: bytes, boundary: bytes) -> None:
    body = (named("a", "1") + CLOSE).replace(b"--b", b"--" + boundary)
    assert parse_multipart(body, content_type) == [("a", "1")]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (CLOSE, b"multipart/form-data"),
        (CLOSE, b"multipart/form-data; boundary="),
        (CLOSE, b"multipart/form-data; boundary=" + b"x" * 71),
        (CLOSE, b"multipart/form-data; boundary=\xff"),
        (named("a", "1"), TYPE),
        (b"secret=x&response=x", TYPE),
        (b"", TYPE),
        (b"--b\r\na" + CLOSE, TYPE),
        (b"--bb\r\n\r\n\r\n" + CLOSE, TYPE),
        (named("a", "1") + b"--b-", TYPE),
        (named("a", "1").replace(b"1", b"\xff") + CLOSE, TYPE),
        (named("a", "1") * 101 + CLOSE, TYPE),
    ],
)
def test_what_is_no_form_in_parts_is_an_error(body: bytes, content_type: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong, the answer is the same
        parse_multipart(body, content_type)


def test_a_hundred_parts_are_read() -> None:
    assert len(parse_multipart(named("a", "1") * 100 + CLOSE, TYPE)) == 100
