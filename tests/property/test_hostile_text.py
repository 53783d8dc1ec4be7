"""Arbitrary text and bytes: a verdict, an origin, an address, a picture, or the refusal that was promised."""

import asyncio
import ipaddress
from pathlib import Path
from urllib.parse import parse_qsl

import cv2
import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from captcha_range.core.bodies import BodyInvalid, decode_json
from captcha_range.core.clock import StillClock
from captcha_range.core.lab_nets import Fence, NetworkNotNameable, parse_address
from captcha_range.core.origins import Origin, OriginInvalid, parse_origin
from captcha_range.core.pixels import MAX_PIXELS, PictureInvalid, decode_picture
from captcha_range.core.regions import Regions
from captcha_range.provider.plane import Provider
from captcha_range.provider.questions import Query, parse_fields, parse_query
from captcha_range.provider.test_keys import DUMMY_SECRET, TEST_TOKENS
from captcha_range.provider.widget import AnswerRequest, ChallengeRequest

QUICK = settings(max_examples=300, deadline=None, derandomize=True)

CODES = {
    "missing-input-response",
    "missing-input-secret",
    "invalid-sitekey",
    "invalid-remoteip",
    "invalid-input-response",
    "not-using-dummy-secret",
    "not-using-dummy-passcode",
    "sitekey-secret-mismatch",
    "bad-request",
}
NAMES = ["secret", "response", "sitekey", "remoteip", "max_age"]
VALUES = [DUMMY_SECRET, *TEST_TOKENS, "10000000-ffff-ffff-ffff-000000000001", "::1", "1.2.3.4", "60", ""]
ANY_TEXT = st.text(st.characters(), max_size=60)
"""Lone surrogates and NUL included."""
FIELDS = st.dictionaries(st.sampled_from(NAMES) | ANY_TEXT, st.sampled_from(VALUES) | ANY_TEXT, max_size=6)
FORMS = st.binary(max_size=300) | st.lists(
    st.sampled_from([*NAMES, *VALUES, "=", "&", "%", "%00", "%ff", "%ud800", "+", ";", "\x00"]), max_size=20
).map(lambda parts: "".join(parts).encode())


def fields_by_library(body: bytes, query_string: bytes) -> dict[str, str] | None:
    """What the standard library reads, the first of each name counting."""
    fields: dict[str, str] = {}
    try:
        for text in (body.decode(), query_string.decode("latin-1")):
            for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=100):
                fields.setdefault(name, value)
    except ValueError:
        return None
    return fields


@QUICK
@given(FORMS, st.binary(max_size=100))
@example(b"", b"")
@example(b"&&a&=b&a==&+=+&%2b=%2B&%", b"a=2;c=3&d=%E4")
@example(b"&" * 99, b"a=1")
@example(b"&" * 100, b"")
@example(b"a=1", b"&" * 100)
def test_fields_are_those_that_the_standard_library_reads(body: bytes, query_string: bytes) -> None:
    assert parse_fields(body, query_string) == fields_by_library(body, query_string)


@QUICK
@given(FORMS, st.binary(max_size=100))
@example(b"%" * 1_000, b"")
@example(b"a=" + b"%80" * 1_000, b"\xff")
def test_any_bytes_become_fields_or_nothing(body: bytes, query_string: bytes) -> None:
    fields = parse_fields(body, query_string)
    assert fields is None or all(isinstance(each, str) for pair in fields.items() for each in pair)


TYPE_OF_PARTS = b"multipart/form-data; boundary=b"
PARTS = st.lists(
    st.sampled_from(
        ["--b", "--", "\r\n", "\r\n\r\n", "Content-Disposition: ", "form-data", '; name="', '"', "; name*="]
    )
    | st.sampled_from(
        ["utf-8''%ff", "*0*", "*99=", "filename=x", ";", "=", "secret", "\x00", "\ud7ff", " ", "\t", ": "]
    ),
    max_size=40,
).map(lambda parts: "".join(parts).encode())
TYPES = st.sampled_from([TYPE_OF_PARTS, b"multipart/form-data; boundary*0=b; boundary*1*=''%00"])


