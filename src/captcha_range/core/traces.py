"""Trace ids: one id leads through a request's whole way, over both planes (W3C Trace Context, level 1)."""

import re
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

from captcha_range.core.ids import new_span, new_trace

HEADER = "x-trace-id"
"""Names the trace in every answer: 32 hexadecimal digits."""

TRACE = re.compile(r"[0-9a-f]{32}", re.ASCII)
_TRACEPARENT = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?", re.DOTALL)
_followed: ContextVar[str | None] = ContextVar("trace", default=None)


def follow(trace: str | None) -> None:
    """Put whatever the running asyncio task does from here on under a trace; None: under none."""
    _followed.set(trace)


def followed() -> str | None:
    """The trace that is being followed."""
    return _followed.get()


def current_trace() -> str:
    """The trace that is being followed, or a new one where there is none."""
    return _followed.get() or new_trace()


def trace_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The trace that a request's headers continue; a new one if they name none, several, or rubbish."""
    trace: str | None = None
    named = False
    for name, value in headers:
        if name == b"traceparent":
            trace = None if named else parse_traceparent(value)
            named = True
    return trace or new_trace()


def parse_traceparent(value: bytes) -> str | None:
    """The trace id in a `traceparent`; None for what the standard calls invalid."""
    found = _TRACEPARENT.fullmatch(value)
    if found is None:
        return None
    version, trace, parent, more = found.groups()
    # Later versions may say more behind the parts that this one knows; version 255 is forbidden.
    if version == b"ff" or (version == b"00" and more is not None):
        return None
    return None if not trace.strip(b"0") or not parent.strip(b"0") else bytes(trace).decode()


def traced_facts(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts for the journal with the trace that is being followed, if there is one."""
    trace = _followed.get()
    return facts if trace is None else {**facts, "trace": trace}


def traceparent(trace: str) -> str:
    """The header that passes a trace on, unsampled: the range records no spans."""
    return f"00-{trace}-{new_span()}-00"


def as_uuid(trace: str) -> str:
    """The same 16 bytes, written as a UUID."""
    return f"{trace[:8]}-{trace[8:12]}-{trace[12:16]}-{trace[16:20]}-{trace[20:]}"
