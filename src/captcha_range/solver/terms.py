"""The terms of an order: who is told of its end, and whether the same order may have come before."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Callback(NamedTuple):
    """Where a task's end is reported, and in which form: `native` or `create_task`."""

    url: str
    form: str


class Once(NamedTuple):
    """An idempotency key with the digest of its order; `render` makes the answer that a replay gets again."""

    key: str
    fingerprint: bytes
    render: Callable[[Any], bytes]


class Terms(NamedTuple):
    """What goes with an order beside its content."""

    callback: Callback | None = None
    once: Once | None = None


PLAIN = Terms()
"""No callback, no idempotency key."""