@QUICK
@given(PARTS, TYPES | st.binary(max_size=30).map(lambda rest: b"multipart/form-data;" + rest))
@example(b"--b\r\nContent-Disposition: x; name*0*=a''%; name*" + b"9" * 5_000 + b"=x\r\n\r\n--b--", TYPE_OF_PARTS)
def test_any_bytes_become_parts_or_nothing(body: bytes, content_type: bytes) -> None:
    fields = parse_fields(body, b"", content_type)
    assert fields is None or all(isinstance(each, str) for pair in fields.items() for each in pair)


@QUICK
@given(FIELDS)
def test_any_fields_are_a_question_or_codes_of_the_contract(fields: dict[str, str]) -> None:
    query = parse_query(fields)
    if isinstance(query, Query):
        assert 0 <= query.max_age <= 120
        assert query.remoteip is None or parse_address(query.remoteip) is not None
    else:
        assert query
        assert set(query) <= CODES


def test_any_fields_get_a_verdict(tmp_path: Path) -> None:
    clock = StillClock()
    provider = Provider(
        tmp_path / "provider.sqlite", seed=b"s", pepper=b"p", clock=clock, fence=Fence(), regions=Regions()
    )

    with asyncio.Runner() as runner:

        @settings(max_examples=200, deadline=None, derandomize=True)
        @given(FIELDS)
        @example({"secret": "\ud800", "response": "\ud800"})
        @example({"secret": "\0", "response": "\0" * 10_000})
        def verify(fields: dict[str, str]) -> None:
            verdict = runner.run(provider.siteverify.verify(fields))
            if verdict["success"]:
                # Nobody can guess a token; only the official ones are known.
                assert fields["response"] in TEST_TOKENS
                assert fields["secret"] == DUMMY_SECRET
            else:
                assert set(verdict["error-codes"]) <= CODES

        verify()
    provider.close()


PIECES = "http https ftp HTTP : / // @ \\ ? # . [ ] ::1 127.0.0.1 localhost evil.test 80 65536 %2e %00 é 。 ｌ - *"
URLS = st.lists(st.sampled_from([*PIECES.split(), " ", "\t", "\n", "\0", "\x7f"]), max_size=12).map("".join)


@QUICK
@given(URLS | ANY_TEXT | URLS.map(lambda rest: "http://" + rest))
@example("http://[")
@example("http://a\u2100b")
@example("http://a:٨٠")
def test_any_text_is_an_origin_or_refused_as_one(text: str) -> None:
    try:
        origin = parse_origin(text)
    except OriginInvalid:
        return
    assert origin.scheme in ("http", "https")
    assert 0 <= origin.port <= 65_535
    assert origin.host == origin.host.lower()
    assert origin.host.isascii()
    assert not set(origin.host) & set(" /\\@?#[]%\t\n\0")
    assert parse_origin(str(origin)) == origin


@QUICK
@given(
    st.sampled_from(["http", "https"]),
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z][a-z0-9]{0,6}){0,3}", fullmatch=True),
    st.integers(0, 65_535),
    st.from_regex(r"(/[a-z@:?#]{0,9})?", fullmatch=True),
)
def test_a_plain_url_has_the_origin_that_it_spells(scheme: str, host: str, port: int, path: str) -> None:
    assert parse_origin(f"{scheme}://{host}:{port}{path}") == Origin(scheme, host, port)
    assert parse_origin(f"{scheme.upper()}://{host.upper()}:{port}{path}") == Origin(scheme, host, port)


def octets(text: str) -> tuple[int, ...] | None:
    """A dotted address, read without the library: four plain numbers."""
    parts = text.split(".")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and str(int(part)) == part for part in parts):
        return None
    numbers = tuple(int(part) for part in parts)
    return numbers if max(numbers) < 256 else None


def is_inside(packed: bytes, nets: list[tuple[bytes, int]]) -> bool:
    """Whether the first bits of an address are those of a network, counted bit by bit."""
    if len(packed) == 16 and packed[:12] == b"\0" * 10 + b"\xff\xff":
        packed = packed[12:]
    bits = "".join(f"{byte:08b}" for byte in packed)
    for start, length in nets:
        if len(start) == len(packed) and bits[:length] == "".join(f"{byte:08b}" for byte in start)[:length]:
            return True
    return False


def packed_net(text: str) -> tuple[bytes, int]:
    start, _, length = text.partition("/")
    return ipaddress.ip_address(start).packed, int(length)


