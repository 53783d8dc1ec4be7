"""Trace ids: `traceparent` is read as strictly as the standard wants; whatever is wrong begins a new trace."""

import re
import uuid

import pytest

from captcha_range.core.traces import TRACE, as_uuid, current_trace, follow, parse_traceparent, trace_of, traceparent

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
GOOD = f"00-{TRACE_ID}-b7ad6b7169203331-01"

JUNK = [
    "",
    "junk",
    TRACE_ID,
    GOOD[:-1],
    GOOD + "0",
    GOOD + "-more",  # version 00 has nothing behind the flags
    GOOD.upper(),
    GOOD.replace("00-", "ff-", 1),
    GOOD.replace("00-", "0g-", 1),
    f"00-{'0' * 32}-b7ad6b7169203331-01",
    f"00-{TRACE_ID}-{'0' * 16}-01",
    f"00-{TRACE_ID}-b7ad6b7169203331-0g",
    f" {GOOD}",
    f"{GOOD}\n",
    f"{GOOD}, {GOOD}",
    "٠٠" + GOOD[2:],
    "00-" + "x" * 100_000,
]


def test_a_good_traceparent_is_continued() -> None:
    assert parse_traceparent(GOOD.encode()) == TRACE_ID
    assert trace_of([(b"host", b"x"), (b"traceparent", GOOD.encode())]) == TRACE_ID


@pytest.mark.parametrize("more", ["", "-", "-what the future brings"])
def test_a_later_version_is_read_by_the_parts_that_this_one_knows(more: str) -> None:
    assert parse_traceparent(f"cc{GOOD[2:]}{more}".encode()) == TRACE_ID


def test_a_later_version_must_separate_what_it_adds() -> None:
    assert parse_traceparent(f"cc{GOOD[2:]}.more".encode()) is None


@pytest.mark.parametrize("value", JUNK, ids=lambda value: value[:40])
def test_junk_begins_a_new_trace(value: str) -> None:
    new = trace_of([(b"traceparent", value.encode())])
    assert TRACE.fullmatch(new)
    assert new != TRACE_ID


def test_two_headers_begin_a_new_trace() -> None:
    assert trace_of([(b"traceparent", GOOD.encode())] * 2) != TRACE_ID


def test_new_traces_differ_and_are_uuids() -> None:
    traces = {trace_of([]) for _ in range(100)}
    assert len(traces) == 100
    for trace in traces:
        assert uuid.UUID(as_uuid(trace)).hex == trace
        assert uuid.UUID(trace).version == 4
        assert uuid.UUID(trace).variant == uuid.RFC_4122


def test_what_is_passed_on_names_the_trace_and_a_parent_of_its_own() -> None:
    passed = {traceparent(TRACE_ID) for _ in range(50)}
    assert len(passed) == 50
    for value in passed:
        assert re.fullmatch(rf"00-{TRACE_ID}-(?!0{{16}})[0-9a-f]{{16}}-00", value)
        assert parse_traceparent(value.encode()) == TRACE_ID


async def test_the_followed_trace_is_the_current_one_until_it_is_left() -> None:
    follow(TRACE_ID)
    assert current_trace() == TRACE_ID
    follow(None)
    assert current_trace() != TRACE_ID
