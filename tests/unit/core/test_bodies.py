"""Bodies: capped while they stream, and errors that name the field but never repeat the input."""

from collections.abc import MutableMapping
from typing import Annotated, Any

import msgspec
import pytest

from captcha_range.core.bodies import BodyInvalid, BodyTooLarge, decode_json, read_body


class Streamed:
    """A request's body in parts, as a server hands them over; then the client goes away."""

    def __init__(self, *parts: bytes, whole: bool = True) -> None:
        self._messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": part, "more_body": True} for part in parts
        ]
        if whole and self._messages:
            self._messages[-1]["more_body"] = False
        self.taken = 0

    async def __call__(self) -> MutableMapping[str, Any]:
        self.taken += 1
        if self.taken > len(self._messages):
            return {"type": "http.disconnect"}
        return self._messages[self.taken - 1]


class Order(msgspec.Struct, forbid_unknown_fields=True):
    name: str = ""
    count: Annotated[int, msgspec.Meta(ge=0, le=9)] = 0
    tags: tuple[str, ...] = ()


@pytest.mark.parametrize("parts", [(b"",), (b"abc",), (b"a", b"b", b"c"), (b"", b"", b"x", b"")])
async def test_a_body_is_its_parts_together(parts: tuple[bytes, ...]) -> None:
    assert await read_body(Streamed(*parts)) == b"".join(parts)


async def test_a_message_without_a_body_is_an_empty_part() -> None:
    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    assert await read_body(receive) == b""


@pytest.mark.parametrize("size", [9, 10])
async def test_a_body_up_to_the_limit_is_read(size: int) -> None:
    assert len(await read_body(Streamed(b"x" * size), limit=10)) == size
    assert len(await read_body(Streamed(b"x" * (size - 1), b"x"), limit=10)) == size


@pytest.mark.parametrize("parts", [(b"x" * 11,), (b"x" * 10, b"x"), (b"x" * 5, b"x" * 5, b"x")])
async def test_a_body_over_the_limit_is_refused(parts: tuple[bytes, ...]) -> None:
    with pytest.raises(BodyTooLarge, match="larger than 10 bytes"):
        await read_body(Streamed(*parts), limit=10)


async def test_an_endless_body_is_left_at_the_limit() -> None:
    endless = Streamed(*[b"x" * 8] * 1_000)
    with pytest.raises(BodyTooLarge):
        await read_body(endless, limit=20)
    assert endless.taken == 3


async def test_a_body_that_was_cut_off_is_refused() -> None:
    with pytest.raises(BodyInvalid, match="ended before"):
        await read_body(Streamed(b"secret=a&response=b", whole=False))


async def test_a_client_that_went_away_before_any_body_is_refused() -> None:
    with pytest.raises(BodyInvalid):
        await read_body(Streamed())


def test_a_body_becomes_the_type_asked_for() -> None:
    assert decode_json(b'{"name": "a", "count": 3}', Order) == Order("a", 3)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (b'{"count": "sesame"}', "$.count"),
        (b'{"count": 77}', "$.count"),
        (b'{"tags": ["a", {"sesame": 1}]}', "$.tags[1]"),
        (b'{"name": null}', "$.name"),
        (b'"sesame"', "Expected `object`"),
        (b'{"naem": 1}', "`naem`"),
    ],
)
def test_an_error_names_the_field(body: bytes, names: str) -> None:
    with pytest.raises(BodyInvalid) as caught:
        decode_json(body, Order)
    assert names in str(caught.value)


HOSTILE = [
    b"",
    b"sesame",
    b'{"name": "sesame',
    b'{"name": "sesame\xff"}',
    b'{"\xffsesame": 1}',
    b'{"name": "\\ud800sesame"}',
    b'{"name": "\\udc00\\ud800sesame"}',
    b'{"count": NaN, "name": "sesame"}',
    b'{"count": Infinity}',
    b'{"count": 1e999}',
    b'{"count": ' + b"7" * 5_000 + b"}",
    b'{"0xsesame": 1}',
    b'{"<script>sesame</script>": 1}',
    b'{"open` - at `sesame": 1}',
    b'{"cr_admin_sesame0123456789abcdef0123456789abcdef": 1}',
    b'{"' + b"sesame" * 5_000 + b'": 1}',
    b'{"a\\nsesame": 1}',
    b"[" * 10_000,
    b'{"tags":' + b"[" * 10_000,
    b'{"sesame0":' * 10_000,
    b'{"tags": [' + b'{"x":' * 5_000,
    b'\xef\xbb\xbf{"name": "sesame"}',
    '{"name": "sesame"}'.encode("utf-16"),
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_body_is_refused_without_repeating_it(body: bytes) -> None:
    with pytest.raises(BodyInvalid) as caught:
        decode_json(body, Order)
    assert "sesame" not in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("body", [b"[" * 10_000 + b"]" * 10_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000])
def test_a_deep_body_is_refused_whatever_type_is_asked_for(body: bytes) -> None:
    with pytest.raises(BodyInvalid):
        decode_json(body, object)


def test_the_last_of_two_equal_fields_counts() -> None:
    assert decode_json(b'{"count": 1, "count": 2}', Order).count == 2