LOOPBACK = [(bytes([127, 0, 0, 0]), 8), (b"\0" * 15 + b"\1", 128)]
FOURS = st.one_of(
    st.binary(min_size=4, max_size=4),
    st.tuples(
        st.sampled_from([127, 10, 172, 192, 169, 100, 0, 224, 126, 128, 11, 9]),
        st.sampled_from([0, 16, 31, 32, 15, 168, 169, 254, 255]),
        st.integers(0, 255),
        st.integers(0, 255),
    ).map(bytes),
)
SIXES = st.one_of(
    st.binary(min_size=16, max_size=16),
    FOURS.map(lambda four: b"\0" * 10 + b"\xff\xff" + four),
    FOURS.map(lambda four: b"\0" * 12 + four),
    FOURS.map(lambda four: bytes.fromhex("0064ff9b") + b"\0" * 8 + four),
    st.tuples(st.sampled_from([0xFC, 0xFD, 0xFE, 0xFF, 0xFB]), st.binary(min_size=15, max_size=15)).map(
        lambda parts: bytes([parts[0]]) + parts[1]
    ),
)
PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "10.1.0.0/16", "192.168.7.9/32", "fd00::/64"]


@settings(max_examples=1_500, deadline=None, derandomize=True)
@given(FOURS | SIXES, st.sets(st.sampled_from(PRIVATE), max_size=3))
def test_exactly_the_addresses_of_loopback_and_of_the_named_networks_are_inside(packed: bytes, named: set[str]) -> None:
    nets = LOOPBACK + [packed_net(text) for text in named]
    fence = Fence(named)
    address = ipaddress.ip_address(packed)
    spellings = {str(address), address.exploded, address.exploded.upper()}
    assert {fence.contains(spelling) for spelling in spellings} == {is_inside(packed, nets)}


@QUICK
@given(st.from_regex(r"[0-9a-fx.:%\[\]/ -]{0,20}", fullmatch=True) | ANY_TEXT)
def test_text_is_inside_only_if_it_is_plainly_a_loopback_address(text: str) -> None:
    if not Fence().contains(text):
        return
    plain = octets(text)
    assert plain is not None or ":" in text
    assert plain is None or plain[0] == 127


@QUICK
@given(
    st.builds(lambda packed, length: f"{ipaddress.ip_address(packed)}/{length}", FOURS | SIXES, st.integers(0, 128))
    | st.from_regex(r"[0-9a-f.:/]{0,20}", fullmatch=True)
)
def test_whatever_network_can_be_named_lies_within_the_private_ones(text: str) -> None:
    try:
        fence = Fence([text])
    except NetworkNotNameable:
        return
    named = fence.nets[-1]
    private = [packed_net(each) for each in PRIVATE[:4]]
    assert is_inside(named[0].packed, private)
    assert is_inside(named[-1].packed, private)


def encoded(ending: str, *options: int) -> bytes:
    picture = np.add.outer(np.arange(24), np.arange(32))[..., None] * np.array([3, 5, 7])
    return cv2.imencode(ending, picture.astype(np.uint8), options)[1].tobytes()


SAMPLES = [encoded(".png"), encoded(".jpg"), encoded(".webp"), encoded(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1)]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A sample with some bytes changed, and possibly a piece taken out or put in."""
    data = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(0, 8))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 40)))
    data[start:end] = draw(st.binary(max_size=20))
    return bytes(data)


@settings(max_examples=800, deadline=None, derandomize=True)
@given(
    mutated()
    | st.binary(max_size=200)
    | st.builds(lambda sample, rest: sample[:12] + rest, st.sampled_from(SAMPLES), st.binary())
)
def test_any_bytes_are_a_small_picture_or_refused_as_one(data: bytes) -> None:
    try:
        picture = decode_picture(data)
    except PictureInvalid:
        return
    height, width, colours = picture.shape
    assert colours == 3
    assert 1 <= height * width <= MAX_PIXELS


@QUICK
@given(st.binary(max_size=200) | ANY_TEXT.map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b'{"origin": "\\ud800"}')
@example(b'{"origin": "\xed\xa0\x80"}')
@example(b'{"reply": {"points": [[1e309, 0]]}}')
@example(b'{"reply": {"tiles": [' + b"9" * 5_000 + b"]}}")
def test_any_body_is_decoded_or_refused_as_one(body: bytes) -> None:
    for kind in (ChallengeRequest, AnswerRequest, object):
        try:
            decode_json(body, kind)
        except BodyInvalid:
            continue
