"""JSON as it is pasted from documentation is read; what is not JSON stays refused, and in linear time."""

import json
import time
from typing import Any

import msgspec
import pytest

from captcha_range.solver.dialects.lenient_json import decode_lenient

FORGIVEN: dict[str, tuple[str, Any]] = {
    "line comment": ('{"a": 1 // one\n}', {"a": 1}),
    "line comment without a line end": ('{"a": 1} // the end', {"a": 1}),
    "comment line between members": ('{"a": 1,\n // next\n "b": 2}', {"a": 1, "b": 2}),
    "comment before the object": ('// a request\n{"a": 1}', {"a": 1}),
    "block comment": ('{"a": /* one */ 1}', {"a": 1}),
    "block comment over lines": ('{/* one\n * two */"a": 1}', {"a": 1}),
    "block comment with stars": ('{/***/"a": 1/**/}', {"a": 1}),
    "comment with a quote in it": ('{"a": 1 // say "hello\n, "b": 2}', {"a": 1, "b": 2}),
    "Chinese comment": ('{"a": 1 // 这里是示例，具体的值\n}', {"a": 1}),
    "trailing comma in an object": ('{"a": 1, }', {"a": 1}),
    "trailing comma in a list": ('{"a": [1, 2,\n]}', {"a": [1, 2]}),
    "trailing commas nested": ('{"a": [1, {"b": 2,},],}', {"a": [1, {"b": 2}]}),
    "trailing comma before a comment": ('{"a": 1, // the last\n}', {"a": 1}),
    "// inside a string": ('{"a": "http://host/path", }', {"a": "http://host/path"}),
    "/* inside a string": ('{"a": "/* kept */", }', {"a": "/* kept */"}),
    ",] inside a string": ('{"a": ",]", "b": ",}", }', {"a": ",]", "b": ",}"}),
    "escaped quote before //": (r'{"a": "\"// kept", }', {"a": '"// kept'}),
    "escaped backslash before the closing quote": ('{"a": "\\\\", "b": 1, // c\n}', {"a": "\\", "b": 1}),
    "unicode escape": ('{"a": "\\u9a8c", }', {"a": "验"}),
}

REFUSED = {
    "nothing": "",
    "only a comment": "// nothing else",
    "unfinished object": '{"a": 1',
    "unfinished string": '{"a": "b',
    "unfinished block comment": '{"a": 1} /* and so',
    "block comment closed by its own star": '{"a": 1 /*/}',
    "single quotes": "{'a': 1}",
    "bare key": "{a: 1}",
    "two commas": '{"a": 1,, }',
    "only a comma": "{,}",
    "comment that splits a number": '{"a": 1/**/2}',
    "hash comment": '{"a": 1 # one\n}',
    "NaN": '{"a": NaN, }',
    "Infinity": '{"a": Infinity, }',
    "two values": '{"a": 1, } {"b": 2}',
    "lone surrogate": '{"a": "\\ud800", }',
    "depth": "[" * 10_000 + ",]" * 10_000,
}


@pytest.mark.parametrize("name", FORGIVEN)
def test_pasted_json_is_forgiven(name: str) -> None:
    given, expected = FORGIVEN[name]
    assert decode_lenient(given.encode()) == expected


@pytest.mark.parametrize("name", FORGIVEN)
def test_what_is_forgiven_here_is_really_not_strict_json(name: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(FORGIVEN[name][0])


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_json_is_refused(name: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_lenient(REFUSED[name].encode())


@pytest.mark.parametrize("body", [b'{"a": "\xff"}', b'{"a": "\xed\xa0\x80"}', b"\xff\xfe{\x00}\x00", b"\x00"])
def test_bytes_that_are_not_utf8_are_refused(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_lenient(body)


@pytest.mark.parametrize(
    "value",
    [
        {"a": "// not a comment", "b": "/* nor this */", "c": ",]", "d": "\\", "e": '"'},
        {"a": [1, 2.5, -3, None, True, False, "", {}, []]},
        "text",
        [],
        0,
        None,
    ],
)
def test_strict_json_is_read_unchanged(value: Any) -> None:
    assert decode_lenient(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "unit",
    [b'\\"', b'"', b"/*", b"/* ", b"//", b",", b", ", b"[", b'"\\', b"*/", b'{"a":'],
    ids=repr,
)
def test_hostile_repetition_is_refused_in_time(unit: bytes) -> None:
    body = b'{"' + unit * (64 * 1024 // len(unit))
    started = time.perf_counter()
    with pytest.raises(msgspec.DecodeError):
        decode_lenient(body)
    assert time.perf_counter() - started < 1.0
